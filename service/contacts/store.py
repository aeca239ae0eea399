"""Dated contacts in PostgreSQL: one typed function per query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

from ml.days import QUIET_FROM, QUIET_UNTIL
from service.contacts.call_log import Unread
from service.contacts.counting import (
    EFFECTIVE_SECONDS,
    Contact,
    DatedLimit,
    DayCount,
    DayTotal,
    HourCount,
    PeopleCount,
)
from service.contacts.log_types import LOG_TYPES
from service.contacts.matching import Known, Numbered
from service.contacts.pairs import MOST_APART
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
MOST_LOGGED: Final = 20_000  # calls of one reporter with one number, of all logs together
_QUIET_AND_EFFECTIVE: Final = (EFFECTIVE_SECONDS, QUIET_FROM, QUIET_UNTIL, MOST_APART)


@dataclass(frozen=True, slots=True)
class ReadLog:
    """What a log said: how many calls and messages of the number, and which rows could not be read."""

    counted: int
    unread_rows: int
    unread: Sequence[Unread]


async def list_calls(connection: Connection, number: str, reporter: bytes) -> dict[UUID, Known]:
    """Return the stored logs of a reporter about a number, with their calls; of too many the first."""
    rows = await connection.fetch(QUERIES["list_calls"], number, reporter, MOST_LOGGED + 1)
    logs: dict[UUID, tuple[list[Contact], list[int]]] = {}
    for row in rows:
        calls, numbers = logs.setdefault(row["evidence_id"], ([], []))
        numbers.append(row["call_number"])
        calls.append(
            Contact(
                row["started_at"],
                is_call=row["is_call"],
                is_incoming=row["is_incoming"],
                is_answered=row["is_answered"],
                seconds=row["seconds"],
                precision=row["precision_seconds"],
                is_rounded=row["is_rounded"],
            )
        )
    return {evidence_id: Known(*log) for evidence_id, log in logs.items()}


async def list_stored_logs(connection: Connection, number: str, reporter: bytes) -> dict[UUID, int]:
    """Return the logs of a reporter that tell calls with a number, and how many each tells."""
    rows = await connection.fetch(QUERIES["list_stored_logs"], number, reporter)
    return {row["evidence_id"]: row["calls"] for row in rows}


async def insert_calls(
    connection: Connection,
    number: str,
    reporter: bytes,
    calls: Sequence[Contact],
    numbered: Numbered,
    *,
    evidence_id: UUID,
    now: datetime,
) -> None:
    """Store the calls of a log under their numbers, and rename those that turned out to be one."""
    if numbered.renamed:
        earlier, later = list(numbered.renamed), list(numbered.renamed.values())
        await connection.execute(QUERIES["rename_calls"], number, reporter, earlier, later)
    await connection.execute(
        QUERIES["insert_calls"],
        number,
        reporter,
        evidence_id,
        now,
        list(range(len(calls))),
        list(numbered.numbers),
        [call.at for call in calls],
        [call.precision for call in calls],
        [call.is_call for call in calls],
        [call.is_incoming for call in calls],
        [call.is_answered for call in calls],
        [call.seconds for call in calls],
        [call.is_rounded for call in calls],
    )


async def store_log(
    connection: Connection, number: str, report_id: UUID, evidence_id: UUID, log: ReadLog
) -> None:
    """Note what a log said, in place of what was noted before."""
    unread = orjson.dumps([list(one) for one in log.unread]).decode()
    query = QUERIES["store_log"]
    await connection.execute(query, number, report_id, evidence_id, log.counted, log.unread_rows, unread)


async def list_read_logs(connection: Connection, number: str, report_id: UUID) -> dict[UUID, ReadLog]:
    """Return what the logs of a report said."""
    rows = await connection.fetch(QUERIES["list_read_logs"], number, report_id)
    return {
        row["evidence_id"]: ReadLog(
            row["counted"], row["unread_rows"], [Unread(*one) for one in orjson.loads(row["unread"])]
        )
        for row in rows
    }


async def delete_calls(connection: Connection, number: str, reporter: bytes, evidence_id: UUID) -> None:
    """Delete the calls of a log; calls that other logs tell too stay with them."""
    await connection.execute(QUERIES["delete_calls"], number, reporter, evidence_id)


async def delete_log(
    connection: Connection, number: str, reporter: bytes, report_id: UUID, evidence_id: UUID
) -> None:
    """Delete what a log said, and its calls."""
    await delete_calls(connection, number, reporter, evidence_id)
    await connection.execute(QUERIES["delete_log"], number, report_id, evidence_id)


async def delete_left(connection: Connection) -> None:
    """Delete what all logs said that are gone."""
    await connection.execute(QUERIES["delete_left"])
    await connection.execute(QUERIES["delete_left_logs"])


async def count_days(
    connection: Connection,
    number: str,
    reporter: bytes,
    *,
    report_ids: Sequence[UUID] | None,
    at_most: int,
) -> list[DayTotal]:
    """Return one reporter's dated contacts with a number by day, the earliest first.

    `report_ids` restrict them to these reports and their call logs, None does not. Retracted reports are left out.
    """
    logs = await _list_logs(connection, number, reporter, report_ids)
    rows = await connection.fetch(
        QUERIES["count_days"], number, reporter, logs, report_ids, at_most, *_QUIET_AND_EFFECTIVE
    )
    return [
        DayTotal(DayCount(*row[:6]), contacts=row["contacts"], call_backs=row["call_backs"]) for row in rows
    ]


async def count_hours(
    connection: Connection, number: str, reporter: bytes, *, at_most: int, most_hours: int
) -> list[HourCount]:
    """Return what came in to one reporter from a number by day and hour in China, the newest day first."""
    logs = await _list_logs(connection, number, reporter, None)
    rows = await connection.fetch(
        QUERIES["count_hours"], number, reporter, logs, None, at_most, *_QUIET_AND_EFFECTIVE, most_hours
    )
    return [HourCount(*row) for row in rows]


async def count_people(
    connection: Connection, number: str, limits: Sequence[DatedLimit], *, at_most: int
) -> PeopleCount:
    """Return how many people's dated contacts with a number exceed limits, out of how many."""
    logs = await _list_logs(connection, number, None, None)
    rows = await connection.fetch(
        QUERIES["count_people"],
        number,
        None,
        logs,
        None,
        at_most,
        *_QUIET_AND_EFFECTIVE,
        [one.limit.violation for one in limits],
        [one.limit.counter for one in limits],
        [one.limit.allowed for one in limits],
        [one.first_on for one in limits],
        [one.last_on for one in limits],
    )
    return PeopleCount(
        people=rows[0]["people"],
        calls=rows[0]["calls"],
        by_violation={row["violation"]: row["exceeding"] for row in rows if row["violation"] is not None},
    )


async def _list_logs(
    connection: Connection, number: str, reporter: bytes | None, report_ids: Sequence[UUID] | None
) -> list[UUID]:
    """Return the call logs of reports that were not retracted."""
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, report_ids, LOG_TYPES)
    reports = {row["report_id"] for row in logs}
    standing = {row[0] for row in await connection.fetch(QUERIES["list_standing"], number, reports)}
    return [row["evidence_id"] for row in logs if row["report_id"] in standing]
