"""Fills a service with a simulated crowd: reports of `ml.simulation.simulate`, stored and scored like real ones."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import track

from ml.simulation.crowd import Crowd, CrowdPlan, SimulatedReporter
from ml.simulation.simulate import simulate_crowd
from ml.trust import is_seasoned, reporter_weight
from service.campaigns.search import search_campaigns
from service.database import Connection, Database, open_database
from service.days import day_of
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.operator_name import operator_name
from service.reports.intake import array_literal
from service.reports.sources_store import SIMULATION, Source, ensure_source
from service.reports.store import NewReport, insert_reports
from service.reports.vetting import Vetting, VettingDecision, decide_vetting
from service.scoring.scorer import Scorer
from service.scoring.store import count_waiting
from service.secrets import KeyRing, load_key_ring
from service.settings import Settings
from service.verdicts.store import list_current

VETTED_BECAUSE = "simulated reports of `dunwatch demo`: every answer about them says so"
DAYS = 60
BATCH = 2000
#: Fields of a report that are as the simulation has them.
TAKEN_OVER = (
    "number",
    "kind",
    "medium",
    "duration_seconds",
    "connected",
    "caller",
    "claimed_institution",
    "relation",
    "narrative",
    "opinion",
    "evidence_weight",
)
SHOWN_VERDICTS = ("confirmed", "suspected", "unknown")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demonstration stored, and a number of each verdict to look up."""

    stored: int
    numbers: int
    examples: Sequence[tuple[str, str]]


async def fill(
    settings: Settings, *, seed: int, gangs: int, reporters: int, now: datetime, console: Console
) -> Summary:
    """Store and score a simulated crowd that ends today, and return a summary.

    The same seed and day store nothing twice.
    """
    today = day_of(now)
    plan = CrowdPlan(first_day=today - DAYS, days=DAYS, gangs=gangs, harmless=gangs * 40, reporters=reporters)
    crowd = simulate_crowd(plan, Random(seed))  # noqa: S311  a simulation, not a secret
    database, keys = open_database(settings), load_key_ring(settings.keys_dir)
    try:
        source = await database.in_transaction(lambda connection: _source(connection, now))
        stored = 0
        rows = list(_rows(crowd, source, keys, seed=seed))
        for start in track(range(0, len(rows), BATCH), "storing reports", console=console):
            stored += await _store(database, rows[start : start + BATCH])
        scorer = Scorer(database, settings, Metrics(CollectorRegistry()), ModelShelf(settings))
        await _score(database, scorer, now)
        await search_campaigns(database, now=now, random_bytes=secrets.token_bytes)
        await _score(database, scorer, now)
        numbers = list(dict.fromkeys(row.number for row in rows))
        return Summary(stored, len(numbers), await _examples(database, numbers))
    finally:
        await database.close()


async def _source(connection: Connection, now: datetime) -> Source:
    """Return the source of simulated reports. It is vetted: its numbers are invented, and every answer says so."""
    source = await ensure_source(connection, SIMULATION, weight=0.0, simulated=True)
    if source.simulated and source.vetting == Vetting.UNDECIDED:  # somebody may have named a real one so
        by = f"operator:{operator_name()}"
        await decide_vetting(connection, source, VettingDecision(Vetting.VETTED, VETTED_BECAUSE, by, now))
    return source


def _rows(crowd: Crowd, source: Source, keys: KeyRing, *, seed: int) -> Iterator[NewReport]:
    scope = f"source:{source.name}"
    for event in crowd.events:
        pseudonym = keys.pseudonym(scope, b"%d %d" % (seed, event.reporter))
        occurred_at = datetime.fromtimestamp(event.occurred_at, UTC)
        minute = occurred_at.replace(second=0)
        identity = keys.pseudonym(scope, pseudonym + event.number.encode() + minute.isoformat().encode())
        yield NewReport(
            reporter=pseudonym,
            occurred_minute=minute,
            report_id=UUID(bytes=identity),
            source_id=source.source_id,
            cluster=keys.cluster(scope, b"%d %d" % (seed, event.cluster)),
            shown=None,
            is_simulated=True,
            occurred_at=occurred_at,
            time_known=True,
            recorded_at=occurred_at,
            violations=array_literal(event.violations),
            sealed=None,
            **_standing_of(crowd.reporters[event.reporter]),
            **{name: getattr(event, name) for name in TAKEN_OVER},
        )


def _standing_of(reporter: SimulatedReporter) -> dict[str, Any]:
    """Return what a report weighs by its reporter's past."""
    past = {"confirmed": reporter.confirmed, "overturned": reporter.overturned}
    seasoned = is_seasoned(**past, account_days=reporter.account_days)
    return {"weight": reporter_weight(**past), "is_seasoned": seasoned}


async def _store(database: Database, rows: Sequence[NewReport]) -> int:
    async def work(connection: Connection) -> int:
        return len(await insert_reports(connection, rows, is_bulk=False))

    return await database.in_transaction(work)


async def _score(database: Database, scorer: Scorer, now: datetime) -> None:
    """Score everything that waits, together with the scorers of a running service, which may have claimed a part."""
    while True:
        await scorer.score_all(now)
        async with database.connection() as connection:
            if not await count_waiting(connection):
                return
        await asyncio.sleep(0.1)


async def _examples(database: Database, numbers: Sequence[str]) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        current = await list_current(connection, numbers)
    examples = []
    for wanted in SHOWN_VERDICTS:
        found = next((number for number, one in current.items() if one.verdict.verdict == wanted), None)
        if found:
            examples.append((wanted, found))
    return examples
