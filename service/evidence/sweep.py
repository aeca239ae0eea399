"""Removes objects that nothing refers to: of interrupted and abandoned uploads, and of deleted evidence."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from service.contacts import store as contacts
from service.database import Database
from service.days import CHINA
from service.evidence import store, uploads_store
from service.evidence.vault import Vault

#: An object older than this is not one whose row is about to be written.
LEFT_ALONE: Final = timedelta(hours=1)


async def sweep(database: Database, vault: Vault, now: datetime) -> int:
    """Remove the objects that nobody can ask for any more; return how many there were."""
    async with database.connection() as connection:
        left = await store.delete_left(connection)
        left += await uploads_store.delete_abandoned(connection, now - uploads_store.ABANDONED)
        await store.delete_days(connection, now.astimezone(CHINA).date())
        await contacts.delete_left(connection)
    for evidence_id in left:
        await vault.delete(evidence_id)
    removed = len(left)
    async for ids in vault.list_older(now - LEFT_ALONE):
        async with database.connection() as connection:
            unknown = await store.list_unknown(connection, ids)
        for evidence_id in unknown:
            await vault.delete(evidence_id)
        removed += len(unknown)
    return removed + await asyncio.to_thread(vault.delete_unfinished, now - LEFT_ALONE)
