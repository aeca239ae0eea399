"""What agencies were handed, row by row, in PostgreSQL: deltas compare with it, outcomes are found by it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from service.database import Connection, Database
from service.exports.schemas import ExportRequest
from service.exports.snapshot import BATCH_ROWS, FETCH_TIMEOUT_SECONDS
from service.exports.store import QUERIES, ExportClaim

HANDED_COLUMNS = (
    "number",
    "agency_id",
    "row_id",
    "export_id",
    "handed_at",
    "report_id",
    "reported_at",
    "digest",
    "accuses",
)


class HandedRow(NamedTuple):
    """One row that an agency is handed; `digest` stands for its content, None for a row named as removed."""

    number: str
    row_id: str
    report_id: UUID | None
    reported_at: datetime
    digest: bytes | None
    accuses: bool  # False: it said that the number was displayed by somebody else


@dataclass(frozen=True, slots=True)
class Earlier:
    """The exports of an agency that a delta compares with."""

    agency_id: int
    export_ids: Sequence[UUID]


async def list_comparable(database: Database, agency_id: int, request: ExportRequest) -> Earlier:
    """Return the exports of an agency that had the same layout and verdicts."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            QUERIES["list_comparable"],
            agency_id,
            request.layout,
            list(request.verdicts),
            request.legal_basis is not None,
        )
    return Earlier(agency_id, [row["export_id"] for row in rows])


@asynccontextmanager
async def open_handed(
    database: Database, request: ExportRequest, earlier: Earlier | None
) -> AsyncIterator[AsyncIterator[HandedRow]]:
    """Open what an agency holds of the period asked for, in the order of numbers; raises ValueError without `earlier`."""
    if earlier is None:
        raise ValueError("only an agency's export can hold changes alone, not the operator's")
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):

        async def rows() -> AsyncIterator[HandedRow]:
            async for row in connection.cursor(
                QUERIES["stream_handed"],
                earlier.agency_id,
                earlier.export_ids,
                request.start,
                request.end,
                prefetch=BATCH_ROWS,
                timeout=FETCH_TIMEOUT_SECONDS,
            ):
                yield HandedRow(*row)

        yield rows()


async def insert_handed(
    connection: Connection, claim: ExportClaim, rows: Iterable[HandedRow], *, now: datetime
) -> None:
    """Store what an agency is handed by an export; needs the transaction that marks the export as done."""
    agency_id, export_id = claim.recipient.agency_id, claim.export_id
    records = (
        (
            row.number,
            agency_id,
            row.row_id,
            export_id,
            now,
            row.report_id,
            row.reported_at,
            row.digest,
            row.accuses,
        )
        for row in rows
    )
    await connection.copy_records_to_table(
        "hand_overs", records=records, columns=HANDED_COLUMNS, timeout=FETCH_TIMEOUT_SECONDS
    )
