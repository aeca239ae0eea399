"""Figures of a week: computed once when it has ended, the same for everybody, and kept while the database is away."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ml.classifier import Classifier
from service.agencies.store import insert_agency
from service.database import DatabaseUnavailableError, open_database
from service.days import CHINA
from service.decisions.store import Decision, insert_decision
from service.figures import read, store
from service.figures.publish import last_ended_week, publish_ended_weeks
from service.figures.read import FiguresReader
from service.settings import Settings
from service.verdicts.store import publish
from service.verdicts.verdict import NumberVerdict, nothing_known
from tests.clients import Api, HeldModels, report_row

MONDAY = datetime(2026, 11, 16, tzinfo=CHINA)
ENDS = MONDAY + timedelta(days=7)
NOW = ENDS + timedelta(hours=1)
FEW = "fewer than 5"


def number(place: int) -> str:
    return f"+8619790{place:06}"


def listed(place: int, **members: Any) -> NumberVerdict:
    return nothing_known(number(place), "mobile")._replace(**{"verdict": "confirmed", **members})


async def reports(api: Api, count: int, recorded_at: datetime, **columns: Any) -> None:
    first = uuid4().int % 100_000
    await api.insert(
        [report_row(number(first + place), recorded_at=recorded_at, **columns) for place in range(count)]
    )


async def a_week(api: Api) -> None:
    """Seven reports by six people at both edges of the week, and everything beside it that must not count."""
    await reports(api, 4, MONDAY)
    await reports(api, 1, ENDS - timedelta(microseconds=1))
    await api.insert(
        [report_row(number(place), reporter=b"one", recorded_at=MONDAY) for place in (200_001, 200_002)]
    )
    await reports(api, 9, MONDAY - timedelta(microseconds=1))
    await reports(api, 9, ENDS)
    await reports(api, 9, MONDAY, is_simulated=True)


async def disputes(api: Api, count: int, state: str, days: int, *, due_on: date | None = None) -> None:
    """Disputes opened on the week's Monday, closed after some days unless they are open."""
    is_open = state == "open"
    for _ in range(count):
        await api.fetch(
            "INSERT INTO disputes (number, dispute_id, kind, reason, brings_new, opened_at, due_on, state, closed_at, "
            "explanation) VALUES ($1, $2, 'mobile', 'other', false, $3, $4, $5, $6, $7)",
            number(uuid4().int % 10**6), uuid4(), MONDAY, due_on or date(2026, 12, 7), state,
            None if is_open else MONDAY + timedelta(days=days),
            None if state in ("open", "withdrawn") else "reason",
        )  # fmt: skip


async def published(api: Api) -> list[dict[str, Any]]:
    answer = await (await api.client()).get("/v1/figures")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=3600")
    weeks: list[dict[str, Any]] = answer.json()["weeks"]
    return weeks


def words(part: dict[str, Any]) -> dict[str, str]:
    return {name: one["text"]["en"] for name, one in part.items() if isinstance(one, dict) and "text" in one}


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-22T23:59:59+08:00", "2026-11-09"),
        ("2026-11-23T00:00:00+08:00", "2026-11-16"),
        ("2026-11-22T16:00:00+00:00", "2026-11-16"),
        ("2027-01-03T23:00:00+08:00", "2026-12-21"),
    ],
)
def test_weeks_begin_on_mondays_in_china(now: str, week: str) -> None:
    assert last_ended_week(datetime.fromisoformat(now)).isoformat() == week


async def test_a_week_is_counted_between_its_midnights_and_told_in_bands(api: Api) -> None:
    await a_week(api)
    await disputes(api, 3, "upheld", 2)
    await disputes(api, 2, "rejected", 6)
    await disputes(api, 5, "open", 0, due_on=date(2026, 11, 20))
    verdicts = [listed(place) for place in range(12)] + [
        listed(50 + place, is_simulated=True) for place in range(9)
    ]
    async with api.database.connection() as connection:
        await publish(connection, verdicts, MONDAY)
        await publish(connection, [listed(place, verdict="unknown") for place in range(2)], MONDAY)
        await publish(connection, [listed(20 + place, verdict="suspected") for place in range(9)], ENDS)
        for place in range(6):
            decision = Decision(MONDAY + timedelta(hours=place), "abusive", "reason", "desk", None)
            await insert_decision(connection, number(place), "mobile", decision)
        await insert_agency(connection, "police", "=某市公安局", rows_per_30_days=1000, now=MONDAY)
    assert await publish_ended_weeks(api.database, NOW) == [date(2026, 11, 16)]
    (week,) = await published(api)
    assert (week["week_from"], week["week_to"]) == ("2026-11-16", "2026-11-22")
    assert words(week) == {
        "reports": "5 to 9",
        "reporters": "5 to 9",
        "partner_reports": FEW,
        "retracted": FEW,
    }
    assert words(week["numbers"]) | {"confirmed": ""} == dict.fromkeys(week["numbers"], FEW) | {
        "confirmed": ""
    }
    assert week["numbers"]["confirmed"]["text"]["zh"] == "10 至 19"
    assert words(week["disputes"]) == {
        "opened": "10 to 19", "upheld": FEW, "rejected": FEW, "withdrawn": FEW, "overdue": "5 to 9",
    }  # fmt: skip
    assert week["disputes"]["median_days"] == 2
    assert words(week["decisions"])["abusive"] == "5 to 9"
    assert [one["agency"] for one in week["exports"]] == ["=某市公安局"]


