"""Exports in PostgreSQL: one typed function a query."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from service.agencies.store import QUOTA_PERIOD
from service.database import Connection, Database, load_queries
from service.exports.manifest import Manifest
from service.exports.schemas import ExportDecision, ExportRequest, ExportStatus

QUERIES = load_queries(Path(__file__).parent)
NONE = UUID(int=0)
#: About what fits a socket's buffer, so that the server fills the next batch while one is written.
BATCH_ROWS = 500
#: Before the first row of a long period the server may have to sort all of them.
FETCH_TIMEOUT_SECONDS = 3600


HANDED_COLUMNS = (
    "number", "agency_id", "row_id", "export_id", "handed_at", "report_id", "reported_at", "digest",
    "accuses",
)  # fmt: skip


class ClaimLostError(RuntimeError):
    """Another worker took this export over."""


class HandedRow(NamedTuple):
    """One row that an agency is handed; `digest` stands for its content, None for a row told as removed."""

    number: str
    row_id: str
    report_id: UUID | None
    reported_at: datetime
    digest: bytes | None
    accuses: bool  # False: it said that somebody else showed the number


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an export is for, and for what."""

    agency_id: int
    name: str
    purpose: str


@dataclass(slots=True)
class ExportClaim:
    """A worker's hold on an export; `until` is also the proof that nobody took over."""

    export_id: UUID
    request: ExportRequest
    recipient: Recipient
    until: datetime


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export as it is told, and whose it is."""

    status: ExportStatus
    key_id: str
    agency_id: int | None


class ExportedReport(msgspec.Struct, frozen=True, gc=False):
    """A report and the verdict on its number, in the order of `stream_reports`; times as clocks in China show them."""

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
    violations: str  # their places in ml.signals.VIOLATIONS, joined by commas
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


class ReportSource(NamedTuple):
    """Who handed reports in, and whether all of them are about collection calls."""

    name: str
    concerns: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The exports of an agency that a delta compares with."""

    agency_id: int
    export_ids: Sequence[UUID]


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
            "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on; SET LOCAL datestyle = ISO"
        )
        head = await connection.fetchrow(QUERIES["fetch_head"])
        sources = await connection.fetch(QUERIES["list_sources"])
        known = {source_id: ReportSource(name, concerns) for source_id, name, concerns in sources}
        yield Snapshot(connection, head["feed_id"], head["revision"], known)


async def list_comparable(database: Database, agency_id: int, request: ExportRequest) -> Earlier:
    """The exports of an agency that held the same kind of rows, of numbers with the same verdicts."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            QUERIES["list_comparable"], agency_id, request.layout, list(request.verdicts),
            request.legal_basis is not None,
        )  # fmt: skip
    return Earlier(agency_id, [row["export_id"] for row in rows])


@asynccontextmanager
async def open_handed(
    database: Database, request: ExportRequest, earlier: Earlier | None
) -> AsyncIterator[AsyncIterator[HandedRow]]:
    """What an agency holds of the period asked for, in the order of numbers; nothing without earlier exports."""
    if earlier is None:
        raise ValueError("changes are told to an agency, not to the operator")
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):

        async def rows() -> AsyncIterator[HandedRow]:
            async for row in connection.cursor(
                QUERIES["stream_handed"], earlier.agency_id, earlier.export_ids, request.start, request.end,
                prefetch=BATCH_ROWS, timeout=FETCH_TIMEOUT_SECONDS,
            ):  # fmt: skip
                yield HandedRow(*row)

        yield rows()


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
    connection: Connection,
    export_id: UUID,
    request: ExportRequest,
    *,
    key_id: str,
    recipient: Recipient,
    now: datetime,
) -> None:
    """Keep the request for an export, which waits for somebody's approval."""
    await connection.execute(
        QUERIES["insert_export"],
        export_id,
        key_id,
        recipient.agency_id,
        recipient.purpose,
        request.stored(),
        now,
    )


async def fetch_export(connection: Connection, export_id: UUID) -> StoredExport | None:
    """An export, None when it does not exist."""
    row = await connection.fetchrow(QUERIES["fetch_export"], export_id)
    return _stored(row) if row else None


async def list_exports(
    connection: Connection, *, key_id: str | None = None, state: str | None = None, at_most: int
) -> list[StoredExport]:
    """Exports, newest first: of one key or of all, in one state or in any."""
    return [_stored(row) for row in await connection.fetch(QUERIES["list_exports"], key_id, state, at_most)]


async def count_requested(connection: Connection) -> int:
    """How many exports wait for somebody's approval."""
    return int(await connection.fetchval(QUERIES["count_requested"]))


async def decide_export(
    connection: Connection, export_id: UUID, decision: ExportDecision, *, by: str, now: datetime
) -> bool:
    """Let or refuse an export; False when it does not wait for that any more."""
    state = "queued" if decision.decision == "approved" else "refused"
    decided = await connection.fetchval(QUERIES["decide_export"], export_id, state, by, now, decision.reason)
    return bool(decided)


async def withdraw_export(connection: Connection, export_id: UUID) -> bool:
    """Take back the request for an export; False when it does not wait for a decision any more."""
    return bool(await connection.fetchval(QUERIES["withdraw_export"], export_id))


