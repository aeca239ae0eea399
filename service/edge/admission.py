"""Refuses what a process cannot serve in time, before it costs anything: single look-ups, which are not asked, come last."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from service.edge.caller import Caller, Kind
from service.edge.problems import OVERLOADED, ProblemError
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
LATE_SECONDS: Final = 0.1  # for which the event loop is late, on average, when it is overloaded
LOOK_SECONDS: Final = 0.02
SHARE_OF_THE_LAST: Final = 0.2  # of the average
MOST_SECONDS: Final = 0.3  # that one look counts as late: a single long pause is no overload


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
        self._work = Shares(WORK, retry_seconds=RETRY_SECONDS)
        self._batches = Shares(BATCHES, retry_seconds=RETRY_SECONDS)

    def require_time(self) -> None:
        """Raise overloaded while the event loop is late: a further request would only wait."""
        if self._lateness.seconds > LATE_SECONDS:
            raise ProblemError(OVERLOADED, headers={"Retry-After": str(RETRY_SECONDS)})

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
