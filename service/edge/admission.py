"""Refuses what a process cannot serve in time, before it costs anything: single look-ups, which are not asked, come last.

How many requests may be under way follows from how long they wait for each other: while they do, fewer are let in, else
more (additive increase, multiplicative decrease, as TCP does it). What is let in is then served nearly as fast as alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from starlette.types import Scope

from service.edge.access import KEY_PREFIX
from service.edge.caller import Caller, Kind
from service.edge.operations import Operation
from service.edge.shares import Share, Shares

#: Requests that are worked on at once: what the database does in some tens of milliseconds, so that no queue grows.
WORK: Final = {
    Kind.KEYS: Share(in_all=96, network=96, each=64),
    Kind.PEOPLE: Share(in_all=96, network=48, each=32),
    Kind.STRANGERS: Share(in_all=32, network=16, each=16),
}
#: Batches, which are answered while they are worked on.
BATCHES: Final = {Kind.KEYS: Share(in_all=16, network=16, each=4)}
RETRY_SECONDS: Final = 1
LOOK_SECONDS: Final = 0.01
LOOKS: Final = 5  # in an interval, after which it is judged
#: By how many seconds the loop is late, on average over an interval, when there is too much to do.
LATE_SECONDS: Final = 0.005
#: How many times as long as alone quick requests take, on average, when there is too much to do.
SLOWER: Final = 2.5
#: As which anything slower counts: few whose own requests wait for each other must not outweigh many who are well served.
LOUDEST: Final = 2 * SLOWER
QUICK_SECONDS: Final = 0.05
SHARE_OF_THE_LAST: Final = 0.05  # of the average for requests alone
FEW: Final = 3  # requests under way that do not slow each other down
LEAST, MOST = 16, 256  # requests under way
FEWER, MORE = 0.8, 8  # the factor after an interval in which work waited, the summand after another
#: Half a second: what is under way for longer waits for something else than the event loop.
YOUNG_INTERVALS: Final = 10
#: How far each kind may fill it: strangers are refused first, keys last. The kind is what the token claims to be.
FULL: Final = {Kind.KEYS: 1.0, Kind.PEOPLE: 0.8, Kind.STRANGERS: 0.5}
_KEY: Final = f"bearer {KEY_PREFIX}".encode()


class Ticket:
    """One request under way, with the seconds on the clock when it came, and whether hardly any other was under way then."""

    __slots__ = ("_interval", "_is_over", "_paused_at", "began_at", "is_alone")

    def __init__(self, interval: list[int], began_at: float, *, is_alone: bool) -> None:
        self._interval = interval
        self._is_over = False
        self._paused_at: float | None = None
        self.began_at = began_at
        self.is_alone = is_alone
        interval[0] += 1

    def pause(self, now: float) -> None:
        """Count it not until it goes on: its client is waited for, and must not seem slow work."""
        if not self._is_over and self._paused_at is None:
            self._interval[0] -= 1
            self._paused_at = now

    def go_on(self, interval: list[int], now: float) -> None:
        """Count it again after a pause, whose time it did not take."""
        if not self._is_over and self._paused_at is not None:
            self.began_at += now - self._paused_at
            self._paused_at = None
            self._interval = interval
            interval[0] += 1

    def leave(self) -> bool:
        """Count it no more; return whether it was there until now: a second call does nothing."""
        if self._is_over:
            return False
        self._is_over = True
        if self._paused_at is None:
            self._interval[0] -= 1
        return True


class Limit:
    """How many requests may be under way, by how late the loop is and how much slower than alone they are answered."""

    def __init__(self) -> None:
        self.most: float = MOST
        #: Seconds that a request takes when hardly any other is under way.
        self._alone: dict[Operation, float] = {}
        self._lateness = _Mean()
        self._slowness: dict[str, _Mean] = {}  # by who asked

    def note_late(self, seconds: float) -> None:
        """Take note of how late the loop ran what was due."""
        self._lateness.add(seconds)

    def note_answered(self, operation: Operation, seconds: float, who: str, *, is_alone: bool) -> None:
        """Take note of how long a request of somebody took until its answer began."""
        alone = self._alone.get(operation)
        if is_alone:
            self._alone[operation] = (
                seconds if alone is None else alone + SHARE_OF_THE_LAST * (seconds - alone)
            )
        if alone is not None and alone < QUICK_SECONDS:
            self._slowness.setdefault(who, _Mean()).add(seconds / alone)

    def judge(self, busiest: int) -> None:
        """Set the limit for the next interval, after one in which at most so many requests were under way."""
        if self._lateness.take() < LATE_SECONDS and self._take_slowness() < SLOWER:
            self.most = min(MOST, self.most + (MORE if busiest < self.most / 2 else 1))
        elif busiest > FEW:  # else something outside takes the time, and to refuse requests would not help
            self.most = max(LEAST, min(self.most, 2 * busiest) * FEWER)

    def _take_slowness(self) -> float:
        """Return how much slower everybody was served on average: one voice each, also for who makes own requests wait."""
        voices = _Mean()
        for one in self._slowness.values():
            voices.add(min(one.take(), LOUDEST))
        self._slowness.clear()
        return voices.take()


class _Mean:
    """The mean of what was added since it was last taken, 0 if nothing was."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._count += 1
        self._sum += value

    def take(self) -> float:
        mean = self._sum / self._count if self._count else 0.0
        self._count, self._sum = 0, 0.0
        return mean


