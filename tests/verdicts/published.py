"""What was published, as tests read it."""

from service.database import Database
from service.verdicts.store import list_current, list_feed
from service.verdicts.verdict import NumberVerdict
from tests.clients import NUMBER


async def current(database: Database, number: str = NUMBER) -> NumberVerdict | None:
    """The verdict of a number that holds now."""
    async with database.connection() as connection:
        published = (await list_current(connection, [number])).get(number)
    return published.verdict if published else None


async def feed(database: Database) -> list[tuple[int, str, str]]:
    """The whole feed: revision, number and verdict of each entry."""
    async with database.connection() as connection:
        entries = await list_feed(connection, 0, at_most=100_000)
    return [(entry.revision, entry.verdict.number, entry.verdict.verdict) for entry in entries]
