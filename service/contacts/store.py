"""Dated contacts in PostgreSQL: one typed function a query."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from service.contacts.counting import Contact
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


async def insert_contacts(
    connection: Connection, number: str, reporter: bytes, calls: Sequence[Contact], *, evidence_id: UUID
) -> None:
    """Note the calls of a log; the same call of the same reporter is noted once, whatever logs tell it."""
    await connection.execute(
        QUERIES["insert_contacts"], number, reporter, [call.at for call in calls],
        [call.is_incoming for call in calls], [call.is_answered for call in calls],
        [call.seconds for call in calls], evidence_id,
    )  # fmt: skip


async def delete_contacts(connection: Connection, number: str, reporter: bytes) -> None:
    """Forget calls of a reporter with a number whose logs are all gone."""
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, None)
    kept = [row["evidence_id"] for row in logs]
    await connection.execute(QUERIES["delete_contacts"], number, reporter, kept)


async def delete_left(connection: Connection) -> None:
    """Forget all calls whose logs are all gone."""
    await connection.execute(QUERIES["delete_left"])


async def list_logged(
    connection: Connection,
    number: str,
    reporter: bytes | None,
    *,
    report_ids: Sequence[UUID] | None,
    at_most: int,
) -> list[tuple[bytes, Contact]]:
    """Who logged which call with a number, the newest first; of one reporter or of all, for some reports or for all.

    A log of a report that was retracted tells nothing.
    """
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, report_ids)
    reports = {row["report_id"] for row in logs}
    standing = {row[0] for row in await connection.fetch(QUERIES["list_standing"], number, reports)}
    told = [row["evidence_id"] for row in logs if row["report_id"] in standing]
    rows = await connection.fetch(QUERIES["list_logged"], number, reporter, told, at_most)
    return [
        (person, Contact(at, is_incoming=is_incoming, is_answered=is_answered, seconds=seconds))
        for person, at, is_incoming, is_answered, seconds in rows
    ]


async def list_reported(
    connection: Connection,
    number: str,
    reporter: bytes | None,
    *,
    report_ids: Sequence[UUID] | None,
    at_most: int,
) -> list[tuple[bytes, Contact]]:
    """Who reported which call or message of a number, the newest first; of one reporter or of all, as with logs."""
    rows = await connection.fetch(QUERIES["list_reported"], number, reporter, report_ids, at_most)
    return [
        (
            person,
            Contact(
                at, is_call=medium == "voice", is_answered=_answered(connected, seconds), seconds=seconds
            ),
        )
        for person, at, medium, connected, seconds in rows
    ]


def _answered(connected: bool | None, seconds: int | None) -> bool | None:
    """What was said, else what follows from how long it lasted."""
    return seconds > 0 if connected is None and seconds is not None else connected
