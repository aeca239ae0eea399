"""Long work in the event loop, in short turns: other requests of the worker are served between two of them."""

import asyncio
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Final, Self
from weakref import WeakKeyDictionary

TURN_SECONDS: Final = 0.002  # some two hundred look-ups' worth
#: For how long a thread may keep the interpreter meanwhile from one that waits. The server's own threads bring look-ups:
#: with 5 ms, as is usual, each step of one waits so long. Otherwise 5 ms cost less.
SWITCH_SECONDS: Final = 0.0005
USUAL_SECONDS: Final = sys.getswitchinterval()
#: One long work of a loop has its turn at a time: many at once must not take as many turns between two look-ups.
_LOCKS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()


class Turns:
    """Gives way when a turn has lasted long enough; to be asked between any two pieces of the work."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._until = 0.0
        self._has_turn = False
        self._lock = _LOCKS.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    async def __aenter__(self) -> Self:
        """Wait for the first turn."""
        await self._take()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._has_turn:
            sys.setswitchinterval(USUAL_SECONDS)
            self._lock.release()

    async def give_way(self) -> None:
        """Let everybody else who waits have a turn, if this one is over."""
        if self._clock() < self._until:
            return
        await asyncio.sleep(0)  # with the lock: another long work would use the same round of the loop
        sys.setswitchinterval(USUAL_SECONDS)
        self._lock.release()
        self._has_turn = False
        await self._take()

    async def _take(self) -> None:
        await self._lock.acquire()
        self._has_turn = True
        sys.setswitchinterval(SWITCH_SECONDS)
        self._until = self._clock() + TURN_SECONDS
