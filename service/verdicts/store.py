"""Verdicts and their feed in PostgreSQL: one typed function a query."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg

from service.database import Connection, load_queries
from service.verdicts.verdict import NumberVerdict

QUERIES = load_queries(Path(__file__).parent)
SNAPSHOT_PREFETCH = 5000
REASONS = NumberVerdict._fields.index("reasons")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revisions of the feed; `feed_id` distinguishes one database's feed from another's."""

    feed_id: UUID
    revision: int
    keys_revision: int
    organisations_revision: int = 0


class Published(NamedTuple):
    """One revision of the feed."""

    revision: int
    verdict: NumberVerdict
    decided_at: datetime


async def list_current(connection: Connection, numbers: Sequence[str]) -> dict[str, Published]:
    """Return the newest verdict of each of these numbers; a number without one is missing."""
    rows = await connection.fetch(QUERIES["list_current"], numbers)
    return {row["number"]: _published(row) for row in rows}


async def list_settled(connection: Connection, current: Mapping[str, Published]) -> Mapping[str, Published]:
    """Return the verdicts that scoring continues from: the current ones, and for `disputed` numbers the one before."""
    disputed = [number for number, one in current.items() if one.verdict.verdict == "disputed"]
    if not disputed:
        return current
    rows = await connection.fetch(QUERIES["list_undisputed"], disputed)
    others = {number: one for number, one in current.items() if one.verdict.verdict != "disputed"}
    return others | {row["number"]: _published(row) for row in rows}


async def publish(connection: Connection, verdicts: Sequence[NumberVerdict], now: datetime) -> None:
    """Append verdicts to the feed, in order."""
    columns: list[list[object]] = [list(column) for column in zip(*verdicts, strict=True)]
    columns[REASONS] = ["{" + ",".join(codes) + "}" for codes in columns[REASONS]]  # type: ignore[arg-type]
    await connection.execute(QUERIES["publish"], *columns, now)


async def fetch_head(connection: Connection) -> Head:
    """Return identity and newest revisions of the feed."""
    return Head(**await connection.fetchrow(QUERIES["fetch_head"]))


async def list_feed(connection: Connection, after: int, *, at_most: int) -> list[Published]:
    """Return the feed after a revision, in order."""
    return [_published(row) for row in await connection.fetch(QUERIES["list_feed"], after, at_most)]


async def stream_current(connection: Connection) -> AsyncIterator[Published]:
    """Return the newest verdict of every number, in the numbers' byte order; needs a transaction."""
    async for row in connection.cursor(QUERIES["stream_current"], prefetch=SNAPSHOT_PREFETCH):
        yield _published(row)


def _published(row: asyncpg.Record) -> Published:
    number, revision, *rest, decided_at = row
    members = [number, *rest]
    members[REASONS] = tuple(members[REASONS])
    return Published(revision, NumberVerdict(*members), decided_at)
