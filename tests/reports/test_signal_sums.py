"""One sum: rows kept report by report, summed up again, and folded in Python are the same, whatever happened in between."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.day_rows import LEAST_EVIDENCE, DayRow, ReportFacts, fold
from ml.days import is_quiet
from ml.profiles import KEPT_SCRIPTS
from ml.signals import FEATURES, compute_signals
from ml.words import VIOLATIONS
from service.database import Connection, Database
from service.days import CHINA, day_of
from service.ids import reporter_id
from service.reports.intake import append_supplement, retract
from service.reports.store import (
    NewReport,
    ReportRow,
    SupplementRow,
    fetch_report,
    insert_reports,
    recompute_signals,
)
from service.rights.me import release, restrict
from service.scoring.store import QUERIES, list_signals
from service.training.store import stream_events
from tests.clients import report_row

START = datetime(2026, 3, 1, 13, 58, tzinfo=UTC)  # 21:58 in China: two minutes later are quiet hours
NUMBERS = ("+8619790001234", "+8619790005678")
SCRIPTS = (None, 7, 7, -(2**63), 2**63 - 1)
PEOPLE = tuple(b"reporter %d" % who for who in range(4))  # three in one cluster, one in another
#: Around the beginning of quiet hours and, on the next day, around their end.
MOMENTS = [START + timedelta(hours=hours, minutes=n) for hours in (0, 10) for n in range(4)]
#: Sums of products of these are exact in any order.
EVIDENCE = (0.5, LEAST_EVIDENCE - 2**-5, LEAST_EVIDENCE, 1.25, 1.5)

Kept: TypeAlias = dict[tuple[str, int, int], tuple[str, bool, DayRow]]
"""Kind, whether simulated, and the row, by number, day and cluster."""


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


@dataclass(frozen=True)
class Restrict:
    """A reporter restricts the use of the reports, or ends that."""

    who: int
    is_end: bool


Step: TypeAlias = Insert | Supplement | Retract | Restrict


@st.composite
def reports(draw: st.DrawFn) -> NewReport:
    """One of few reporters, numbers and moments, so that everything meets everything."""
    who = draw(st.integers(0, 3))
    opinion = draw(st.sampled_from(["abusive", "abusive", "abusive", "legitimate"]))
    violations = draw(st.lists(st.sampled_from(VIOLATIONS), max_size=3)) if opinion == "abusive" else []
    return report_row(
        draw(st.sampled_from([NUMBERS[0], *NUMBERS])),
        reporter=PEOPLE[who],
        cluster=who // 3,
        occurred_at=draw(st.sampled_from(MOMENTS)),
        medium=draw(st.sampled_from(["sms", "voice", "other"])),
        caller=draw(st.sampled_from(["automated", "one_ring", "human", None])),
        connected=draw(st.sampled_from([True, False, None])),
        relation=draw(st.sampled_from(["third_party", "wrong_person", "debtor", None])),
        violations=violations,
        opinion=opinion,
        weight=0.5 + who,
        evidence_weight=draw(st.sampled_from(EVIDENCE)),
        is_seasoned=who == 0,
        is_simulated=who == 3,
        time_known=draw(st.sampled_from([True, True, False])),
        script=draw(st.sampled_from(SCRIPTS)),
    )


PLACES = st.integers(0, 3)
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(Insert, st.lists(reports(), min_size=1, max_size=3)),
        st.builds(Supplement, PLACES, st.lists(st.integers(0, len(VIOLATIONS) - 1), max_size=3)),
        st.builds(Retract, PLACES),
        st.builds(Restrict, st.integers(0, 3), st.booleans()),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_kept_sums_are_recomputed_sums(database: Database, steps: list[Step]) -> None:
    async with database.connection() as connection:
        await _begin(connection)
        await _play(connection, steps)
        kept = await _kept(connection)
        assert kept == await _folded(connection)
        assert kept == await _recomputed(connection)
        assert await _counted_wrongly(connection) == []
        reported = await connection.fetch("SELECT DISTINCT number FROM reports")
        waiting = await connection.fetch("SELECT number FROM changed_numbers")
        assert {row[0] for row in waiting} == {row[0] for row in reported}


async def _begin(connection: Connection) -> None:
    for table in ("reports", "report_supplements", "daily_signals", "changed_numbers", "reporters"):
        await connection.execute(f"DELETE FROM {table}")  # of few rows: faster than TRUNCATE
    await connection.execute(
        "INSERT INTO reporters (reporter, cluster, created_at) SELECT unnest($1::bytea[]), 0, $2",
        PEOPLE,
        START,
    )


async def _play(connection: Connection, steps: list[Step]) -> None:
    stored: list[tuple[bytes, Any]] = []
    for now, step in zip((START + timedelta(days=n) for n in count()), steps, strict=False):
        if isinstance(step, Insert):
            given = {row.report_id: row for row in step.reports}
            for report_id in sorted(await insert_reports(connection, step.reports, is_bulk=False)):
                stored.append((given[report_id].reporter, report_id))
            continue
        async with connection.transaction():
            if isinstance(step, Restrict):
                await (release if step.is_end else restrict)(connection, PEOPLE[step.who], now)
            elif stored:
                reporter, report_id = stored[step.place % len(stored)]
                own = await fetch_report(connection, reporter, report_id)
                if own is not None:  # else it was taken back, and another took its place
                    await _change(connection, step, own, reporter, now)


async def _change(
    connection: Connection, step: Supplement | Retract, own: ReportRow, reporter: bytes, now: datetime
) -> None:
    if isinstance(step, Retract):
        await retract(connection, own, reporter, now)
    elif own.retracted_at is None:
        added = SupplementRow(
            position=0,
            recorded_at=now,
            narrative="more",
            claimed_institution=None,
            violations=step.violations or None,
            sealed=None,
        )
        await append_supplement(connection, own, added, at_most=20)


async def _kept(connection: Connection) -> Kept:
    """The rows as scoring reads them."""
    kept: Kept = {}
    for number, kind, is_simulated, _, *counts in await connection.fetch(QUERIES["list_signals"], NUMBERS):
        row = DayRow(*counts)
        kept[number, row.day, row.cluster] = (kind, is_simulated, row)
    return kept


async def _recomputed(connection: Connection) -> Kept:
    """The rows after every one was summed up again by the database."""
    for number in NUMBERS:
        for cluster in (0, 1):
            await recompute_signals(connection, number, cluster)
    return await _kept(connection)


async def _folded(connection: Connection) -> Kept:
    """The same rows in Python, from nothing but reports and supplements."""
    rows = await connection.fetch(
        """
        SELECT r.*, ARRAY(SELECT place FROM report_supplements AS s, unnest(s.violations) AS place
                          WHERE s.number = r.number AND s.report_id = r.report_id) AS added
        FROM reports AS r WHERE retracted_at IS NULL
        """
    )
    parts: defaultdict[tuple[str, int, int], list[Any]] = defaultdict(list)
    for row in rows:
        parts[row["number"], day_of(row["occurred_at"]), row["cluster"]].append(row)
    return {
        (number, day, cluster): (
            min(row["kind"] for row in part),
            any(row["is_simulated"] for row in part),
            fold(
                day,
                cluster,
                counted=[_facts(row, row["added"]) for row in part if row["is_counted"]],
                further=[_facts(row, row["added"]) for row in part if not row["is_counted"]],
            ),
        )
        for (number, day, cluster), part in parts.items()
    }


def _facts(row: Any, added: list[int]) -> ReportFacts:
    hour = row["occurred_at"].astimezone(CHINA).hour if row["time_known"] else None
    others = {name: row[name] for name in ReportFacts._fields if name not in ("hour", "violations")}
    return ReportFacts(hour=hour, violations=[*(row["violations"] or ()), *added] or None, **others)


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


async def test_rows_grow_by_whatever_reports_say(database: Database) -> None:
    """What the property finds by chance, for every count: one that a further report does not add to shows here."""
    given = [
        report_row(
            NUMBERS[0], reporter=PEOPLE[n // 10] + b"%d" % (n % 10), cluster=1, occurred_at=START + timedelta(minutes=n % 4),
            medium=("sms", "voice")[n % 2], caller=("automated", "one_ring", None)[n % 3], connected=n % 5 > 1,
            relation=("third_party", "wrong_person", None)[n % 3], evidence_weight=EVIDENCE[n % 5], script=n % 7,
            violations=VIOLATIONS[n % 3 : n % 11], opinion=("abusive", "abusive", "legitimate")[n // 10 % 3],
            is_seasoned=n % 2 > 0, time_known=n % 4 > 0,
        )
        for n in range(40)
    ]  # fmt: skip
    async with database.connection() as connection:
        for first in range(0, len(given), 8):
            await insert_reports(connection, given[first : first + 8], is_bulk=False)
            assert (kept := await _kept(connection)) == await _folded(connection)
        assert kept == await _recomputed(connection)


async def test_every_hour_and_every_evidence_weight_counts_alike(database: Database) -> None:
    given = [
        report_row(NUMBERS[0], cluster=1, occurred_at=START + timedelta(hours=hour)) for hour in range(24)
    ]
    given += [
        report_row(NUMBERS[1], cluster=1, occurred_at=START, evidence_weight=weight / 32)
        for weight in range(64)
    ]
    async with database.connection() as connection:
        await insert_reports(connection, given, is_bulk=False)
        kept = await _kept(connection)
        assert kept == await _folded(connection)
    hours = [row for (number, _, _), (_, _, row) in kept.items() if number == NUMBERS[0]]
    assert sum(row.quiet_hours for row in hours) == sum(map(is_quiet, range(24))) == 10
    (evidence,) = [row.evidence for (number, _, _), (_, _, row) in kept.items() if number == NUMBERS[1]]
    assert evidence == 32


async def test_training_reads_the_facts_that_are_summed(database: Database) -> None:
    given = [
        report_row(
            NUMBERS[0], reporter=b"%d" % n, occurred_at=START + timedelta(hours=n), time_known=n % 3 > 0,
            connected=(None, True, False)[n % 3], caller=(None, "human", "one_ring")[n % 3], script=n or None,
            violations=VIOLATIONS[n % 3 : n % 5], opinion=("abusive", "legitimate")[n % 2], is_seasoned=n % 2 > 0,
            evidence_weight=EVIDENCE[n % 5], weight=n / 8, medium=("voice", "sms", "other")[n % 3],
        )
        for n in range(30)
    ]  # fmt: skip
    async with database.connection() as connection:
        await insert_reports(connection, given, is_bulk=False)
        stored = {
            reporter_id(row["reporter"]): row for row in await connection.fetch("SELECT * FROM reports")
        }
        async with connection.transaction():
            events = [
                event async for event in stream_events(connection, datetime.now(UTC) + timedelta(days=1))
            ]
    assert {event.reporter: event.facts for event in events} == {
        reporter: _facts(row, []) for reporter, row in stored.items()
    }


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
