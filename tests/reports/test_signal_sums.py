"""The sums kept report by report are those that the reports themselves give, whatever happened in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.profiles import KEPT_SCRIPTS
from ml.signals import FEATURES, compute_signals
from ml.words import VIOLATIONS
from service.database import Connection, Database
from service.days import day_of
from service.reports.intake import append_supplement, retract
from service.reports.store import (
    NewReport,
    ReportRow,
    SupplementRow,
    fetch_report,
    insert_reports,
    recompute_signals,
)
from service.scoring.store import list_signals
from tests.clients import report_row

START = datetime(2026, 3, 1, 13, 58, tzinfo=UTC)  # 21:58 in China: two minutes later are quiet hours
NUMBERS = ("+8619790001234", "+8619790005678")
SCRIPTS = (None, 7, 7, -(2**63), 2**63 - 1)


@dataclass(frozen=True)
class Insert:
    """A transaction of one or several reports."""

    reports: list[NewReport]


@dataclass(frozen=True)
class Supplement:
    """Violations added to the nth report stored so far."""

    place: int
    violations: list[int]


@dataclass(frozen=True)
class Retract:
    """The nth report stored so far taken back."""

    place: int


@st.composite
def reports(draw: st.DrawFn) -> NewReport:
    """One of few reporters, numbers and moments, so that everything meets everything."""
    who = draw(st.integers(0, 2))
    moment = START + draw(st.sampled_from([timedelta(minutes=n) for n in range(4)] + [timedelta(hours=3)]))
    opinion = draw(st.sampled_from(["abusive", "abusive", "legitimate"]))
    violations = draw(st.lists(st.sampled_from(VIOLATIONS), max_size=3)) if opinion == "abusive" else []
    return report_row(
        draw(st.sampled_from(NUMBERS)),
        reporter=b"reporter %d" % who,
        cluster=who // 2,
        occurred_at=moment,
        medium=draw(st.sampled_from(["voice", "sms"])),
        caller=draw(st.sampled_from([None, "automated", "one_ring"])),
        connected=draw(st.sampled_from([None, True, False])),
        relation=draw(st.sampled_from([None, "third_party", "wrong_person"])),
        violations=violations,
        opinion=opinion,
        weight=0.5 + who,
        evidence_weight=draw(st.sampled_from([0.5, 1.0])),
        is_seasoned=who == 0,
        time_known=draw(st.sampled_from([True, True, False])),
        script=draw(st.sampled_from(SCRIPTS)),
    )


PLACES = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.builds(Insert, st.lists(reports(), min_size=1, max_size=3)),
        st.builds(Supplement, PLACES, st.lists(st.integers(0, len(VIOLATIONS) - 1), max_size=3)),
        st.builds(Retract, PLACES),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_kept_sums_are_recomputed_sums(database: Database, steps: list[Any]) -> None:
    async with database.connection() as connection:
        await connection.execute("TRUNCATE reports, report_supplements, daily_signals, changed_numbers")
        await _play(connection, steps)
        assert await _kept(connection) == await _recomputed(connection)
        assert await _counted_wrongly(connection) == []
        reported = await connection.fetch("SELECT DISTINCT number FROM reports")
        waiting = await connection.fetch("SELECT number FROM changed_numbers")
        assert {row[0] for row in waiting} == {row[0] for row in reported}


async def _play(connection: Connection, steps: list[Any]) -> None:
    stored: list[tuple[bytes, Any]] = []
    for step in steps:
        if isinstance(step, Insert):
            given = {row.report_id: row for row in step.reports}
            for report_id in sorted(await insert_reports(connection, step.reports, is_bulk=False)):
                stored.append((given[report_id].reporter, report_id))
        elif stored:
            reporter, report_id = stored[step.place % len(stored)]
            async with connection.transaction():
                own = await fetch_report(connection, reporter, report_id)
                if own is not None:  # else it was taken back, and another took its place
                    await _change(connection, step, own, reporter)


async def _change(
    connection: Connection, step: Supplement | Retract, own: ReportRow, reporter: bytes
) -> None:
    if isinstance(step, Retract):
        await retract(connection, own, reporter, START)
    elif own.retracted_at is None:
        added = SupplementRow(0, START, "more", None, step.violations or None, None)
        await append_supplement(connection, own, added, at_most=20)


async def _kept(connection: Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT * FROM daily_signals ORDER BY number, on_day, cluster")
    return [_comparable(row) for row in rows]


def _comparable(row: Any) -> tuple[Any, ...]:
    others = [value for name, value in row.items() if name not in ("violations", "hours", "scripts")]
    return (
        *(round(value, 9) if isinstance(value, float) else value for value in others),
        _trimmed(row["violations"] or []),
        _trimmed(row["hours"] or []),
        sorted(row["scripts"] or []),
    )


def _trimmed(counts: Iterable[int]) -> list[int]:
    """Counts by position up to the last that is not 0."""
    trimmed = list(counts)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed


async def _recomputed(connection: Connection) -> list[tuple[Any, ...]]:
    """The same sums in Python, from nothing but reports and supplements."""
    rows = await connection.fetch(
        """
        SELECT r.*, (r.occurred_at AT TIME ZONE 'Asia/Shanghai') AS local,
            ARRAY(SELECT DISTINCT place FROM report_supplements AS s, unnest(s.violations) AS place
                  WHERE s.number = r.number AND s.report_id = r.report_id) AS added
        FROM reports AS r WHERE retracted_at IS NULL
        """
    )
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault((row["number"], row["local"].date(), row["cluster"]), []).append(row)
    return [(*key, *_sums(groups[key])) for key in sorted(groups)]


def _sums(rows: list[Any]) -> tuple[Any, ...]:
    def count(test: Any) -> int:
        return sum(1 for row in rows if test(row))

    def weight(opinion: str, *, is_seasoned: bool) -> float:
        own = [row for row in rows if row["is_counted"] and row["is_seasoned"] == is_seasoned]
        weights = [float(r["weight"] * r["evidence_weight"]) for r in own if r["opinion"] == opinion]
        return round(sum(weights), 9)

    speaking = [row for row in rows if row["is_counted"] and row["opinion"] == "abusive"]

    def said(test: Any) -> int:
        return sum(1 for row in speaking if test(row))

    named = [{*(row["violations"] or []), *row["added"]} for row in speaking]
    violations = [sum(place in places for places in named) for place in range(len(VIOLATIONS))]
    parts = [row["local"].hour // 2 for row in speaking if row["time_known"]]
    return (
        min(row["kind"] for row in rows), any(row["is_simulated"] for row in rows),
        count(lambda r: r["opinion"] == "abusive" or r["is_counted"]), count(lambda r: r["is_counted"]),
        said(lambda r: r["medium"] == "sms"), said(lambda r: r["caller"] == "automated"),
        said(lambda r: r["caller"] == "one_ring"), said(lambda r: r["connected"]),
        said(lambda r: r["time_known"] and not 8 <= r["local"].hour <= 21),
        said(lambda r: r["relation"] == "third_party"), said(lambda r: r["relation"] == "wrong_person"),
        said(lambda r: r["evidence_weight"] >= 1),
        count(lambda r: r["is_counted"] and r["opinion"] == "legitimate"),
        weight("abusive", is_seasoned=True), weight("abusive", is_seasoned=False),
        weight("legitimate", is_seasoned=True), weight("legitimate", is_seasoned=False), _trimmed(violations),
        _trimmed(parts.count(part) for part in range(12)), sorted(r["script"] for r in speaking if r["script"] is not None),
    )  # fmt: skip


async def _counted_wrongly(connection: Connection) -> list[Any]:
    """Reporters who do not count exactly once for a number of which they have a report left."""
    rows = await connection.fetch(
        """
        SELECT number, reporter FROM reports GROUP BY number, reporter
        HAVING count(*) FILTER (WHERE is_counted AND retracted_at IS NULL)
            <> (count(*) FILTER (WHERE retracted_at IS NULL) > 0)::integer
            OR bool_or(is_counted AND retracted_at IS NOT NULL)
        """
    )
    return [tuple(row) for row in rows]


async def test_signals_reach_scoring_as_they_are_kept(database: Database) -> None:
    async with database.connection() as connection:
        rows = [report_row(NUMBERS[0], occurred_at=START, cluster=n % 2) for n in range(4)]
        await insert_reports(connection, rows, is_bulk=False)
        known = (await list_signals(connection, list(NUMBERS)))[NUMBERS[0]]
        assert sorted((row.cluster, row.reports, row.reporters) for row in known.rows) == [
            (0, 2, 2),
            (1, 2, 2),
        ]


async def test_hours_and_scripts_reach_scoring(database: Database) -> None:
    async with database.connection() as connection:
        given = [
            report_row(
                NUMBERS[0],
                cluster=1,
                occurred_at=START + timedelta(minutes=n),
                script=script,
                time_known=known,
            )
            for n, script, known in ((0, 7, True), (1, None, True), (2, 7, True), (3, 9, False))
        ]
        await insert_reports(connection, given[:3], is_bulk=False)
        await insert_reports(connection, given[3:], is_bulk=False)
        (row,) = (await list_signals(connection, list(NUMBERS)))[NUMBERS[0]].rows
        assert row.hours == [0] * 10 + [2, 1]  # 20:00 to 22:00 and 22:00 to 24:00 in China
        assert row.scripts == [7, 7, 9]
        feed = [report_row(NUMBERS[1], cluster=1, time_known=False)]
        await insert_reports(connection, feed, is_bulk=False)
        (row,) = (await list_signals(connection, list(NUMBERS)))[NUMBERS[1]].rows
        assert (row.hours, row.scripts) == (None, None)


async def test_a_row_keeps_the_lowest_scripts_whatever_the_order_of_reports(database: Database) -> None:
    scripts = [(n * 37) % 101 for n in range(101)]
    kept = []
    async with database.connection() as connection:
        for number, order in zip(NUMBERS, (scripts, scripts[::-1]), strict=True):
            rows = [report_row(number, cluster=1, occurred_at=START, script=script) for script in order]
            for first in range(0, len(rows), 30):
                await insert_reports(connection, rows[first : first + 30], is_bulk=False)
            kept.append((await list_signals(connection, [number]))[number].rows[0].scripts)
            await recompute_signals(connection, number, 1)
            kept.append((await list_signals(connection, [number]))[number].rows[0].scripts)
    assert kept == [list(range(KEPT_SCRIPTS))] * 4


async def test_nobody_dilutes_what_others_say_by_saying_something_often(database: Database) -> None:
    said = [
        report_row(NUMBERS[0], occurred_at=START + timedelta(minutes=n), violations=("threat", "insult"))
        for n in range(10)
    ]
    repeated = [
        report_row(
            NUMBERS[0], occurred_at=START + timedelta(hours=5, minutes=n), reporter=b"one", cluster=99, weight=0.8,
            is_seasoned=False, opinion=opinion, violations=(), relation=None, medium="voice", connected=False, caller=None,
        )
        for opinion in ("legitimate", "abusive")
        for n in range(60)
    ]  # fmt: skip
    day = day_of(START) + 1
    async with database.connection() as connection:
        await insert_reports(connection, said, is_bulk=False)
        before = await signals_on(connection, day)
        await insert_reports(connection, repeated[:60], is_bulk=False)
        opposed = await signals_on(connection, day)
        await recompute_signals(connection, NUMBERS[0], 99)
        assert await signals_on(connection, day) == opposed
    changed = {name for name, value in opposed.items() if value != before[name]}
    assert changed == {"opposing_share"}
    assert opposed["opposing_share"] == 1 / 12
    async with database.connection() as connection:
        await insert_reports(
            connection, [row._replace(reporter=b"two") for row in repeated[60:]], is_bulk=False
        )
        supported = await signals_on(connection, day)
    assert supported["violations_per_report"] == pytest.approx(20 / 12), "one of eleven names none"
    assert supported["reporters"] == 11


async def signals_on(connection: Connection, day: int) -> dict[str, float]:
    known = (await list_signals(connection, [NUMBERS[0]]))[NUMBERS[0]]
    return dict(zip(FEATURES, compute_signals(known.rows, kind="mobile", today=day), strict=True))
