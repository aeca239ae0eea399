"""What waits and what was begun, in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """How much waits in a queue, and since when the oldest of it does."""

    queue: str
    waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class TodayRow:
    """Who signed up and what was reported since a moment."""

    sign_ups: int
    reports: int


async def list_queues(connection: Connection, now: datetime) -> list[QueueRow]:
    """Return all queues, in the order in which they are shown."""
    return [QueueRow(**row) for row in await connection.fetch(QUERIES["list_queues"], now)]


async def count_today(connection: Connection, midnight: datetime) -> TodayRow:
    """Return what happened since a moment."""
    return TodayRow(**await connection.fetchrow(QUERIES["count_today"], midnight))


async def list_begun(connection: Connection) -> dict[str, datetime]:
    """Return when each chore was begun last, and as `backup` when the last backup was made."""
    return dict(await connection.fetch(QUERIES["list_begun"]))
