"""What backups ask the database: one typed function a query."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from service.backup.manifest import Facts
from service.database import Connection, Database, load_queries
from service.evidence.store import EvidenceRow
from service.ledger.merkle import leaf_hash, root_of
from service.ledger.store import list_entries

QUERIES = load_queries(Path(__file__).parent)
#: Counting reads whole tables.
COUNT_TIMEOUT_SECONDS = 3600
PAGE = 5000


@asynccontextmanager
async def open_snapshot(database: Database) -> AsyncIterator[tuple[Connection, str]]:
    """Yield a connection that sees the database as it is now, and the name by which other sessions see the same."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection, str(await connection.fetchval(QUERIES["export_snapshot"]))


async def has_schema(connection: Connection) -> bool:
    """Return whether the database has the tables that a backup has to know of."""
    return bool(await connection.fetchval(QUERIES["has_schema"]))


async def has_relations(connection: Connection) -> bool:
    """Return whether there is anything in the database."""
    return bool(await connection.fetchval(QUERIES["has_relations"]))


async def fetch_facts(connection: Connection) -> Facts:
    """Return what a backup is compared with once it is restored; the root is computed from the entries themselves."""
    row = await connection.fetchrow(QUERIES["fetch_facts"], timeout=COUNT_TIMEOUT_SECONDS)
    leaves: list[bytes] = []
    while page := await list_entries(connection, len(leaves), at_most=PAGE):
        leaves += [leaf_hash(one.entry.encode()) for one in page]
    return Facts(**row, ledger_entries=len(leaves), ledger_root=root_of(leaves).hex())


async def stream_evidence(connection: Connection) -> AsyncIterator[EvidenceRow]:
    """Yield every piece of evidence; the connection is in a transaction."""
    async for row in connection.cursor(QUERIES["stream_evidence"], prefetch=PAGE):
        yield EvidenceRow(**row)


async def list_done_exports(connection: Connection) -> set[UUID]:
    """Return the ids of the exports whose files are kept."""
    return {row["export_id"] for row in await connection.fetch(QUERIES["list_done_exports"])}


async def fetch_feed(connection: Connection) -> UUID:
    """Return the identity of the feed."""
    feed_id: UUID = await connection.fetchval(QUERIES["fetch_feed"])
    return feed_id


async def note_backup(connection: Connection, taken_at: datetime) -> None:
    """Note until when everything acknowledged is in a backup, for those who watch over the service."""
    await connection.execute(QUERIES["note_backup"], taken_at)
