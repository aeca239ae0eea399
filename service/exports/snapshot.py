"""The reports of an export, read from one snapshot of the database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import msgspec

from service.database import Connection, Database
from service.exports.schemas import ExportRequest
from service.exports.store import QUERIES, list_institution_names
from service.organisations.ranges import RangeTable
from service.organisations.store import list_lines

#: About what fits a socket's buffer, so that the server fills the next batch while one is written.
BATCH_ROWS = 500
#: Before the first row of a long period the server may have to sort all of them.
FETCH_TIMEOUT_SECONDS = 3600


class ExportedReport(msgspec.Struct, frozen=True, gc=False):
    """A report and the verdict on its number, in the order of `stream_reports`; times are clocks in China."""

    number: str
    kind: str
    report_id: str
    source_id: int
    is_simulated: bool
    shown: str | None
    medium: str
    occurred_at: str
    recorded_at: str
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    claimed_institution: str | None
    violations: str  # their positions in ml.words.VIOLATIONS, joined by commas
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
    has_recording: bool | None
    reporter: bytes | None = None
    evidence: str | None = None  # the media types of what is attached, joined by commas


class ReportSource(NamedTuple):
    """Where reports come from, and whether all of them concern collection calls."""

    name: str
    concerns: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as it was at one instant, for as long as `open_snapshot` holds it."""

    connection: Connection
    feed_id: UUID
    revision: int
    sources: Mapping[int, ReportSource]
    institution_names: Mapping[str, str]
    lines: RangeTable[str]

    async def stream_reports(
        self, request: ExportRequest, *, sealed: bool = False
    ) -> AsyncGenerator[list[ExportedReport], None]:
        """Return the reports asked for in batches, grouped by number; memory does not grow with their count.

        What reporters said in confidence comes along only with `sealed`.
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
    """Open a read-only snapshot; an `OSError` raised inside comes out as `DatabaseUnavailableError`."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # the best plan depends on the period: plan with it, unlike everywhere else
        await connection.execute(
            "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on; SET LOCAL datestyle = ISO"
        )
        head = await connection.fetchrow(QUERIES["fetch_head"])
        sources = await connection.fetch(QUERIES["list_sources"])
        known = {source_id: ReportSource(name, concerns) for source_id, name, concerns in sources}
        names = dict(await list_institution_names(connection))
        lines = RangeTable((line.range, line.name) for line in await list_lines(connection))
        yield Snapshot(connection, head["feed_id"], head["revision"], known, names, lines)


async def count_reports(database: Database, request: ExportRequest) -> int:
    """Return how many reports an export of `request` would read now."""
    async with open_snapshot(database) as snapshot:
        count: int = await snapshot.connection.fetchval(
            QUERIES["count_reports"],
            request.start,
            request.end,
            request.verdicts,
            timeout=FETCH_TIMEOUT_SECONDS,
        )
    return count
