"""Refuses what a process cannot serve in time, before it costs anything: single look-ups, which are not asked, come last."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, NamedTuple

from service.edge.caller import Caller, Kind
from service.edge.problems import OVERLOADED, TOO_MANY_AT_ONCE, ProblemError


class Share(NamedTuple):
    """How many requests of one kind of callers are worked on at once: in all, and of each."""

    in_all: int
    each: int


#: What the database does in some tens of milliseconds, so that no queue grows.
SHARES: Final = {Kind.KEYS: Share(96, 64), Kind.PEOPLE: Share(96, 32), Kind.STRANGERS: Share(32, 16)}
LATE_SECONDS: Final = 0.1  # for which the event loop is late, on average, when it is overloaded
LOOK_SECONDS: Final = 0.02
SHARE_OF_THE_LAST: Final = 0.2  # of the average
MOST_SECONDS: Final = 0.3  # that one look counts as late: a single long pause is no overload
RETRY: Final = {"Retry-After": "1"}


class Lateness:
    """How late the event loop runs what is due: an average over the last tenths of a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.seconds = 0.0

    def start(self) -> None:
        """Begin to look, in the running loop."""
        self._due = self._clock() + LOOK_SECONDS
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        late = min(max(0.0, self._clock() - self._due), MOST_SECONDS)
        self.seconds += SHARE_OF_THE_LAST * (late - self.seconds)
        self.start()


class Admission:
    """Counts the requests that are worked on; those whose bodies are still coming, or that are answered, are not."""

    def __init__(self, lateness: Lateness) -> None:
        self._lateness = lateness
        self._under_way: Counter[tuple[Kind, str]] = Counter()
        self._of_kind: Counter[Kind] = Counter()

    def require_time(self) -> None:
        """Raise overloaded while the event loop is late: a further request would only wait."""
        if self._lateness.seconds > LATE_SECONDS:
            raise ProblemError(OVERLOADED, headers=RETRY)

    @contextmanager
    def work(self, caller: Caller) -> Iterator[Callable[[], None]]:
        """Count a request while the context lasts, or until what is given is called: its answer has begun.

        Raises too_many_at_once where the caller has too many under way, and overloaded where all of the kind have.
        """
        who, kind = (caller.kind, caller.share), caller.kind
        if self._under_way[who] >= SHARES[kind].each:
            raise ProblemError(TOO_MANY_AT_ONCE, headers=RETRY)
        if self._of_kind[kind] >= SHARES[kind].in_all:
            raise ProblemError(OVERLOADED, headers=RETRY)
        self._under_way[who] += 1
        self._of_kind[kind] += 1
        is_over = False

        def end() -> None:
            nonlocal is_over
            if is_over:
                return
            is_over = True
            self._of_kind[kind] -= 1
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]  # nobody is remembered

        try:
            yield end
        finally:
            end()
