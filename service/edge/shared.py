"""Work whose result is the same for everybody who asks at once: done once for all of them, and not all the time."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, Generic, TypeVar

Result = TypeVar("Result")
REST: Final = 4.0  # times as long as the work took: however many ask, it takes a fifth of the time at most
LONGEST_REST_SECONDS: Final = (
    1.0  # after work that took long because something hung: nobody waits for that again
)


class Shared(Generic[Result]):
    """Runs one piece of work at a time; whoever asks meanwhile gets its result."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._running: asyncio.Task[Result] | None = None
        self._not_before = 0.0

    async def get(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of the work that is under way, or else of `work`, after a rest since the last."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(work))
        return await asyncio.shield(self._running)  # one who leaves must not end it for the others

    async def _run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        await asyncio.sleep(max(0.0, self._not_before - self._clock()))
        started = self._clock()
        try:
            return await work()
        finally:
            now = self._clock()
            self._not_before = now + min(REST * (now - started), LONGEST_REST_SECONDS)
