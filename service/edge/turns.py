"""Long work in the event loop, in short turns: other requests of the worker are served between two of them."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final

TURN_SECONDS: Final = 0.002  # some two hundred look-ups' worth


class Turns:
    """Ends a turn that has lasted long enough; to be asked between any two pieces of the work."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._until = clock() + TURN_SECONDS

    async def give_way(self) -> None:
        """Let everybody else who waits have a turn, if this one is over."""
        if self._clock() >= self._until:
            await asyncio.sleep(0)
            self._until = self._clock() + TURN_SECONDS
