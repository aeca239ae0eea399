"""The ledger in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries
from service.ledger.entry import Entry
from service.ledger.merkle import leaf_hash

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry and its place in the ledger, counted from 0."""

    place: int
    entry: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint."""

    size: int
    note: str
    signed_at: datetime


async def append_entry(connection: Connection, entry: Entry) -> int:
    """Append an entry, in the transaction of what it records; return its place."""
    text = entry.render()
    await connection.execute(QUERIES["lock_ledger"])
    return int(await connection.fetchval(QUERIES["insert_entry"], text, leaf_hash(text.encode())))


async def list_entries(connection: Connection, start: int, *, at_most: int) -> list[StoredEntry]:
    """Return entries from a place on, in order."""
    return [StoredEntry(**row) for row in await connection.fetch(QUERIES["list_entries"], start, at_most)]


async def list_leaves(connection: Connection, size: int) -> list[bytes]:
    """Return the hashes of the first `size` entries."""
    return [row["leaf_hash"] for row in await connection.fetch(QUERIES["list_leaves"], size)]


async def count_entries(connection: Connection) -> int:
    """Return how many entries there are."""
    return int(await connection.fetchval(QUERIES["count_entries"]))


async def fetch_origin(connection: Connection) -> UUID:
    """Return the id that names this ledger."""
    feed_id: UUID = await connection.fetchval(QUERIES["fetch_origin"])
    return feed_id


async def insert_checkpoint(connection: Connection, size: int, note: str, now: datetime) -> str:
    """Store a signed checkpoint, unless there is one of that size; return the stored note."""
    await connection.execute(QUERIES["insert_checkpoint"], size, note, now)
    kept = await fetch_checkpoint(connection, size)
    return kept.note if kept else note


async def fetch_checkpoint(connection: Connection, size: int | None = None) -> StoredCheckpoint | None:
    """Return the checkpoint of a size, or the newest one; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_checkpoint"], size)
    return StoredCheckpoint(**row) if row else None


async def list_checkpoints(connection: Connection) -> list[StoredCheckpoint]:
    """Return all checkpoints, oldest first."""
    return [StoredCheckpoint(**row) for row in await connection.fetch(QUERIES["list_checkpoints"])]


async def list_newest_checkpoints(connection: Connection, *, at_most: int) -> list[StoredCheckpoint]:
    """Return the newest checkpoints, newest first."""
    return [
        StoredCheckpoint(**row) for row in await connection.fetch(QUERIES["list_newest_checkpoints"], at_most)
    ]
