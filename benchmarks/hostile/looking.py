"""`python -m benchmarks.hostile.looking PORT KEY PER_SECOND [SECONDS]`: an app that looks up at an even pace; prints JSON.

A process of its own, so that neither the service's work nor the attacker's stands in its way more than it must. Without
SECONDS it goes on until its standard input ends.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from statistics import quantiles

from benchmarks.hostile.wire import Streams, exchange

PER_SECOND = 100
TIMEOUT_SECONDS = 10.0
MOST_CONNECTIONS = 200
WARM_UP = 100  # look-ups of which the time is not taken


@dataclass(slots=True)
class Looks:
    """Milliseconds of each look-up since it was due, how many needed a second connection, how many failed on both."""

    milliseconds: list[float] = field(default_factory=list)
    repeated: int = 0
    refused: int = 0
    refused_at: list[tuple[float, float]] = field(
        default_factory=list
    )  # when due, when given up; Unix seconds

    @property
    def p999(self) -> float:
        """The 99.9th percentile, in milliseconds."""
        return quantiles(self.milliseconds, n=1000)[998]

    @property
    def longest(self) -> float:
        """The longest, in milliseconds."""
        return max(self.milliseconds)


class _App:
    """Looks numbers up over connections that are kept; none waits for the one before it."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._idle: deque[Streams] = deque()
        self._limit = asyncio.Semaphore(MOST_CONNECTIONS)
        self.looks = Looks()

    async def look(self, place: int, due: float) -> None:
        """Look one number up, at a second try on a new connection if need be."""
        begun = time.time()
        async with self._limit:
            if not await self._try(place, is_first=True):
                self.looks.repeated += 1
                if not await self._try(place, is_first=False):
                    self.looks.refused += 1
                    self.looks.refused_at.append((begun, time.time()))
        if place >= WARM_UP:
            self.looks.milliseconds.append((time.perf_counter() - due) * 1000)

    async def _try(self, place: int, *, is_first: bool) -> bool:
        path = f"/v1/numbers/1979{place % 9000:07}"
        request = f"GET {path} HTTP/1.1\r\nHost: dunwatch\r\nAuthorization: Bearer {self._key}\r\n\r\n"
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                streams = self._idle.popleft() if self._idle and is_first else await self._open()
                status, _ = await exchange(streams, request.encode())
        except (OSError, EOFError, TimeoutError):
            return False
        if status == 200:
            self._idle.append(streams)
        else:
            streams[1].close()
        return status == 200

    async def _open(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self._port)


async def look(port: int, key: str, per_second: int, is_over: Callable[[int], bool]) -> Looks:
    """Look numbers up, each when it is due, until `is_over` says so of the next."""
    app, started = _App(port, key), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for place in count():
            if is_over(place):
                break
            due = started + place / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(app.look(place, due))
    return app.looks


async def _until_input_ends(port: int, key: str, per_second: int) -> Looks:
    ended = asyncio.ensure_future(asyncio.to_thread(sys.stdin.buffer.read))
    return await look(port, key, per_second, lambda _place: ended.done())


@contextmanager
def looking(
    port: int, key: str, seconds: float | None = None, *, per_second: int = PER_SECOND
) -> Iterator[Looks]:
    """Look numbers up while the context lasts, or for so long, for which its end waits; what is given is filled then."""
    command = [sys.executable, "-m", "benchmarks.hostile.looking", str(port), key, str(per_second)]
    command += [] if seconds is None else [str(seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    looks = Looks()
    try:
        yield looks
        output, _ = process.communicate(timeout=(seconds or 0) * 3 + 60)  # closes its input
        for name, value in json.loads(output).items():
            setattr(looks, name, value)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _main(port: int, key: str, per_second: int, *seconds: str) -> Looks:
    if not seconds:
        return asyncio.run(_until_input_ends(port, key, per_second))
    places = int(per_second * float(seconds[0]))
    return asyncio.run(look(port, key, per_second, lambda place: place >= places))


if __name__ == "__main__":
    _, port, key, pace, *seconds = sys.argv
    print(json.dumps(asdict(_main(int(port), key, int(pace), *seconds))))
