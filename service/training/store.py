"""What training reads from PostgreSQL: one typed function a query."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path

from ml.learning.judged import Decided
from ml.learning.own_events import Epoch, ReportEvent
from service.database import Connection, load_queries
from service.reports.reporters import reporter_id

QUERIES = load_queries(Path(__file__).parent)
PREFETCH = 5000
READING_SECONDS = 3600.0


async def stream_events(connection: Connection, until: datetime) -> AsyncIterator[ReportEvent]:
    """Return all reports recorded before a moment; needs a transaction."""
    place = ReportEvent._fields.index("reporter")
    async for row in connection.cursor(
        QUERIES["stream_events"], until, prefetch=PREFETCH, timeout=READING_SECONDS
    ):
        yield ReportEvent(*[*row[:place], reporter_id(row[place]), *row[place + 1 :]])


async def list_decided(connection: Connection, until: datetime) -> list[Decided]:
    """Return the newest decision about each number before a moment."""
    return [Decided(*row) for row in await connection.fetch(QUERIES["list_decided"], until)]


async def list_epochs(connection: Connection, until: datetime) -> Mapping[str, list[Epoch]]:
    """Return when each number's changes of owner were decided before a moment, and the new owners' first days."""
    epochs: defaultdict[str, list[Epoch]] = defaultdict(list)
    for number, decided_at, day in await connection.fetch(QUERIES["list_epochs"], until):
        epochs[number].append((decided_at, day))
    return epochs
