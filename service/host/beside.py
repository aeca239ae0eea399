"""Work that strangers can enlarge: done in a process of its own beside the event loop, one piece at a time.

A thread would not do: Python's lock would still be held for slices of the work, by a long call into C for all of it, and
no thread can be ended. The process starts with the first work, is killed when a piece takes longer than its time or more
memory than there is for it, and is started again for the next. A piece whose client has left is worked on to its end, since
a new process would cost more than most pieces.
"""

import asyncio
import os
import pickle
import resource
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NamedTuple, TypeVar, TypeVarTuple, cast

from anyio import BrokenWorkerProcess, to_process

from service.host.parent import end_with_parent
from service.host.priority import NICENESS

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

MOST_BYTES: Final = 1024**3  # of address space: printing a long document takes a third of it
MOST_INSIDE: Final = 16  # one that is worked on, and those that wait for their turn
MOST_EACH: Final = 2  # of one person


class BusyError(Exception):
    """So much work waits already, in all or of the same person, that more is not taken."""


class SpentError(Exception):
    """Work took more time or memory than it may; nothing of it is left."""


class Asker(NamedTuple):
    """For whom a piece of work is done: their share of the queue is that of a person, and of a network."""

    person: bytes
    network: str


class Beside:
    """The process beside this one, and the queue before it, in which networks take turns."""

    def __init__(self, *, most_inside: int = MOST_INSIDE, most_each: int = MOST_EACH) -> None:
        self._most_inside = most_inside
        self._most_each = most_each
        self._running: _Piece | None = None
        self._waiting: list[_Piece] = []
        self._turns = 0
        self._last_turn: dict[str, int] = {}  # of the networks that have something inside

    async def run(
        self,
        work: Callable[[*Arguments], Result],
        *arguments: *Arguments,
        asker: Asker,
        seconds: float,
    ) -> Result:
        """Return what a function of a module returns; it and its arguments must be picklable.

        Raise BusyError if there is no room for more of this asker, and SpentError if the work takes longer than `seconds`.
        """
        packed = pickle.dumps((work, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        do = partial(to_process.run_sync, _bounded, packed, cancellable=True)
        return cast(Result, await self.in_turn(do, asker=asker, seconds=seconds))

    async def in_turn(self, do: Callable[[], Awaitable[Result]], *, asker: Asker, seconds: float) -> Result:
        """Return what another process does, once it is this asker's turn; cancelling `do` must end that process.

        Raise what `run` raises.
        """
        piece = self._enter(asker)
        try:
            await piece.turn
        except BaseException:  # its client has left, or it gave way to another
            self._leave(piece)
            raise
        piece.task = asyncio.create_task(self._do(piece, do, seconds))
        piece.task.add_done_callback(_look_at)
        await asyncio.wait({piece.task})  # which goes on if this wait is cancelled
        return cast(Result, piece.task.result())

    async def _do(self, piece: "_Piece", do: Callable[[], Awaitable[object]], seconds: float) -> object:
        try:
            async with asyncio.timeout(seconds):
                return await do()
        except (TimeoutError, MemoryError, BrokenWorkerProcess):
            raise SpentError from None
        finally:
            self._leave(piece)

    def _enter(self, asker: Asker) -> "_Piece":
        inside = self._inside()
        if sum(one.asker.person == asker.person for one in inside) >= self._most_each:
            raise BusyError
        if len(inside) >= self._most_inside:
            self._make_room(asker.network)
        piece = _Piece(asker)
        self._waiting.append(piece)
        if self._running is None:
            self._go_on()
        return piece

    def _inside(self) -> list["_Piece"]:
        return ([self._running] if self._running else []) + self._waiting

    def _make_room(self, network: str) -> None:
        """Send away the last of the network that has most inside, unless the newcomer's would then have more than it."""
        held = Counter(one.asker.network for one in self._inside())
        waiting = [one for one in self._waiting if held[one.asker.network] >= held[network] + 2]
        if not waiting:
            raise BusyError
        most = max(held[one.asker.network] for one in waiting)
        last = [one for one in waiting if held[one.asker.network] == most][-1]
        self._leave(last)
        if not last.turn.done():  # else its client has left at this moment
            last.turn.set_exception(BusyError())

    def _go_on(self) -> None:
        """Give the turn to the first piece of the network that had its last turn longest ago."""
        if not self._waiting:
            self._running = None
            return
        piece = min(self._waiting, key=lambda one: self._last_turn.get(one.asker.network, 0))
        self._waiting.remove(piece)
        self._running = piece
        self._turns += 1
        self._last_turn[piece.asker.network] = self._turns
        if not piece.turn.done():  # else its client has left at this moment, and it leaves next
            piece.turn.set_result(None)

    def _leave(self, piece: "_Piece") -> None:
        if piece in self._waiting:
            self._waiting.remove(piece)
        if self._running is piece:
            self._go_on()
        if all(one.asker.network != piece.asker.network for one in self._inside()):
            self._last_turn.pop(piece.asker.network, None)


class _Piece:
    """A piece of work in the queue, or being done."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[object] | None = None


def _look_at(task: "asyncio.Task[object]") -> None:
    """Note that a failure was seen, also when nobody waits for the result any more."""
    if not task.cancelled():
        task.exception()


def _bounded(packed: bytes) -> object:
    """Do the work in this process, which is nobody's but the work's: what it needs is imported within the bounds too."""
    _prepare()
    work, arguments = pickle.loads(packed)  # noqa: S301  it comes from the process that started this one
    return work(*arguments)


def _prepare() -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[0] == MOST_BYTES:
        return
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    os.nice(NICENESS)
