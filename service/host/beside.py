"""Work that strangers can enlarge: done in a process of its own beside the event loop, one piece at a time.

A thread would not do: Python's lock would still be held for slices of the work, by a long call into C for all of it, and
no thread can be ended. The process starts with the first work, is killed when a piece takes longer than its time or more
memory than there is for it, and is started again for the next.
"""

import asyncio
import os
import resource
from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

from anyio import BrokenWorkerProcess, to_process

from service.host.parent import end_with_parent

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

MOST_BYTES: Final = 1024**3  # of address space: printing a long document takes a third of it
NICENESS: Final = 10  # look-ups go first
MOST_INSIDE: Final = 16  # one that is worked on, and those that wait for their turn


class BusyError(Exception):
    """So much work waits already that more is not taken."""


class SpentError(Exception):
    """Work took more time or memory than it may; nothing of it is left."""


class Beside:
    """The process beside this one, and the queue before it."""

    def __init__(self, *, most_inside: int = MOST_INSIDE) -> None:
        self._most_inside = most_inside
        self._inside = 0
        self._turn = asyncio.Lock()

    async def run(
        self, work: Callable[[*Arguments], Result], *arguments: *Arguments, seconds: float
    ) -> Result:
        """Return what a function of a module returns; it and its arguments must be picklable.

        Raise BusyError if the queue is full, and SpentError if the work takes longer than `seconds`.
        """
        if self._inside >= self._most_inside:
            raise BusyError
        self._inside += 1
        try:
            async with self._turn, asyncio.timeout(seconds):
                return await to_process.run_sync(_bounded, work, arguments, cancellable=True)
        except (TimeoutError, MemoryError, BrokenWorkerProcess):
            raise SpentError from None
        finally:
            self._inside -= 1


def _bounded(work: Callable[[*Arguments], Result], arguments: tuple[*Arguments]) -> Result:
    """Do the work in this process, which is nobody's but the work's."""
    _prepare()
    return work(*arguments)


def _prepare() -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[0] == MOST_BYTES:
        return
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    os.nice(NICENESS)
