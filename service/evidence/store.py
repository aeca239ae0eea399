"""Evidence in PostgreSQL: one typed function per query. The objects are in the vault."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence; `size` (in bytes) and `sha256` are those of the original, the key is wrapped.

    `sealed` are its labels. When it was made is told as the file says, with the place it was read from, and as its
    reporter does.
    """

    number: str
    report_id: UUID
    evidence_id: UUID
    media_type: str
    size: int
    sha256: bytes
    wrapped_key: bytes
    stored_at: datetime
    sealed: bytes | None = None
    file_made_at: datetime | None = None
    file_made_from: str | None = None
    is_zone_assumed: bool = False
    said_made_at: datetime | None = None


async def list_evidence(connection: Connection, number: str, report_id: UUID) -> list[EvidenceRow]:
    """Return the evidence of a report, in the order of its reporter."""
    return [EvidenceRow(**row) for row in await connection.fetch(QUERIES["list_evidence"], number, report_id)]


async def fetch_evidence(
    connection: Connection, number: str, report_id: UUID, evidence_id: UUID
) -> EvidenceRow | None:
    """Return one piece of a report's evidence; None if there is no such piece."""
    row = await connection.fetchrow(QUERIES["fetch_evidence"], number, report_id, evidence_id)
    return EvidenceRow(**row) if row else None


async def fetch_same(
    connection: Connection, number: str, report_id: UUID, sha256: bytes
) -> EvidenceRow | None:
    """Return the piece of a report's evidence with this content; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_same"], number, report_id, sha256)
    return EvidenceRow(**row) if row else None


async def is_used(connection: Connection, number: str, reporter: bytes, sha256: bytes) -> bool:
    """Return whether this content already raises the weight of a report of the number or of the reporter."""
    return bool(await connection.fetchval(QUERIES["is_used"], number, reporter, sha256))


async def insert_evidence(
    connection: Connection, row: EvidenceRow, *, reporter: bytes, weight: float | None
) -> None:
    """Attach a piece of evidence; `weight` is what a report with it weighs, None if it raises no report's weight."""
    await connection.execute(
        QUERIES["insert_evidence"],
        row.number,
        row.report_id,
        row.evidence_id,
        reporter,
        row.media_type,
        row.size,
        row.sha256,
        row.wrapped_key,
        weight,
        row.stored_at,
        row.sealed,
        row.file_made_at,
        row.file_made_from,
        row.is_zone_assumed,
        row.said_made_at,
    )


async def change_evidence(connection: Connection, row: EvidenceRow) -> None:
    """Store what the reporter says about a piece: `sealed` and `said_made_at`."""
    query = QUERIES["change_evidence"]
    await connection.execute(query, row.number, row.report_id, row.evidence_id, row.sealed, row.said_made_at)


async def order_evidence(connection: Connection, number: str, report_id: UUID, ids: Sequence[UUID]) -> None:
    """Put the pieces of a report into the order of their ids."""
    await connection.execute(QUERIES["order_evidence"], number, report_id, ids)


async def count_evidence(
    connection: Connection, number: str, report_id: UUID, reporter: bytes, *, besides: UUID | None
) -> tuple[int, int]:
    """Return how many pieces a report has, and how many bytes its reporter stores in all, uploads in parts included.

    The upload `besides` is not counted.
    """
    query = QUERIES["count_evidence"]
    files, size = await connection.fetchrow(query, number, report_id, reporter, besides)
    return files, size


async def sum_all(connection: Connection) -> int:
    """Return how many bytes of evidence are stored in all."""
    total: int = await connection.fetchval(QUERIES["sum_all"])
    return total


async def fetch_day_bytes(connection: Connection, day: date, network: bytes) -> int:
    """Return how many bytes came from a network on a day."""
    size: int = await connection.fetchval(QUERIES["fetch_day_bytes"], day, network)
    return size


async def add_to_day(connection: Connection, day: date, network: bytes, size: int) -> int:
    """Count bytes that came from a network on a day; return how many these are now."""
    now: int = await connection.fetchval(QUERIES["add_to_day"], day, network, size)
    return now


async def delete_days(connection: Connection, before: date) -> None:
    """Forget what came from networks before a day."""
    await connection.execute(QUERIES["delete_days"], before)


async def delete_evidence(connection: Connection, number: str, report_id: UUID, evidence_id: UUID) -> bool:
    """Destroy the key of a piece of evidence; return False if there is no such piece."""
    query = QUERIES["delete_evidence"]
    return await connection.fetchval(query, number, report_id, evidence_id) is not None


async def fetch_best_weight(connection: Connection, number: str, report_id: UUID) -> float | None:
    """Return the weight that a report's best evidence gives it; None if none raises it."""
    weight: float | None = await connection.fetchval(QUERIES["fetch_best_weight"], number, report_id)
    return weight


async def weigh_report(
    connection: Connection, number: str, reporter: bytes, report_id: UUID, *, weight: float
) -> bool:
    """Set the weight of a report; return False if it has that weight already."""
    query = QUERIES["weigh_report"]
    return await connection.fetchval(query, number, reporter, report_id, weight) is not None


async def list_unknown(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the ids that belong to no piece of evidence and to no part of one."""
    return [row["id"] for row in await connection.fetch(QUERIES["list_unknown"], ids)]


async def delete_left(connection: Connection) -> list[UUID]:
    """Destroy the keys of evidence whose report was deleted; return the ids of its objects."""
    return [row["evidence_id"] for row in await connection.fetch(QUERIES["delete_left"])]


async def list_wrapped(connection: Connection, after: UUID, *, at_most: int) -> list[tuple[UUID, bytes]]:
    """Return ids and wrapped keys of pieces and of parts in the order of ids, starting behind `after`."""
    rows = await connection.fetch(QUERIES["list_wrapped"], after, at_most)
    return [(row["evidence_id"], row["wrapped_key"]) for row in rows]


async def rewrap(connection: Connection, keys: Sequence[tuple[UUID, bytes, bytes]]) -> None:
    """Replace wrapped keys (id, old, new), except those that changed in the meantime."""
    await connection.executemany(QUERIES["rewrap"], keys)