async def claim_export(database: Database, *, now: datetime, until: datetime) -> ExportClaim | None:
    """Take the oldest export that waits or was abandoned; None when there is nothing to do."""
    async with database.connection() as connection:
        row = await connection.fetchrow(QUERIES["claim_export"], now, until)
    if row is None:
        return None
    recipient = Recipient(row["agency_id"], row["name"], row["purpose"])
    return ExportClaim(row["export_id"], ExportRequest.model_validate_json(row["request"]), recipient, until)


async def begin_export(database: Database, claim: ExportClaim, *, rows: int, now: datetime) -> bool:
    """Note how many rows an export will have; False when its agency may not be handed as many.

    An agency's exports are let begin one after the other, or two could use the same rest of its quota.
    """

    async def work(connection: Connection) -> bool:
        # of a delta or of numbers it is not known yet how many rows there will be: they are counted when it is finished
        is_known = claim.request.layout != "numbers" and not claim.request.changes_only
        if not await allows(connection, claim, rows=rows if is_known else 0, now=now):
            return False
        if not await connection.fetchval(QUERIES["begin_export"], claim.export_id, claim.until, rows):
            raise ClaimLostError
        return True

    return await database.in_transaction(work)


async def allows(connection: Connection, claim: ExportClaim, *, rows: int, now: datetime) -> bool:
    """Whether an agency's quota suffices for so many rows; needs a transaction, until whose end nobody else uses it."""
    agency_id = claim.recipient.agency_id
    quota = int(await connection.fetchval(QUERIES["lock_agency"], agency_id))
    return await count_handed(connection, agency_id, now, but_for=claim.export_id) + rows <= quota


async def count_handed(
    connection: Connection, agency_id: int, now: datetime, *, but_for: UUID | None = None
) -> int:
    """Rows that an agency was handed in the last 30 days, or is about to be."""
    return int(
        await connection.fetchval(QUERIES["count_handed"], agency_id, now - QUOTA_PERIOD, but_for or NONE)
    )


async def renew_export(database: Database, claim: ExportClaim, *, until: datetime, rows: int) -> bool:
    """Hold the claim until later and show `rows` as written; False when another worker took over."""
    async with database.connection() as connection:
        held = await connection.fetchval(QUERIES["renew_export"], claim.export_id, claim.until, until, rows)
    if held:
        claim.until = until
    return bool(held)


async def release_export(database: Database, claim: ExportClaim) -> None:
    """Give an unfinished export back to the queue."""
    async with database.connection() as connection:
        await connection.execute(QUERIES["release_export"], claim.export_id, claim.until)


async def finish_export(
    connection: Connection, claim: ExportClaim, *, manifest: Manifest, now: datetime, until: datetime
) -> bool:
    """Mark an export as done, its files to be kept `until` then; False when another worker took over."""
    stored = manifest.render().decode()
    held = await connection.fetchval(
        QUERIES["finish_export"], claim.export_id, claim.until, manifest.rows, stored, now, until
    )
    return bool(held)


async def insert_handed(
    connection: Connection, claim: ExportClaim, rows: Iterable[HandedRow], *, now: datetime
) -> None:
    """Keep what an agency is handed by an export; needs the transaction in which the export is done."""
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


async def fail_export(connection: Connection, claim: ExportClaim, *, problem: str, now: datetime) -> bool:
    """Give an export up, with the code of the problem that ended it; False when another worker took over."""
    return bool(await connection.fetchval(QUERIES["fail_export"], claim.export_id, claim.until, problem, now))


async def expire_exports(connection: Connection, now: datetime) -> dict[UUID, str]:
    """End exports whose files have been kept long enough; gives the name of the agency of each."""
    rows = await connection.fetch(QUERIES["expire_exports"], now)
    return {row["export_id"]: row["name"] for row in rows}


async def lapse_exports(connection: Connection, *, asked_before: datetime) -> dict[UUID, str]:
    """End requests that nobody has decided about since then; gives the name of the agency of each."""
    rows = await connection.fetch(QUERIES["lapse_exports"], asked_before)
    return {row["export_id"]: row["name"] for row in rows}


async def list_overlapping(connection: Connection, agency_id: int, request: ExportRequest) -> list[UUID]:
    """Exports of numbers to an agency that a request overlaps without being of the same period.

    Needs a transaction, until whose end the agency asks for nothing else.
    """
    await connection.execute(QUERIES["lock_agency"], agency_id)
    rows = await connection.fetch(QUERIES["list_overlapping"], agency_id, request.start, request.end)
    return [row["export_id"] for row in rows]


async def list_states(connection: Connection, export_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The states of these exports; of one that does not exist there is none."""
    rows = await connection.fetch(QUERIES["list_states"], export_ids)
    return {row["export_id"]: row["state"] for row in rows}


def _stored(row: asyncpg.Record) -> StoredExport:
    members = dict(row)
    key_id, agency_id = members.pop("key_id"), members.pop("agency_id")
    for name in ("request", "manifest"):
        members[name] = msgspec.json.decode(members[name]) if members[name] else None
    return StoredExport(ExportStatus(**members), key_id, agency_id)
