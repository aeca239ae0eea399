"""A pause between two rounds of a process's work that does not delay its end."""

import asyncio
from contextlib import suppress

import structlog

log = structlog.get_logger()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for this many seconds, or until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Outage:
    """Reports once that something is unavailable and who waits for it, and once that it is back."""

    def __init__(self, event: str, over: str = "the database is available again") -> None:
        self._event = event
        self._over = over
        self._is_told = False

    def tell(self, reason: str) -> None:
        """Report it, unless that was done before."""
        if not self._is_told:
            log.warning(self._event, reason=reason)
        self._is_told = True

    def end(self) -> None:
        """Report the end, if it was reported before."""
        if self._is_told:
            log.info(self._over)
        self._is_told = False
