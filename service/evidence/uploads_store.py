"""Uploads in parts in PostgreSQL: one typed function per query. The parts are objects of the vault."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.database import Connection
from service.evidence.store import QUERIES

ABANDONED: Final = timedelta(days=1)  # without a part, after which an upload is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """An upload in parts; `received` of its `size` bytes have come, from the first on, in so many `parts`."""

    upload_id: UUID
    size: int
    sha256: bytes | None
    sealed: bytes | None
    said_made_at: datetime | None
    received: int
    evidence_id: UUID | None
    moved_at: datetime
    parts: int = 0


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of an upload: an object of the vault, with the key that is wrapped and the digest of its content."""

    part_id: UUID
    size: int
    sha256: bytes
    wrapped_key: bytes

    @property
    def evidence_id(self) -> UUID:
        """The id of its object, as the vault knows it."""
        return self.part_id


async def insert_upload(
    connection: Connection, number: str, report_id: UUID, row: UploadRow, *, reporter: bytes
) -> None:
    """Begin an upload for a report."""
    await connection.execute(
        QUERIES["insert_upload"],
        number,
        report_id,
        row.upload_id,
        reporter,
        row.size,
        row.sha256,
        row.sealed,
        row.said_made_at,
        row.moved_at,
    )


async def count_uploads(connection: Connection, reporter: bytes) -> int:
    """Return how many uploads of a reporter are still arriving."""
    count: int = await connection.fetchval(QUERIES["count_uploads"], reporter)
    return count


async def fetch_upload(
    connection: Connection, number: str, report_id: UUID, upload_id: UUID
) -> UploadRow | None:
    """Return an upload of a report; None if there is no such upload."""
    row = await connection.fetchrow(QUERIES["fetch_upload"], number, report_id, upload_id)
    return UploadRow(**row) if row else None


async def insert_part(
    connection: Connection, upload_id: UUID, starts_at: int, part: PartRow, now: datetime
) -> int | None:
    """Add a part to its upload; return how far that has come then, None if it has not come just so far."""
    row = await connection.fetchval(
        QUERIES["insert_part"],
        upload_id,
        starts_at,
        part.part_id,
        part.size,
        part.sha256,
        part.wrapped_key,
        now,
    )
    return int(row) if row is not None else None


async def list_parts(connection: Connection, upload_id: UUID) -> list[PartRow]:
    """Return the parts of an upload in their order."""
    return [PartRow(**row) for row in await connection.fetch(QUERIES["list_parts"], upload_id)]


async def delete_parts(connection: Connection, upload_id: UUID) -> Sequence[UUID]:
    """Destroy the keys of the parts of an upload; return the ids of their objects."""
    return [row["part_id"] for row in await connection.fetch(QUERIES["delete_parts"], upload_id)]


async def end_upload(connection: Connection, upload_id: UUID, *, evidence_id: UUID) -> bool:
    """Note which piece of evidence an upload has become; return False if it was given up meanwhile."""
    return bool(await connection.fetchval(QUERIES["end_upload"], upload_id, evidence_id))


async def delete_upload(connection: Connection, number: str, report_id: UUID, upload_id: UUID) -> bool:
    """Give an upload up; return False if there is no such upload. Its parts are `delete_parts`."""
    query = QUERIES["delete_upload"]
    return await connection.fetchval(query, number, report_id, upload_id) is not None


async def delete_abandoned(connection: Connection, since: datetime) -> list[UUID]:
    """Give up uploads that have not moved since a moment or have no report; return the objects of parts that are left."""
    await connection.execute(QUERIES["delete_abandoned"], since)
    return [row["part_id"] for row in await connection.fetch(QUERIES["delete_left_parts"])]
