"""Looks for campaigns among listed numbers, and queues numbers whose campaign changed for a new verdict."""

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


class FoundCampaigns(NamedTuple):
    """The result of a search."""

    listed: int  # numbers with reports of the last 90 days
    campaigns: int
    numbers: int  # numbers in them
    changed: int  # numbers whose campaign is not the same as before


async def search_campaigns(
    database: Database,
    *,
    now: datetime,
    random_bytes: RandomBytes,
    progress: Callable[[int], None] = lambda _numbers: None,
) -> FoundCampaigns | None:
    """Look for campaigns and store what changed; return None if another process is searching.

    `progress` is called with the number of numbers read. What a crash leaves undone, the next search does.
    """

    async def work(connection: Connection) -> FoundCampaigns | None:
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
        return FoundCampaigns(len(table.numbers), len(campaigns), len(campaign_of), changed)

    return await database.in_transaction(work, isolation="repeatable_read")


async def _store_changes(
    database: Database, earlier: Mapping[str, str], campaign_of: Mapping[str, str], now: datetime
) -> int:
    """Write changes in short transactions, since new reports use the same queue; return how many there were."""
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
