"""Bounds the bytes of evidence beyond those of one person: of a network on a day, of all, and by what the disk keeps free.

Whoever fills the disk would take it from reports: evidence is refused while they still have room.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from service.database import Connection
from service.days import CHINA
from service.edge.problems import EVIDENCE_NO_ROOM, EVIDENCE_OF_NETWORK, ProblemError, megabytes
from service.evidence import store
from service.secrets import KeyRing
from service.settings import Settings

SUM_SECONDS: Final = 60.0  # for which the sum of all evidence is taken as known: it takes a look at every row
LOOK_BYTES: Final = 8 * 1024 * 1024  # of an upload between two looks at the disk
LEAST_BYTES: Final = 16 * 1024  # that an object counts: however small, it takes blocks of the disk, and rows
RETRY_SECONDS: Final = "3600"


class Origin:
    """The network that a piece of evidence comes from, as it is counted for one day of China: a keyed hash."""

    def __init__(self, keys: KeyRing, network: str, now: datetime) -> None:
        self.day = now.astimezone(CHINA).date()
        self.network = keys.pseudonym("evidence network", f"{self.day} {network}".encode())
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=CHINA) + timedelta(days=1)
        self.seconds_left = max(round((midnight - now).total_seconds()), 1)


class Room:
    """What one process knows of the room that is left; every bound but that of the disk is asked of the database."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._free = free
        self._sum: int | None = None
        self._summed_at = 0.0

    async def require(self, connection: Connection, origin: Origin, size: int) -> None:
        """Raise a problem if so many more bytes would pass a bound."""
        await self.require_disk(size)
        if await self._in_all(connection) + size > self._settings.evidence_max_all_bytes:
            raise _no_room()
        day = await store.fetch_day_bytes(connection, origin.day, origin.network)
        if day + size > self._settings.evidence_network_day_bytes:
            raise self._of_network(origin)

    async def require_disk(self, size: int = 0) -> None:
        """Raise evidence_no_room if so many more bytes would touch the disk's reserve; buckets have none."""
        if self._settings.evidence_url is None:
            free = await asyncio.to_thread(self._free, self._settings.evidence_dir)
            if free - size < self._settings.evidence_reserve_bytes:
                raise _no_room()

    async def count(self, connection: Connection, origin: Origin, size: int) -> None:
        """Count bytes in the transaction that stores them; raise if others took the room meanwhile."""
        size = max(size, LEAST_BYTES)
        day = await store.add_to_day(connection, origin.day, origin.network, size)
        if day > self._settings.evidence_network_day_bytes:
            raise self._of_network(origin)
        in_all = (self._sum or 0) + size  # which was asked for before they came
        if in_all > self._settings.evidence_max_all_bytes:
            raise _no_room()
        self._sum = in_all

    async def _in_all(self, connection: Connection) -> int:
        now = self._clock()
        if self._sum is None or now - self._summed_at >= SUM_SECONDS:
            self._summed_at = now  # before the wait: others need not ask as well
            self._sum = await store.sum_all(connection)
        return self._sum

    def _of_network(self, origin: Origin) -> ProblemError:
        return ProblemError(
            EVIDENCE_OF_NETWORK,
            headers={"Retry-After": str(origin.seconds_left)},
            limit=megabytes(self._settings.evidence_network_day_bytes),
        )


def _no_room() -> ProblemError:
    return ProblemError(EVIDENCE_NO_ROOM, headers={"Retry-After": RETRY_SECONDS})
