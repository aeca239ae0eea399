"""Limits how many heavy requests this process works on at once, and how slowly people may send or read meanwhile.

A place belongs to whoever uses it: one whose client has not moved for a while goes to the next who asks for one, and while
all are taken, networks that hold many give way to networks that hold few. So nobody can keep others out by waiting.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

from service.edge.problems import TOO_MANY_AT_ONCE, ProblemError

Moved = TypeVar("Moved")

RETRY_SECONDS: Final = "5"
#: A client that has not moved for so long loses its place to another who wants it.
STALLED_SECONDS: Final = 2.0


class Pace(NamedTuple):
    """How fast a client has to send or read, at the least: in all, on average after a grace, and without a longer pause."""

    most_seconds: float
    bytes_per_second: int = 8 * 1024
    grace_seconds: float = 10.0
    pause_seconds: float = 10.0


class TooSlowError(Exception):
    """A client did not keep the pace, or lost its place; `is_over` tells whether the time for all of it has passed."""

    def __init__(self, *, is_over: bool) -> None:
        super().__init__()
        self.is_over = is_over


class Place:
    """The room that a person's request holds while it lasts."""

    def __init__(self, person: bytes, network: str, clock: Callable[[], float]) -> None:
        self.person = person
        self.network = network
        self.moved_bytes = 0
        self._clock = clock
        self._began_at = self._moved_at = clock()
        self._waiting: asyncio.Timeout | None = None
        self._is_taken_away = False

    async def wait(self, move: Callable[[], Awaitable[Moved]], pace: Pace) -> Moved:
        """Return what `move` does once the client moves; raise TooSlowError if it does not in time."""
        if self._is_taken_away:
            raise TooSlowError(is_over=False)
        now = self._clock()
        ends_at = self._began_at + pace.most_seconds
        due_at = self._began_at + pace.grace_seconds + self.moved_bytes / pace.bytes_per_second
        try:
            async with asyncio.timeout(
                max(min(ends_at, due_at, now + pace.pause_seconds) - now, 0)
            ) as waiting:
                self._waiting = waiting
                moved = await move()
        except TimeoutError:
            raise TooSlowError(is_over=self._clock() >= ends_at) from None
        finally:
            self._waiting = None
        self._moved_at = self._clock()
        return moved

    def is_stalled(self) -> bool:
        """Return whether the client is waited for, and has been for long."""
        return self.is_waiting() and self._clock() - self._moved_at >= STALLED_SECONDS

    def is_waiting(self) -> bool:
        """Return whether the client is waited for, rather than the service."""
        return self._waiting is not None

    def take_away(self) -> None:
        """End the wait for the client at once."""
        self._is_taken_away = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())


class InFlight:
    """Admits a request while there is room for it, in all and for each person."""

    def __init__(self, *, in_all: int, each: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._in_all = in_all
        self._each = each
        self._clock = clock
        self._places: list[Place] = []

    @property
    def under_way(self) -> int:
        """How many requests hold a place."""
        return len(self._places)

    @contextmanager
    def admit(self, person: bytes, network: str) -> Iterator[Place]:
        """Keep room for a person's request while it lasts; raise too_many_at_once if there is none and none can be made."""
        self._make_room(person, network)
        place = Place(person, network, self._clock)
        self._places.append(place)
        try:
            yield place
        finally:
            self._leave(place)

    def _make_room(self, person: bytes, network: str) -> None:
        own = [place for place in self._places if place.person == person]
        if len(own) >= self._each:
            self._take_from([place for place in own if place.is_stalled()])
        if len(self._places) >= self._in_all:
            stalled = [place for place in self._places if place.is_stalled()]
            self._take_from(stalled or self._of_the_greediest(network))

    def _of_the_greediest(self, network: str) -> list[Place]:
        """Return places of the networks that hold most, unless the newcomer's would then hold more than they."""
        held = Counter(place.network for place in self._places)
        most = max(held.values(), default=0)
        if most < held[network] + 2:
            return []
        return [place for place in self._places if held[place.network] == most and place.is_waiting()]

    def _take_from(self, places: list[Place]) -> None:
        if not places:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS})
        held = Counter(place.network for place in self._places)
        least = min(places, key=lambda place: (-held[place.network], place.moved_bytes))
        self._leave(least)
        least.take_away()

    def _leave(self, place: Place) -> None:
        if place in self._places:  # else it was taken away
            self._places.remove(place)
