"""Exports in PostgreSQL: one typed function a query."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec

from service.database import Connection, Database, load_queries
from service.exports.manifest import Manifest
from service.exports.schemas import ExportRequest, ExportStatus

QUERIES = load_queries(Path(__file__).parent)
#: About what fits a socket's buffer, so that the server fills the next batch while one is written.
BATCH_ROWS = 500
#: Before the first row of a long period the server may have to sort all of them.
FETCH_TIMEOUT_SECONDS = 3600


@dataclass(slots=True)
class Claim:
    """A worker's hold on an export; `until` is also the proof that nobody took over."""

    export_id: UUID
    request: ExportRequest
    until: datetime


class ExportedReport(msgspec.Struct, frozen=True, gc=False):
    """A report and the verdict on its number, in the order of `stream_reports`; times are naive, in China."""

    number: str
    kind: str
    report_id: str
    source_id: int
    is_simulated: bool
    shown: str | None
    medium: str
    occurred_at: datetime
    time_known: bool
    recorded_at: datetime
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    claimed_institution: str | None
    violations: list[int] | None
    narrative: str
    verdict: str
    score: float | None
    revision: int | None
    suspected_spoofing: bool
    verdict_is_simulated: bool
    model_version: str | None
    campaign_id: str | None
    relation: str | None
    is_counted: bool
    sealed: bytes | None
    later_sealed: list[bytes | None] | None


class ReportSource(NamedTuple):
    """Who handed reports in, and whether all of them are about collection calls."""

    name: str
    concerns: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as it was at one instant, for as long as `open_snapshot` holds it."""

    connection: Connection
    feed_id: UUID
    revision: int
    sources: Mapping[int, ReportSource]

    async def stream_reports(
        self, request: ExportRequest, *, sealed: bool = False
    ) -> AsyncGenerator[list[ExportedReport], None]:
        """Batches of the reports asked for, grouped by number; memory does not grow with their count.

        What their reporters told in confidence comes along only where `sealed` says so.
        """
        cursor = await self.connection.cursor(
            QUERIES["stream_reports"], request.start, request.end, request.verdicts, sealed
        )
        fetching = asyncio.ensure_future(cursor.fetch(BATCH_ROWS, timeout=FETCH_TIMEOUT_SECONDS))
        try:
            while rows := await fetching:
                fetching = asyncio.ensure_future(cursor.fetch(BATCH_ROWS, timeout=FETCH_TIMEOUT_SECONDS))
                await asyncio.sleep(0)  # the request goes out before the caller keeps the loop busy
                yield [ExportedReport(*row) for row in rows]
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)


@asynccontextmanager
async def open_snapshot(database: Database) -> AsyncIterator[Snapshot]:
    """One read-only snapshot; an `OSError` raised inside comes out as `DatabaseUnavailableError`."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # the best plan depends on the period: look at it, unlike everywhere else
        await connection.execute(
            "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on"
        )
        head = await connection.fetchrow(QUERIES["fetch_head"])
        sources = await connection.fetch(QUERIES["list_sources"])
        known = {source_id: ReportSource(name, concerns) for source_id, name, concerns in sources}
        yield Snapshot(connection, head["feed_id"], head["revision"], known)


async def count_reports(database: Database, request: ExportRequest) -> int:
    """How many rows an export of `request` would have now."""
    async with open_snapshot(database) as snapshot:
        count: int = await snapshot.connection.fetchval(
            QUERIES["count_reports"],
            request.start,
            request.end,
            request.verdicts,
            timeout=FETCH_TIMEOUT_SECONDS,
        )
    return count


async def insert_export(
    connection: Connection, export_id: UUID, request: ExportRequest, *, key_id: str, now: datetime
) -> None:
    """Queue an export for the key that asks for it."""
    stored = request.model_dump_json(by_alias=True)
    await connection.execute(QUERIES["insert_export"], export_id, key_id, stored, now)


async def fetch_export(database: Database, export_id: UUID, key_id: str) -> ExportStatus | None:
    """An export, None when it does not exist or another key asked for it."""
    async with database.connection() as connection:
        row = await connection.fetchrow(QUERIES["fetch_export"], export_id, key_id)
    if row is None:
        return None
    manifest = row["manifest"]
    return ExportStatus(**{**row, "manifest": msgspec.json.decode(manifest) if manifest else None})


async def claim_export(database: Database, *, now: datetime, until: datetime) -> Claim | None:
    """Take the oldest export that waits or was abandoned; None when there is nothing to do."""
    async with database.connection() as connection:
        row = await connection.fetchrow(QUERIES["claim_export"], now, until)
    return Claim(row["export_id"], ExportRequest.model_validate_json(row["request"]), until) if row else None


async def renew_export(database: Database, claim: Claim, *, until: datetime, rows: int) -> bool:
    """Hold the claim until later and show `rows` as written; False when another worker took over."""
    async with database.connection() as connection:
        held = await connection.fetchval(QUERIES["renew_export"], claim.export_id, claim.until, until, rows)
    if held:
        claim.until = until
    return bool(held)


async def release_export(database: Database, claim: Claim) -> None:
    """Give an unfinished export back to the queue."""
    async with database.connection() as connection:
        await connection.execute(QUERIES["release_export"], claim.export_id, claim.until)


async def finish_export(database: Database, claim: Claim, *, manifest: Manifest, now: datetime) -> bool:
    """Mark an export as done; False when another worker took over."""
    stored = manifest.render().decode()
    async with database.connection() as connection:
        held = await connection.fetchval(
            QUERIES["finish_export"], claim.export_id, claim.until, manifest.rows, stored, now
        )
    return bool(held)


async def fail_export(database: Database, claim: Claim, *, problem: str, now: datetime) -> None:
    """Give an export up, with the code of the problem that ended it."""
    async with database.connection() as connection:
        await connection.execute(QUERIES["fail_export"], claim.export_id, claim.until, problem, now)
