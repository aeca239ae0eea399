"""`python -m benchmarks.hostile.looking PORT KEY SECONDS`: an app that looks numbers up at an even pace; prints JSON.

A process of its own, so that neither the service's work nor the attacker's stands in its way more than it must.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import TypeAlias

PER_SECOND = 100
TIMEOUT_SECONDS = 10.0
MOST_CONNECTIONS = 200
WARM_UP = 100  # look-ups of which the time is not taken

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Looks:
    """Milliseconds of each look-up since it was due, how many needed a second connection, how many failed on both."""

    milliseconds: list[float] = field(default_factory=list)
    repeated: int = 0
    refused: int = 0

    @property
    def p999(self) -> float:
        """The 99.9th percentile, in milliseconds."""
        return quantiles(self.milliseconds, n=1000)[998]

    @property
    def longest(self) -> float:
        """The longest, in milliseconds."""
        return max(self.milliseconds)


async def look(port: int, key: str, seconds: float) -> Looks:
    """Look numbers up, each when it is due, over connections that are kept; none waits for the one before it."""
    looks, idle, limit = Looks(), deque[Connection](), asyncio.Semaphore(MOST_CONNECTIONS)
    started = time.perf_counter()

    async def one(place: int) -> None:
        due = started + place / PER_SECOND
        request = f"GET /v1/numbers/1979{place % 9000:07} HTTP/1.1\r\nHost: dunwatch\r\nAuthorization: Bearer {key}\r\n\r\n"
        async with limit:
            for attempt in range(2):
                try:
                    connection = idle.popleft() if idle and not attempt else await _open(port)
                    async with asyncio.timeout(TIMEOUT_SECONDS):
                        is_good = await _ask(connection, request.encode())
                except (OSError, EOFError, TimeoutError):
                    is_good = False
                if is_good:
                    idle.append(connection)
                    break
                looks.repeated += attempt == 0
                looks.refused += attempt == 1
        if place >= WARM_UP:
            looks.milliseconds.append((time.perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as group:
        for place in range(int(PER_SECOND * seconds)):
            await asyncio.sleep(max(0.0, started + place / PER_SECOND - time.perf_counter()))
            group.create_task(one(place))
    return looks


async def _open(port: int) -> Connection:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        return await asyncio.open_connection("127.0.0.1", port)


async def _ask(connection: Connection, request: bytes) -> bool:
    """Send a request and read the whole answer; return whether it was a success."""
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return head.startswith(b"HTTP/1.1 200 ")


@contextmanager
def looking(port: int, key: str, seconds: float) -> Iterator[Looks]:
    """Look numbers up while the context lasts, which waits for the end; what is given is filled then."""
    command = [sys.executable, "-m", "benchmarks.hostile.looking", str(port), key, str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    looks = Looks()
    try:
        yield looks
        output, _ = process.communicate(timeout=seconds * 3 + 60)
        for name, value in json.loads(output).items():
            setattr(looks, name, value)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(look(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))))
