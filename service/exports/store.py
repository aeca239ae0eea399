"""Requests for exports and the work on them in PostgreSQL: one typed function a query.

`snapshot.py` reads the reports of an export, `handed_store.py` keeps and reads what agencies were handed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from service.agencies.store import QUOTA_PERIOD
from service.database import Connection, Database, load_queries
from service.exports.manifest import Manifest
from service.exports.schemas import ExportDecision, ExportRequest, ExportStatus

QUERIES = load_queries(Path(__file__).parent)
NO_EXPORT = UUID(int=0)


class ClaimLostError(RuntimeError):
    """Another worker has taken this export over."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The agency that an export is for, and the purpose."""

    agency_id: int
    name: str
    purpose: str


@dataclass(slots=True)
class ExportClaim:
    """A worker's lease on an export; `until` also proves that nobody else has taken it over."""

    export_id: UUID
    request: ExportRequest
    recipient: Recipient
    until: datetime


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export as clients see it, with the key and the agency that asked for it."""

    status: ExportStatus
    key_id: str
    agency_id: int | None


async def insert_export(
    connection: Connection,
    export_id: UUID,
    request: ExportRequest,
    *,
    key_id: str,
    recipient: Recipient,
    now: datetime,
) -> None:
    """Store the request for an export, which then waits for approval."""
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
    """Return an export; None if it does not exist."""
    row = await connection.fetchrow(QUERIES["fetch_export"], export_id)
    return _stored(row) if row else None


async def list_exports(
    connection: Connection, *, key_id: str | None = None, state: str | None = None, at_most: int
) -> list[StoredExport]:
    """Return exports, newest first: of one key or of all, in one state or in any."""
    return [_stored(row) for row in await connection.fetch(QUERIES["list_exports"], key_id, state, at_most)]


async def count_requested(connection: Connection) -> int:
    """Return how many exports wait for approval."""
    return int(await connection.fetchval(QUERIES["count_requested"]))


async def decide_export(
    connection: Connection, export_id: UUID, decision: ExportDecision, *, by: str, now: datetime
) -> bool:
    """Approve or refuse an export; return False if it no longer waits for a decision."""
    state = "queued" if decision.decision == "approved" else "refused"
    decided = await connection.fetchval(QUERIES["decide_export"], export_id, state, by, now, decision.reason)
    return bool(decided)


async def withdraw_export(connection: Connection, export_id: UUID) -> bool:
    """Withdraw the request for an export; return False if it no longer waits for a decision."""
    return bool(await connection.fetchval(QUERIES["withdraw_export"], export_id))


async def claim_export(database: Database, *, now: datetime, until: datetime) -> ExportClaim | None:
    """Claim the oldest export that waits or was abandoned; return None if there is nothing to do."""
    async with database.connection() as connection:
        row = await connection.fetchrow(QUERIES["claim_export"], now, until)
    if row is None:
        return None
    recipient = Recipient(row["agency_id"], row["name"], row["purpose"])
    return ExportClaim(row["export_id"], ExportRequest.model_validate_json(row["request"]), recipient, until)


async def begin_export(
    database: Database, claim: ExportClaim, *, rows: int, counted: int, now: datetime
) -> bool:
    """Record how many reports an export will read; return False if its agency's quota has fewer than `counted` rows left.

    An agency's exports begin one after the other, or two could use the same remainder of its quota.
    """

    async def work(connection: Connection) -> bool:
        if not await allows(connection, claim, rows=counted, now=now):
            return False
        if not await connection.fetchval(QUERIES["begin_export"], claim.export_id, claim.until, rows):
            raise ClaimLostError
        return True

    return await database.in_transaction(work)


async def allows(connection: Connection, claim: ExportClaim, *, rows: int, now: datetime) -> bool:
    """Return whether an agency's quota allows so many rows; needs a transaction, which locks the quota until it ends."""
    agency_id = claim.recipient.agency_id
    quota = int(await connection.fetchval(QUERIES["lock_agency"], agency_id))
    return await count_handed(connection, agency_id, now, but_for=claim.export_id) + rows <= quota


