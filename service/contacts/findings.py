"""Findings about a number in dated contacts: exact ones for one reporter, in bands for all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from service.contacts import store
from service.contacts.counting import (
    LIMITS,
    Contact,
    DayCount,
    Finding,
    count_days,
    exceeded,
    merged,
    people_by_violation,
)
from service.contacts.schemas import Across, Banded, Day, DayCounted, Findings, RuleFinding
from service.database import Connection
from service.rules.catalogue import Catalogue
from service.verdicts.verdict import band

MOST_OWN: Final = 20_000
MOST_OF_ALL: Final = 50_000  # the newest contacts are enough: bands are lower bounds


async def list_people(connection: Connection, number: str) -> dict[bytes, list[Contact]]:
    """Return everybody's dated contacts with a number, by reporter, each contact once."""
    return await _list_people(connection, number, None, report_ids=None, at_most=MOST_OF_ALL)


async def list_own(
    connection: Connection, number: str, reporter: bytes, *, report_ids: Sequence[UUID] | None = None
) -> list[Contact]:
    """Return one reporter's dated contacts with a number, each once.

    With `report_ids` only those of these reports and their call logs.
    """
    people = await _list_people(connection, number, reporter, report_ids=report_ids, at_most=MOST_OWN)
    return people.get(reporter, [])


async def _list_people(
    connection: Connection,
    number: str,
    reporter: bytes | None,
    *,
    report_ids: Sequence[UUID] | None,
    at_most: int,
) -> dict[bytes, list[Contact]]:
    logged, reported = defaultdict(list), defaultdict(list)
    for person, contact in await store.list_logged(
        connection, number, reporter, report_ids=report_ids, at_most=at_most
    ):
        logged[person].append(contact)
    for person, contact in await store.list_reported(
        connection, number, reporter, report_ids=report_ids, at_most=at_most
    ):
        reported[person].append(contact)
    return {person: merged(logged[person], reported[person]) for person in {**logged, **reported}}


def own_findings(number: str, contacts: Sequence[Contact], catalogue: Catalogue) -> Findings:
    """Return the findings in one person's contacts; those across reporters are left open."""
    days = count_days(contacts)
    return Findings(
        number=number,
        contacts=len(contacts),
        call_backs=sum(not contact.is_incoming for contact in contacts),
        days=[Day(**day._asdict()) for day in reversed(days)],
        findings=[_finding(finding, catalogue) for finding in find_exceeded(days, catalogue)],
        across_reporters=None,
    )


def across(people: Mapping[bytes, Sequence[Contact]], catalogue: Catalogue, *, least: int) -> Across | None:
    """Return the findings across reporters; None if fewer than `least` people have contacts that came in."""
    called = {person: count_days(contacts) for person, contacts in people.items()}
    called = {person: days for person, days in called.items() if days}
    if len(called) < least:
        return None
    counts = people_by_violation({person: find_exceeded(days, catalogue) for person, days in called.items()})
    return Across(
        reporters_at_least=band(len(called)),
        contacts_at_least=band(sum(day.dials for days in called.values() for day in days)),
        findings=[
            Banded(violation=violation, reporters_at_least=band(count))
            for violation, count in sorted(counts.items())
            if count >= least
        ],
    )


def find_exceeded(days: Sequence[DayCount], catalogue: Catalogue) -> list[Finding]:
    """Return the limits that were exceeded on days on which their rules were in force."""
    findings = []
    for limit in LIMITS:
        rule = catalogue.rules.get(limit.rule)
        if rule is not None:
            findings += exceeded([day for day in days if rule.is_in_force(day.on)], [limit])
    return findings


def _finding(finding: Finding, catalogue: Catalogue) -> RuleFinding:
    return RuleFinding(
        violation=finding.limit.violation,
        rule=catalogue.rules[finding.limit.rule],
        counter=finding.limit.counter,
        allowed=finding.limit.allowed,
        count=finding.total,
        days=[DayCounted(on=on, count=count) for on, count in reversed(finding.days)],
    )
