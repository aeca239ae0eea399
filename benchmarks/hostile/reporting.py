"""`python -m benchmarks.hostile.reporting PORT RATE SECONDS < TOKENS`: reports at an even pace; prints JSON.

Whoever waits for an answer before the next report sends less the slower it comes; a crowd does not. So each report is due
at its time, and its latency counts from then.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import uvloop

MOST_CONNECTIONS = 400
NETWORKS = 100
OTHERS = 5  # every fifth request asks for one's own reports instead
PATIENCE_SECONDS = 15.0


@dataclass(slots=True)
class Answers:
    """Milliseconds from when it was due to the answer: of what was served, and of what was refused with 503."""

    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    without_connection: int = 0
    seconds: float = 0.0


class _Client(asyncio.Protocol):
    """One connection, with one request at a time under way."""

    def __init__(self) -> None:
        self._received = b""
        self._done: Callable[[int], None] = lambda _status: None
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by its class

    def ask(self, request: bytes, done: Callable[[int], None]) -> None:
        """Send a request; `done` is called with the status of the answer, 0 if the connection ends before."""
        self._received, self._done = b"", done
        if self.transport is not None:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        place = head.find(b"content-length: ")
        if place >= 0 and len(body) >= int(head[place + 16 :].split(b"\r\n", 1)[0]):
            self._finish(int(head[9:12]))

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        self._finish(0)

    def _finish(self, status: int) -> None:
        done, self._done = self._done, lambda _status: None
        done(status)


async def send(port: int, rate: float, seconds: float, tokens: Sequence[str]) -> Answers:
    """Send reports at this rate for so long, then wait for the last answers."""
    loop, answers, statuses = asyncio.get_running_loop(), Answers(), Counter[int]()
    idle: deque[_Client] = deque()
    for place in range(MOST_CONNECTIONS):
        own = (f"127.0.{place % NETWORKS}.1", 0)  # a crowd does not come from one network
        idle.append((await loop.create_connection(_Client, "127.0.0.1", port, local_addr=own))[1])
    under_way, started = 0, time.perf_counter()

    def ask(place: int, client: _Client) -> None:
        due = started + place / rate

        def answered(status: int) -> None:
            nonlocal under_way
            under_way -= 1
            statuses[status] += 1
            milliseconds = (time.perf_counter() - due) * 1000
            (answers.refused if status == 503 else answers.served).append(milliseconds)
            if client.transport is not None:
                idle.append(client)

        client.ask(_request(place, tokens), answered)

    for place in range(int(rate * seconds)):
        wait = started + place / rate - time.perf_counter()
        if wait > 0 or not place % 50:
            await asyncio.sleep(max(0.0, wait))
        if idle:
            under_way += 1
            ask(place, idle.popleft())
        else:
            answers.without_connection += 1
    answers.seconds = time.perf_counter() - started
    patience = time.perf_counter() + PATIENCE_SECONDS
    while under_way and time.perf_counter() < patience:  # noqa: ASYNC110  a count that callbacks lower
        await asyncio.sleep(0.05)
    answers.statuses = {str(status): count for status, count in statuses.items()}
    return answers


def _request(place: int, tokens: Sequence[str]) -> bytes:
    token, method, body = tokens[place % len(tokens)], "POST", b""
    if place % OTHERS == 0:
        method = "GET"
    else:
        moment = datetime.now(UTC) - timedelta(minutes=place % 40_000)
        body = json.dumps({"number": f"1979{place % 9000:07}", "occurred_at": moment.isoformat()}).encode()
    lines = [f"{method} /v1/reports HTTP/1.1", "Host: dunwatch", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def reports(port: int, rate: float, seconds: float, tokens: Sequence[str]) -> Answers:
    """Send reports from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.hostile.reporting", str(port), str(rate), str(seconds)]
    done = subprocess.run(command, input="\n".join(tokens).encode(), stdout=subprocess.PIPE, check=True)
    return Answers(**json.loads(done.stdout))


if __name__ == "__main__":
    uvloop.install()
    held = sys.stdin.read().split()
    print(
        json.dumps(asdict(asyncio.run(send(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), held))))
    )