async def count_handed(
    connection: Connection, agency_id: int, now: datetime, *, but_for: UUID | None = None
) -> int:
    """Return how many rows an agency was handed in the last 30 days or is about to be, without the export `but_for`."""
    return int(
        await connection.fetchval(
            QUERIES["count_handed"], agency_id, now - QUOTA_PERIOD, but_for or NO_EXPORT
        )
    )


async def renew_export(database: Database, claim: ExportClaim, *, until: datetime, rows: int) -> bool:
    """Extend the claim and record `rows` as written; return False if another worker has taken over."""
    async with database.connection() as connection:
        held = await connection.fetchval(QUERIES["renew_export"], claim.export_id, claim.until, until, rows)
    if held:
        claim.until = until
    return bool(held)


async def release_export(database: Database, claim: ExportClaim) -> None:
    """Return an unfinished export to the queue."""
    async with database.connection() as connection:
        await connection.execute(QUERIES["release_export"], claim.export_id, claim.until)


async def finish_export(
    connection: Connection, claim: ExportClaim, *, manifest: Manifest, now: datetime, until: datetime
) -> bool:
    """Mark an export as done, with files that are kept `until` then; return False if another worker has taken over."""
    stored = manifest.render().decode()
    held = await connection.fetchval(
        QUERIES["finish_export"], claim.export_id, claim.until, manifest.rows, stored, now, until
    )
    return bool(held)


async def fail_export(connection: Connection, claim: ExportClaim, *, problem: str, now: datetime) -> bool:
    """Mark an export as failed, with the code of the problem; return False if another worker has taken over."""
    return bool(await connection.fetchval(QUERIES["fail_export"], claim.export_id, claim.until, problem, now))


async def expire_exports(connection: Connection, now: datetime) -> dict[UUID, str]:
    """End exports whose files have been kept long enough; return the name of the agency of each."""
    rows = await connection.fetch(QUERIES["expire_exports"], now)
    return {row["export_id"]: row["name"] for row in rows}


async def lapse_exports(connection: Connection, *, asked_before: datetime) -> dict[UUID, str]:
    """End requests made before `asked_before` that nobody has decided; return the name of the agency of each."""
    rows = await connection.fetch(QUERIES["lapse_exports"], asked_before)
    return {row["export_id"]: row["name"] for row in rows}


async def list_overlapping(connection: Connection, agency_id: int, request: ExportRequest) -> list[UUID]:
    """Return exports to an agency whose counts could be subtracted from those of a request.

    Their period overlaps its period without being the same, or they count some of an institution's numbers with others.

    Needs a transaction, which keeps the agency from further requests until it ends.
    """
    await connection.execute(QUERIES["lock_agency"], agency_id)
    rows = await connection.fetch(
        QUERIES["list_overlapping"], agency_id, request.start, request.end, request.layout, request.verdicts
    )
    return [row["export_id"] for row in rows]


async def list_states(connection: Connection, export_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the states of these exports; one that does not exist is missing."""
    rows = await connection.fetch(QUERIES["list_states"], export_ids)
    return {row["export_id"]: row["state"] for row in rows}


def _stored(row: asyncpg.Record) -> StoredExport:
    members = dict(row)
    key_id, agency_id = members.pop("key_id"), members.pop("agency_id")
    for name in ("request", "manifest"):
        members[name] = msgspec.json.decode(members[name]) if members[name] else None
    return StoredExport(ExportStatus(**members), key_id, agency_id)


async def list_institution_names(connection: Connection) -> list[tuple[str, str]]:
    """Return the other names of institutions, as the rules leave them, each with the one that it means."""
    return [tuple(row) for row in await connection.fetch(QUERIES["list_institution_names"])]


async def keep_institution_names(
    connection: Connection, written: Iterable[str], name: str, *, now: datetime
) -> None:
    """Have these names, as the rules leave them, mean one institution."""
    await connection.execute(QUERIES["keep_institution_names"], sorted(written), name, now)


async def delete_institution_name(connection: Connection, written: str) -> bool:
    """Forget what a name means; return False if there is no such name."""
    return bool(await connection.fetchval(QUERIES["delete_institution_name"], written))
