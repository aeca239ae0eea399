"""How tests let the ledger grow, and have it signed."""

from collections.abc import Callable
from datetime import datetime

from service.database import Database
from service.ledger.entry import Entry
from service.ledger.sign import Notary, sign_ledger
from service.ledger.store import append_entry


async def grow(database: Database, entry: Callable[..., Entry], count: int) -> None:
    async with database.connection() as connection:
        for place in range(count):
            async with connection.transaction():
                await append_entry(connection, entry(rows=place))


async def sign(database: Database, notary: Notary, now: datetime, *, is_forced: bool = False) -> bool:
    """Whether a checkpoint was signed, and remembered."""
    async with database.connection() as connection:
        note = await sign_ledger(connection, notary, now, is_forced=is_forced)
    if note is not None:
        notary.remember(note)
    return note is not None