class Admission:
    """Counts the requests of one process, those under way and those that are worked on."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.limit = Limit()
        self._clock = clock
        self._work = Shares(WORK, retry_seconds=RETRY_SECONDS)
        self._batches = Shares(BATCHES, retry_seconds=RETRY_SECONDS)
        self._intervals: deque[list[int]] = deque([[0]], maxlen=YOUNG_INTERVALS)
        self._busiest = 0
        self._looks = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look how late the running loop is."""
        self._due = self._clock() + LOOK_SECONDS
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def enter(self, scope: Scope) -> Ticket | None:
        """Return the ticket of a request that is let in; None for one that is not, since it would only wait."""
        under_way = sum(interval[0] for interval in self._intervals)
        if under_way >= self.limit.most * FULL[Kind.STRANGERS] and (
            under_way >= self.limit.most * FULL[_claimed(scope)]
        ):
            return None
        self._busiest = max(self._busiest, under_way + 1)
        return Ticket(self._intervals[-1], self._clock(), is_alone=not under_way)

    @contextmanager
    def waiting(self, ticket: Ticket) -> Iterator[None]:
        """Count a request not while its client is waited for."""
        ticket.pause(self._clock())
        try:
            yield
        finally:
            ticket.go_on(self._intervals[-1], self._clock())

    def leave(self, ticket: Ticket, operation: Operation | None = None, who: str = "") -> None:
        """Count a request no more, since its answer begins, or there is none; a second call does nothing.

        With an operation, how long it took is taken note of.
        """
        if ticket.leave() and operation is not None:
            is_alone = ticket.is_alone and not any(interval[0] for interval in self._intervals)
            self.limit.note_answered(operation, self._clock() - ticket.began_at, who, is_alone=is_alone)

    @contextmanager
    def work(self, caller: Caller) -> Iterator[Callable[[], None]]:
        """Count a request while the context lasts, or until what is given is called: its answer has begun.

        Raises what `Shares.take` raises.
        """
        self._work.take(caller)
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._work.give_back(caller)

        try:
            yield end
        finally:
            end()

    @contextmanager
    def batch(self, caller: Caller) -> Iterator[None]:
        """Count a batch until its answer has ended; raises what `Shares.take` raises."""
        self._batches.take(caller)
        try:
            yield
        finally:
            self._batches.give_back(caller)

    def _look(self) -> None:
        self.limit.note_late(max(0.0, self._clock() - self._due))
        self._looks += 1
        if self._looks % LOOKS == 0:
            self.limit.judge(self._busiest)
            self._intervals.append([0])
            self._busiest = 0
        self.start()


def _claimed(scope: Scope) -> Kind:
    """Return the kind that the token of a request claims to be of; the shares in work know the true one.

    Where the operation takes no token, none is looked at, and so it says nothing.
    """
    operation: Operation | None = scope.get("route")
    if operation is None or not operation.tokens:
        return Kind.STRANGERS
    token = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    if token is None:
        return Kind.STRANGERS
    return Kind.KEYS if token[: len(_KEY)].lower() == _KEY else Kind.PEOPLE
