"""Dated contacts in PostgreSQL: one typed function per query."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from ml.days import QUIET_FROM, QUIET_UNTIL
from service.contacts.counting import (
    EFFECTIVE_SECONDS,
    Contact,
    DatedLimit,
    DayCount,
    DayTotal,
    PeopleCount,
)
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
_QUIET_AND_EFFECTIVE: Final = (EFFECTIVE_SECONDS, QUIET_FROM, QUIET_UNTIL)


async def insert_contacts(
    connection: Connection, number: str, reporter: bytes, calls: Sequence[Contact], *, evidence_id: UUID
) -> None:
    """Store the calls of a log. A call of one reporter is stored once, however many logs contain it."""
    await connection.execute(
        QUERIES["insert_contacts"],
        number,
        reporter,
        [call.at for call in calls],
        [call.is_incoming for call in calls],
        [call.is_answered for call in calls],
        [call.seconds for call in calls],
        evidence_id,
    )


async def delete_contacts(connection: Connection, number: str, reporter: bytes) -> None:
    """Delete a reporter's calls with a number that no remaining log contains."""
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, None)
    kept = [row["evidence_id"] for row in logs]
    await connection.execute(QUERIES["delete_contacts"], number, reporter, kept)


async def delete_left(connection: Connection) -> None:
    """Delete all calls that no remaining log contains."""
    await connection.execute(QUERIES["delete_left"])


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
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, report_ids)
    reports = {row["report_id"] for row in logs}
    standing = {row[0] for row in await connection.fetch(QUERIES["list_standing"], number, reports)}
    return [row["evidence_id"] for row in logs if row["report_id"] in standing]
