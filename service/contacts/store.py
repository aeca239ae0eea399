"""Dated contacts in PostgreSQL: one typed function per query."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from service.contacts.counting import Contact
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


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


async def list_logged(
    connection: Connection,
    number: str,
    reporter: bytes | None,
    *,
    report_ids: Sequence[UUID] | None,
    at_most: int,
) -> list[tuple[bytes, Contact]]:
    """Return the logged calls with a number by reporter, the newest first.

    `reporter` and `report_ids` restrict them, None does not. Logs of retracted reports are left out.
    """
    logs = await connection.fetch(QUERIES["list_logs"], number, reporter, report_ids)
    reports = {row["report_id"] for row in logs}
    standing = {row[0] for row in await connection.fetch(QUERIES["list_standing"], number, reports)}
    counted = [row["evidence_id"] for row in logs if row["report_id"] in standing]
    rows = await connection.fetch(QUERIES["list_logged"], number, reporter, counted, at_most)
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
    """Return the reported calls and messages of a number by reporter, the newest first; restricted as in `list_logged`."""
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
    """Return whether a call was answered: as it was reported, else by its length; None if neither tells."""
    return seconds > 0 if connected is None and seconds is not None else connected
