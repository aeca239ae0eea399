"""Group commit: reports that arrive while a transaction is running share the next one.

A single report does not wait; under load one commit carries many reports, which costs PostgreSQL a fraction. Each
report is acknowledged only after the commit that carries it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.database import ANSWER_SECONDS, Connection, Database, DatabaseUnavailableError
from service.edge.access import INVALID_TOKEN
from service.edge.problems import RESTRICTED, WRONG_KEY, ProblemError
from service.reports import store
from service.reports.intake import crowd_author, prepare
from service.reports.schemas import Report
from service.secrets import KeyRing

MOST_AT_ONCE = 200
MOST_WAITING = 5000  # some seconds of work: with more, the database cannot keep up or hangs


@dataclass(frozen=True, slots=True)
class Submission:
    """A report and the reporter who makes it."""

    report: Report
    pseudonym: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The id under which a report is stored, and whether the report was new."""

    report_id: UUID
    is_new: bool


async def take_reports(
    connection: Connection, submissions: Sequence[Submission], keys: KeyRing
) -> list[Acknowledged | ProblemError]:
    """Store reports of the crowd in the caller's transaction; return the result of each, in order."""
    newest = max(one.received_at for one in submissions)
    reporters = await store.lock_reporters(connection, [one.pseudonym for one in submissions], newest)
    rows = {
        place: prepare(
            one.report,
            crowd_author(one.pseudonym, reporters[one.pseudonym], one.received_at),
            keys,
            now=one.received_at,
        )
        for place, one in enumerate(submissions)
        if one.pseudonym in reporters and not reporters[one.pseudonym].is_restricted
    }
    stored = await store.insert_reports(connection, list(rows.values()), is_bulk=False) if rows else set()
    fates: list[Acknowledged | ProblemError] = []
    for place, one in enumerate(submissions):
        if one.pseudonym in reporters and reporters[one.pseudonym].is_restricted:
            fates.append(ProblemError(RESTRICTED))
        elif place not in rows:
            fates.append(ProblemError(WRONG_KEY, headers=INVALID_TOKEN))
        elif rows[place].report_id in stored:
            fates.append(Acknowledged(rows[place].report_id, is_new=True))
        else:
            fates.append(Acknowledged(await store.fetch_report_at(connection, rows[place]), is_new=False))
    return fates


class ReportWriter:
    """Collects the reports of one worker process into shared transactions, one at a time."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys
        self._waiting: list[tuple[Submission, asyncio.Future[Acknowledged]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def store(self, submission: Submission) -> Acknowledged:
        """Store a report; return when it is durable, raise if it is not stored."""
        if len(self._waiting) >= MOST_WAITING:
            raise DatabaseUnavailableError("too many reports wait")
        fate: asyncio.Future[Acknowledged] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, fate))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return await fate

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:MOST_AT_ONCE]
                del self._waiting[:MOST_AT_ONCE]
                await self._store(batch)
        finally:
            self._flushing = None

    async def _store(self, batch: Sequence[tuple[Submission, "asyncio.Future[Acknowledged]"]]) -> None:
        try:
            fates = await self._take([submission for submission, _ in batch])
        except DatabaseUnavailableError as error:
            for _, fate in batch:
                _resolve(fate, error)
        except Exception as error:
            if len(batch) == 1:
                _resolve(batch[0][1], error)
                return
            for one in batch:  # the one that made it fail must not fail the others
                await self._store([one])
        else:
            for (_, fate), outcome in zip(batch, fates, strict=True):
                _resolve(fate, outcome)

    async def _take(self, submissions: Sequence[Submission]) -> list[Acknowledged | ProblemError]:
        async def work(connection: Connection) -> list[Acknowledged | ProblemError]:
            return await take_reports(connection, submissions, self._keys)

        return await self._database.in_transaction(work, deadline=ANSWER_SECONDS)


def _resolve(fate: "asyncio.Future[Acknowledged]", outcome: Acknowledged | Exception) -> None:
    if fate.done():  # its client has gone
        return
    if isinstance(outcome, Exception):
        fate.set_exception(outcome)
    else:
        fate.set_result(outcome)