async def test_a_week_is_never_computed_again_and_none_is_left_out(api: Api) -> None:
    await publish_ended_weeks(api.database, NOW)
    before = await api.fetch("SELECT * FROM public_figures")
    await a_week(api)
    assert await publish_ended_weeks(api.database, NOW + timedelta(days=5)) == []
    assert await api.fetch("SELECT * FROM public_figures") == before
    late = await publish_ended_weeks(api.database, NOW + timedelta(days=14))
    assert late == [date(2026, 11, 23), date(2026, 11, 30)]
    assert [week["week_from"] for week in await published(api)] == ["2026-11-30", "2026-11-23", "2026-11-16"]
    assert len(await publish_ended_weeks(api.database, NOW + timedelta(days=365))) == 8


async def test_one_number_more_does_not_show_from_one_week_to_the_next(api: Api) -> None:
    async def confirm(first: int, count: int, moment: datetime) -> None:
        async with api.database.connection() as connection:
            await publish(connection, [listed(first + place) for place in range(count)], moment)
        await publish_ended_weeks(api.database, moment + timedelta(days=7))

    await confirm(0, 9, MONDAY)
    await confirm(9, 1, ENDS)
    await confirm(10, 4, ENDS + timedelta(days=7))
    confirmed = [week["numbers"]["confirmed"]["text"]["en"] for week in reversed(await published(api))]
    assert confirmed == ["5 to 9", "5 to 9", "10 to 19"]


async def test_what_was_taken_back_is_counted_apart_and_a_restriction_nowhere(api: Api) -> None:
    people = [await api.reporter(cluster=place) for place in range(12)]
    for place, person in enumerate(people):
        answer = await person.post(
            "/v1/reports", json={"number": "19790001234", "occurred_at": datetime.now(UTC).isoformat()}
        )
        if place < 6:
            await person.delete(f"/v1/reports/{answer.json()['report_id']}")
        else:
            await person.put("/v1/me/restriction")
    await publish_ended_weeks(api.database, datetime.now(UTC) + timedelta(days=7))
    (week,) = await published(api)
    assert words(week) | {"retracted": ""} == dict.fromkeys(words(week), FEW) | {"retracted": ""}
    assert week["retracted"]["text"]["en"] == "5 to 9"


async def test_the_table_has_the_same_figures_and_no_formula(api: Api) -> None:
    async with api.database.connection() as connection:
        await insert_agency(connection, "police", "=某市公安局", rows_per_30_days=1000, now=MONDAY)
    await publish_ended_weeks(api.database, NOW)
    answer = await (await api.client()).get("/v1/figures.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="dunwatch-figures.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (week,) = await published(api)
    named = {row["figure"]: row for row in rows}
    assert {
        "reports",
        "numbers.confirmed",
        "disputes.median_days",
        "decisions.recycled",
        "exports.rows",
    } <= set(named)
    assert (named["disputes.opened"]["at_least"], named["disputes.opened"]["below"]) == ("0", "5")
    assert named["disputes.opened"]["zh"] == week["disputes"]["opened"]["text"]["zh"]
    assert named["exports"]["agency"].lstrip("'\t") == "=某市公安局"
    assert not named["exports"]["agency"].startswith("=")


async def test_however_many_ask_the_database_is_read_once_and_its_absence_does_not_show(
    settings: Settings, api: Api, model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    list_weeks = store.list_weeks

    async def counted(*given: Any, **named: Any) -> list[str]:
        reads.append(1)
        return await list_weeks(*given, **named)

    monkeypatch.setattr(store, "list_weeks", counted)
    seconds = [0.0]
    clock: Callable[[], float] = lambda: seconds[0]  # noqa: E731
    database = open_database(settings)
    reader = FiguresReader(database, HeldModels(model), clock)
    unread = FiguresReader(database, HeldModels(model), clock)
    first = await reader.get()
    assert all([await reader.get() is first for _ in range(50)])
    assert len(reads) == 1
    assert first.figures.model.version == model.version
    assert first.figures.model.trained_here_on is None
    await database.close()
    seconds[0] += read.KEPT_SECONDS + 1
    assert await reader.get() is first
    with pytest.raises(DatabaseUnavailableError):
        await unread.get()
