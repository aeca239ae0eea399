"""PostgreSQL counts dated contacts as rules say it: random logs and reports of several people, against a plain count."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from service.contacts import store
from service.contacts.counting import LIMITS, Contact, DailyLimit, DatedLimit, exceeded
from service.contacts.matching import number_calls
from service.database import Connection, Database
from service.reports.store import insert_reports
from tests.clients import NUMBER, report_row
from tests.contacts.counted_plainly import count_days, merged, people_by_violation

FROM = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOST = 10_000


def some_contact(rng: random.Random) -> Contact:
    at = FROM + timedelta(minutes=rng.randrange(300), seconds=rng.randrange(60), days=rng.randrange(2))
    seconds = rng.choice([None, 0, 4, 9, 10, 65])
    return Contact(
        at,
        is_incoming=rng.random() < 0.8,
        is_answered=rng.choice([None, True, False]),
        seconds=seconds,
    )


async def logged(connection: Connection, rng: random.Random, person: bytes) -> list[Contact]:
    """Calls of a log of a report of the person's."""
    report, evidence_id = report_row(reporter=person, occurred_at=FROM - timedelta(days=9)), uuid4()
    await insert_reports(connection, [report._replace(time_known=False)], is_bulk=False)
    await connection.execute(
        "INSERT INTO evidence (number, report_id, evidence_id, reporter, media_type, size, sha256, wrapped_key, stored_at)"
        " VALUES ($1, $2, $3, $4, 'text/csv', 1, sha256($4), '', now())",
        NUMBER,
        report.report_id,
        evidence_id,
        person,
    )
    calls = [some_contact(rng) for _ in range(60)]
    numbered = number_calls([], calls)
    await store.insert_calls(connection, NUMBER, person, calls, numbered, evidence_id=evidence_id, now=FROM)
    return calls


async def reported(connection: Connection, rng: random.Random, person: bytes) -> list[Contact]:
    """Calls and messages that the person reported."""
    rows, contacts = {}, []
    for one in (some_contact(rng) for _ in range(30)):
        medium = rng.choice(["voice", "sms"])
        minute = one.at.replace(second=0)
        rows[minute] = report_row(
            reporter=person, occurred_at=one.at, occurred_minute=minute, medium=medium,
            connected=one.is_answered, duration_seconds=one.seconds,
        )  # fmt: skip
    await insert_reports(connection, list(rows.values()), is_bulk=False)
    for row in rows.values():
        answered = row.connected
        if answered is None and row.duration_seconds is not None:
            answered = row.duration_seconds > 0
        contacts.append(
            Contact(
                row.occurred_at,
                is_call=row.medium == "voice",
                is_answered=answered,
                seconds=row.duration_seconds,
            )
        )
    return contacts


@pytest.mark.parametrize("seed", range(6))
async def test_random_contacts_are_counted_as_one_by_one(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    people = {}
    async with database.connection() as connection:
        for person in (b"person a", b"person b", b"person c"):
            logs = await logged(connection, rng, person) if rng.random() < 0.8 else []
            people[person] = merged(logs, await reported(connection, rng, person))
        for person, contacts in people.items():
            totals = await store.count_days(connection, NUMBER, person, report_ids=None, at_most=MOST)
            assert [total.day for total in totals if total.came_in] == count_days(contacts)
            assert sum(total.contacts for total in totals) == len(contacts)
            assert sum(total.call_backs for total in totals) == sum(
                not contact.is_incoming for contact in contacts
            )
        limits = [DatedLimit(limit, None, None) for limit in LIMITS]
        counted = await store.count_people(connection, NUMBER, limits, at_most=MOST)
    days = {person: count_days(contacts) for person, contacts in people.items()}
    assert counted.people == sum(map(bool, days.values()))
    assert counted.calls == sum(day.dials for one in days.values() for day in one)
    assert counted.by_violation == people_by_violation(
        {person: exceeded(one) for person, one in days.items()}
    )


@pytest.mark.parametrize(
    ("first_on", "last_on", "found"),
    [
        (None, None, 1), (date(2026, 3, 1), date(2026, 3, 1), 1), (date(2026, 3, 2), None, 0), (None, date(2026, 2, 28), 0),
    ],
)  # fmt: skip
async def test_a_limit_holds_on_the_days_of_its_rule(
    database: Database, first_on: date | None, last_on: date | None, found: int
) -> None:
    limit = DailyLimit("rule", "frequency", "dials", 0)
    async with database.connection() as connection:
        row = report_row(medium="voice", occurred_at=FROM, occurred_minute=FROM)
        await insert_reports(connection, [row], is_bulk=False)
        counted = await store.count_people(
            connection, NUMBER, [DatedLimit(limit, first_on, last_on)], at_most=MOST
        )
    assert (counted.people, counted.by_violation.get("frequency", 0)) == (1, found)


async def test_of_a_number_without_contacts_nothing_is_counted(database: Database) -> None:
    async with database.connection() as connection:
        assert await store.count_people(connection, NUMBER, [], at_most=MOST) == (0, 0, {})
