"""Whether the ledger is as it was signed, as far as this process saw a short while ago."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.database import Connection, Database
from service.ledger.sign import LedgerAlteredError, Notary, require_unaltered
from service.ledger.store import StoredCheckpoint, list_newest_checkpoints

LOOKED_AT_EVERY: Final = timedelta(minutes=10)
SHOWN: Final = 30  # checkpoints: a month of days on which something happened


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What was found: the newest checkpoints, and what differs from them, None if nothing does."""

    looked_at: datetime
    checkpoints: list[StoredCheckpoint]
    altered: str | None


class LedgerWatch:
    """Looks through the ledger every ten minutes, however many ask: every entry is hashed again."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: LedgerState | None = None

    async def state(self, database: Database, notary: Notary, now: datetime) -> LedgerState:
        """Return what was found, at most ten minutes ago."""
        async with self._lock:
            if self._found is None or now - self._found.looked_at >= LOOKED_AT_EVERY:
                async with database.connection() as connection:
                    self._found = await _look(connection, notary, now)
            return self._found


async def _look(connection: Connection, notary: Notary, now: datetime) -> LedgerState:
    altered = None
    try:
        await require_unaltered(connection, notary)
    except LedgerAlteredError as error:
        altered = str(error)
    return LedgerState(now, await list_newest_checkpoints(connection, at_most=SHOWN), altered)
