"""What training reads from PostgreSQL: one typed function a query."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path

from ml.day_rows import ReportFacts
from ml.learning.candidate import DecidedNumber
from ml.learning.own_events import Epoch, ReportEvent
from service.database import Connection, load_queries
from service.ids import reporter_id

QUERIES = load_queries(Path(__file__).parent)
PREFETCH = 5000
READING_SECONDS = 3600.0


async def stream_events(connection: Connection, until: datetime) -> AsyncIterator[ReportEvent]:
    """Return all reports recorded before a moment; needs a transaction."""
    own = len(ReportEvent._fields) - 1  # columns; the others are its facts
    reporter = ReportEvent._fields.index("reporter")
    query = QUERIES["stream_events"]
    async for row in connection.cursor(query, until, prefetch=PREFETCH, timeout=READING_SECONDS):
        values = [*row[:own], ReportFacts(*row[own:])]
        values[reporter] = reporter_id(values[reporter])
        yield ReportEvent(*values)


async def list_decided(connection: Connection, until: datetime) -> list[DecidedNumber]:
    """Return the newest decision about each number before a moment."""
    return [DecidedNumber(*row) for row in await connection.fetch(QUERIES["list_decided"], until)]


async def list_epochs(connection: Connection, until: datetime) -> Mapping[str, list[Epoch]]:
    """Return when each number's changes of owner were decided before a moment, and the new owners' first days."""
    epochs: defaultdict[str, list[Epoch]] = defaultdict(list)
    for number, decided_at, day in await connection.fetch(QUERIES["list_epochs"], until):
        epochs[number].append((decided_at, day))
    return epochs
