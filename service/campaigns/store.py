"""Campaigns in PostgreSQL: one typed function a query."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ml.campaigns.facts import Mention
from ml.words import PUBLISHED
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
PREFETCH = 500  # rows at once, few enough that work beside the stream is not held up for long
STREAM_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How many numbers a campaign has, and since when the longest of them has been in it."""

    numbers: int
    since: datetime


async def claim_search(connection: Connection) -> bool:
    """Become the only search for campaigns until the transaction ends; return False if there is one already."""
    return bool(await connection.fetchval(QUERIES["claim_search"]))


async def stream_mentions(
    connection: Connection, *, since: datetime
) -> AsyncIterator[tuple[str, list[Mention]]]:
    """Return what reports since then say about each listed number, in the order of numbers; needs a transaction."""
    number, mentions = "", list[Mention]()
    query, verdicts = QUERIES["stream_mentions"], sorted(PUBLISHED)
    async for row in connection.cursor(query, since, verdicts, prefetch=PREFETCH, timeout=STREAM_SECONDS):
        if row["number"] != number and mentions:
            yield number, mentions
            mentions = []
        number, *told = row
        mentions.append(Mention(*told))
    if mentions:
        yield number, mentions


async def fetch_all_campaigns(connection: Connection) -> dict[str, str]:
    """Return the campaign of every number that has one; needs a transaction."""
    rows = connection.cursor(QUERIES["stream_campaigns"], prefetch=PREFETCH, timeout=STREAM_SECONDS)
    return {number: campaign async for number, campaign in rows}


async def list_campaigns(connection: Connection, numbers: Sequence[str]) -> dict[str, str]:
    """Return the campaigns of these numbers; a number without one is missing."""
    return dict(await connection.fetch(QUERIES["list_campaigns"], numbers))


async def put_campaigns(connection: Connection, campaign_of: Mapping[str, str], now: datetime) -> None:
    """Set the campaigns of numbers, and queue the numbers for new verdicts."""
    await connection.execute(QUERIES["put_campaigns"], list(campaign_of), list(campaign_of.values()), now)


async def delete_campaigns(connection: Connection, numbers: Sequence[str]) -> None:
    """Remove numbers from their campaigns, and queue the numbers for new verdicts."""
    await connection.execute(QUERIES["delete_campaigns"], numbers)


async def fetch_extent(connection: Connection, campaign_id: str) -> Extent | None:
    """Return how far a campaign reaches; None if there is none of this id."""
    row = await connection.fetchrow(QUERIES["fetch_extent"], campaign_id)
    return Extent(**row) if row and row["numbers"] else None
