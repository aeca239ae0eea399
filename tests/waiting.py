"""How tests wait for what other processes and tasks bring about: until it is there, or the test fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

DEADLINE_SECONDS = 120.0  # machines that test are busy; what comes at all comes in this time


async def until(
    condition: Callable[[], Awaitable[Any]], *, seconds: float = DEADLINE_SECONDS, pause: float = 0.02
) -> Any:
    """What `condition` gives once it is true; fails the test when that does not come in time."""
    async with asyncio.timeout(seconds):
        while not (outcome := await condition()):  # noqa: ASYNC110  other processes bring it about
            await asyncio.sleep(pause)
        return outcome


def wait_for(condition: Callable[[], Any], *, seconds: float = DEADLINE_SECONDS, pause: float = 0.05) -> Any:
    """The same where no event loop runs."""
    deadline = time.monotonic() + seconds
    while not (outcome := condition()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(pause)
    return outcome
