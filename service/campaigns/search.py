"""Looks for campaigns among listed numbers, and puts numbers whose campaign changed in line for a new verdict."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from ml.campaigns.facts import FACTS_DAYS, FactTable, facts_of
from ml.campaigns.find import find_campaigns
from service.campaigns import store
from service.campaigns.names import RandomBytes, name_campaigns
from service.database import Connection, Database

NUMBERS_PER_WRITE = 2_000


class Found(NamedTuple):
    """What a search found."""

    listed: int  # numbers with reports of the last 90 days
    campaigns: int
    numbers: int  # in them
    changed: int  # whose campaign is another one than before, or none


async def search_campaigns(
    database: Database,
    *,
    now: datetime,
    random_bytes: RandomBytes,
    progress: Callable[[int], None] = lambda _numbers: None,
) -> Found | None:
    """Look for campaigns and store what changed; None when somebody else is at it.

    `progress` is told how many numbers were read. What a crash leaves undone the next search does.
    """

    async def work(connection: Connection) -> Found | None:
        if not await store.claim_search(connection):
            return None
        table = FactTable()
        async for number, mentions in store.stream_mentions(
            connection, since=now - timedelta(days=FACTS_DAYS)
        ):
            table.add(facts_of(number, mentions))
            progress(len(table.numbers))
        earlier = await store.fetch_all_campaigns(connection)
        campaigns = await asyncio.to_thread(find_campaigns, table)
        campaign_of = name_campaigns(campaigns, earlier, random_bytes)
        changed = await _store_changes(database, earlier, campaign_of, now)
        return Found(len(table.numbers), len(campaigns), len(campaign_of), changed)

    return await database.in_transaction(work, isolation="repeatable_read")


async def _store_changes(
    database: Database, earlier: Mapping[str, str], campaign_of: Mapping[str, str], now: datetime
) -> int:
    """Write in short transactions of their own: the line of changed numbers is also that of new reports."""
    gone = iter([number for number in earlier if number not in campaign_of])
    joined = iter([(number, name) for number, name in campaign_of.items() if earlier.get(number) != name])
    changed = 0
    while numbers := list(islice(gone, NUMBERS_PER_WRITE)):
        async with database.connection() as connection:
            await store.delete_campaigns(connection, numbers)
        changed += len(numbers)
    while part := dict(islice(joined, NUMBERS_PER_WRITE)):
        async with database.connection() as connection:
            await store.put_campaigns(connection, part, now)
        changed += len(part)
    return changed
