"""Runs what falls due with time. Any number of processes may run; each chore is done by one of them."""

import asyncio
import math
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from ml.drift import calibration_error
from service.cases.remind import send_reminders
from service.database import Connection, Database, DatabaseUnavailableError, database_url, load_queries
from service.days import date_of, day_of
from service.decisions.store import count_reviews, list_scored_decisions
from service.disputes.store import count_open_disputes
from service.edge.old_keys import delete_old_keys
from service.evidence.sweep import sweep
from service.evidence.vault import Vault
from service.exports.store import count_requested
from service.figures.publish import publish_ended_weeks
from service.host.pause import Outage, pause
from service.metric_files import fold_ended, is_alive
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.reports.linking import link_all
from service.reports.reporters_store import delete_spent_challenges
from service.reports.vetting import queue_numbers
from service.rights.purge import purge
from service.scoring.store import begin_due_scores, count_changed
from service.settings import Settings
from service.standing.settle import settle_due
from service.verdicts.store import fetch_head
from service.webhooks.deliver import forget_old

QUERIES = load_queries(Path(__file__).parent)
LOOK_SECONDS: Final = 1.0
FOLD_SECONDS: Final = 15.0
DUE_AT_ONCE: Final = 5000
CALIBRATED_OVER: Final = timedelta(days=365)
LEAST_CALIBRATED: Final = 50  # decisions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """A task that one of all processes does every so often."""

    name: str
    every: timedelta
    do: Callable[[datetime], Awaitable[None]]


class ChoreError(RuntimeError):
    """A chore that another process does has failed there; its log says why."""


class Upkeep:
    """The chores of one database."""

    def __init__(
        self, database: Database, metrics: Metrics, *, settings: Settings, models: ModelShelf, vault: Vault
    ) -> None:
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._models = models
        self._vault = vault
        minute, hour = timedelta(minutes=1), timedelta(hours=1)
        self.chores: Sequence[Chore] = (
            Chore("forget", minute, self._forget),
            Chore("score", timedelta(seconds=5), self._score),
            Chore("settle", timedelta(seconds=5), self._settle),
            Chore("remind", minute, self._remind),
            Chore("measure", minute, self._measure),
            Chore("sweep", hour, self._sweep),
            Chore("link", hour, self._link),
            Chore("purge", timedelta(days=1), self._purge),
            Chore("campaigns", hour, self._find_campaigns),
            Chore("calibration", hour, self._check_calibration),
            Chore("figures", hour, self._publish_figures),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Do chores when they fall due until `stop` is set; PostgreSQL may be unavailable at times."""
        outage = Outage("the database is unavailable; upkeep waits")
        while not stop.is_set():
            try:
                await self.look(datetime.now(UTC))
            except DatabaseUnavailableError as error:
                outage.tell(str(error))
            else:
                outage.end()
            await pause(stop, LOOK_SECONDS)

    async def look(self, now: datetime) -> None:
        """Do the chores that are due and that no other process has begun yet."""
        for chore in self.chores:
            async with self._database.connection() as connection:
                is_ours = await begin_chore(connection, chore, now)
            if is_ours:
                await self._do(chore, now)

    async def do_all(self, now: datetime) -> None:
        """Do every chore, due or not."""
        for chore in self.chores:
            await chore.do(now)

    async def _do(self, chore: Chore, now: datetime) -> None:
        try:
            await chore.do(now)
        except DatabaseUnavailableError:
            raise
        except Exception:
            log.exception("a chore failed; it runs again when it is next due", chore=chore.name)

    async def _forget(self, now: datetime) -> None:
        async with self._database.connection() as connection:
            await delete_old_keys(connection, now)
            await delete_spent_challenges(connection, now)
            await forget_old(connection, now)

    async def _purge(self, now: datetime) -> None:
        removed = {one.rule: one.rows for one in await purge(self._database, self._settings, now) if one.rows}
        if removed:
            log.info("data past its retention period was deleted", **removed)

    async def _score(self, now: datetime) -> None:
        async with self._database.connection() as connection:
            await queue_numbers(connection)
            while await begin_due_scores(connection, now, at_most=DUE_AT_ONCE) == DUE_AT_ONCE:
                pass

    async def _settle(self, now: datetime) -> None:
        settled = await settle_due(self._database, now)
        self._metrics.settlements.inc(settled)

    async def _remind(self, now: datetime) -> None:
        await send_reminders(self._database, now)

    async def _measure(self, now: datetime) -> None:
        async with self._database.connection() as connection:
            self._metrics.waiting_numbers.set(await count_changed(connection))
            self._metrics.waiting_reviews.set(await count_reviews(connection))
            self._metrics.waiting_exports.set(await count_requested(connection))
            disputes = await count_open_disputes(connection, date_of(day_of(now)))
            self._metrics.open_disputes.set(disputes.open)
            self._metrics.overdue_disputes.set(disputes.overdue)
            self._metrics.feed_revision.set((await fetch_head(connection)).revision)

    async def _sweep(self, now: datetime) -> None:
        removed = await sweep(self._database, self._vault, now)
        if removed:
            log.info("objects that belong to no evidence were deleted", objects=removed)

    async def _link(self, now: datetime) -> None:
        linked = await link_all(self._database, now)
        self._metrics.largest_cluster_share.set(linked.largest_share)
        if linked.moved:
            log.info("reporters were moved to another cluster", reporters=linked.moved)

    async def _check_calibration(self, now: datetime) -> None:
        """Measure calibration on scores of the serving model only: other models' scores say nothing about it."""
        async with self._database.connection() as connection:
            await self._models.look(connection)
            serving = self._models.serving
            asked = serving.version if serving and serving.question == "abusive" else None
            scored = await list_scored_decisions(connection, asked, now - CALIBRATED_OVER)
        error = calibration_error(*zip(*scored, strict=True)) if len(scored) >= LEAST_CALIBRATED else math.nan
        self._metrics.calibration_error.set(error)

    async def _publish_figures(self, now: datetime) -> None:
        """Publish the week that has ended, which happens once a week; the other times there is nothing to do."""
        for week in await publish_ended_weeks(self._database, now):
            log.info("the public figures of a week were computed", week_from=week.isoformat())

    async def _find_campaigns(self, now: datetime) -> None:
        """Search in a process of its own: this one would keep the memory of what is read and imported for good."""
        environment = os.environ | {
            "DUNWATCH_DATA_DIR": str(self._settings.data_dir),
            "DUNWATCH_DATABASE_URL": database_url(self._settings),
            "DUNWATCH_DATABASE_STATEMENT_CACHE": str(self._settings.database_statement_cache),
        }
        arguments = ("-m", "service.commands.child", "find-campaigns", now.isoformat(timespec="microseconds"))
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)
        status = await process.wait()
        if status == os.EX_TEMPFAIL:
            raise DatabaseUnavailableError("lost during the search for campaigns")
        if status:
            raise ChoreError(f"the search for campaigns ended with status {status}")


async def fold_metrics(directory: Path, stop: asyncio.Event) -> None:
    """Fold the metrics of this host's ended processes until `stop` is set, whether or not there is a database."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(fold_ended, directory, is_alive)
        except OSError as error:
            log.warning("the metrics of ended processes stay as they are", reason=error.strerror)
        await pause(stop, FOLD_SECONDS)


async def begin_chore(connection: Connection, chore: Chore, now: datetime) -> bool:
    """Return whether a chore is due; if so, it is now up to this process to do it."""
    return bool(await connection.fetchval(QUERIES["begin_chore"], chore.name, now, now - chore.every))
