"""Attaches the calls of a log: numbered beside the event loop, and stored if no other log came in between."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from service.contacts import store
from service.contacts.call_log import CallLog, Unread
from service.contacts.matching import Numbered, number_calls
from service.contacts.store import MOST_LOGGED, ReadLog
from service.database import Connection, Database
from service.edge.problems import TOO_MANY_AT_ONCE, ProblemError
from service.evidence import store as evidence
from service.evidence.reading import IN_A_THREAD, READING_SECONDS, RETRY_SECONDS
from service.host.beside import Asker, Beside, BusyError, SpentError
from service.reports import reporters
from service.reports.store import ReportRow

MOST_TRIES: Final = 4
IN_A_THREAD_CALLS: Final = IN_A_THREAD // 20  # a few milliseconds


class LogsChangedError(Exception):
    """Another log of the same reporter and number was stored or deleted since the calls were numbered."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A log whose calls are numbered among those of the logs that were stored then."""

    log: CallLog
    numbered: Numbered
    stored: Mapping[UUID, int]


async def prepare(
    database: Database, beside: Beside, asker: Asker, report_id: UUID, log: CallLog | None, *, sha256: bytes
) -> Prepared | None:
    """Return a log with its calls numbered among the reporter's stored ones; what the report has of the same file gives way.

    None of what is no log. One that is too much beside them keeps its place as evidence, and is not counted.
    """
    if log is None:
        return None
    async with database.connection() as connection:
        number = (await reporters.own_report(connection, asker.person, report_id)).number
        same = await evidence.fetch_same(connection, number, report_id, sha256)
        known = await store.list_calls(connection, number, asker.person)
    without = same.evidence_id if same else None
    stored = {evidence_id: len(one.calls) for evidence_id, one in known.items()}
    others = [one for evidence_id, one in known.items() if evidence_id != without]
    rows = len(log.calls) + sum(len(one.calls) for one in others)
    if rows > MOST_LOGGED:
        return Prepared(_uncounted(log), Numbered((), {}), stored)
    try:
        if rows <= IN_A_THREAD_CALLS:
            numbered = await asyncio.to_thread(number_calls, others, log.calls)
        else:
            numbered = await beside.run(number_calls, others, log.calls, asker=asker, seconds=READING_SECONDS)
    except BusyError:
        raise busy() from None
    except SpentError:
        return Prepared(_uncounted(log), Numbered((), {}), stored)
    return Prepared(log, numbered, stored)


async def store_prepared(
    connection: Connection,
    prepared: Prepared,
    report: ReportRow,
    reporter: bytes,
    evidence_id: UUID,
    *,
    now: datetime,
) -> None:
    """Store a log in place of what was stored of it; the reporter is locked.

    Raise LogsChangedError if it has to be numbered again.
    """
    number = report.number
    if await store.list_stored_logs(connection, number, reporter) != prepared.stored:
        raise LogsChangedError
    log = prepared.log
    await store.delete_calls(connection, number, reporter, evidence_id)
    await store.insert_calls(
        connection, number, reporter, log.calls, prepared.numbered, evidence_id=evidence_id, now=now
    )
    read = ReadLog(len(log.calls), log.unread_rows, log.unread)
    await store.store_log(connection, number, report.report_id, evidence_id, read)


def busy() -> ProblemError:
    """Return the problem of somebody whose logs change faster than they can be counted."""
    return ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS})


def _uncounted(log: CallLog) -> CallLog:
    return CallLog((), [Unread("call_log_beyond", 1), *log.unread], len(log.calls) + log.unread_rows)
