"""A crowd that reports at an even pace and remembers what it was told: what is acknowledged must be there afterwards."""

import asyncio
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from benchmarks.hostile.wire import Streams, exchange
from benchmarks.rig import Rig

PER_SECOND = 100.0
WITH_A_KEY = 5  # every fifth report, which is repeated until it is acknowledged
NUMBERS = 9000  # those after them are others'
MOST_CONNECTIONS = 200
TIMEOUT_SECONDS = 15.0
AGAIN_SECONDS = 0.25
PATIENCE_SECONDS = 20.0
CROWDS_ROWS = "SELECT report_id, number, occurred_minute FROM reports WHERE number < '+8619790009000'"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A report that was acknowledged: which it is of all, its id, when it was last sent and when answered (Unix seconds)."""

    place: int
    report_id: UUID
    sent_at: float
    answered_at: float
    tries: int


@dataclass(slots=True)
class Crowd:
    """What a crowd sent and was told so far."""

    port: int
    tokens: Sequence[str]
    per_second: float = PER_SECOND
    acknowledged: list[Acknowledged] = field(default_factory=list)
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    given_up: int = 0  # reports with a key that were never acknowledged
    begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _idle: deque[Streams] = field(default_factory=deque)
    _over: threading.Event = field(default_factory=threading.Event)
    _patience: float = 0.0

    def stop(self) -> None:
        """Send nothing new; what has a key is repeated for a while."""
        self._patience = time.time() + PATIENCE_SECONDS
        self._over.set()

    def last_sent_at(self) -> float:
        """When the newest report was sent that is acknowledged, 0 before the first."""
        return max((one.sent_at for one in self.acknowledged[-100:]), default=0.0)

    async def report(self) -> None:
        """Send reports, each when it is due, until told to stop."""
        limit, started = asyncio.Semaphore(MOST_CONNECTIONS), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            while not self._over.is_set():
                await limit.acquire()
                task = group.create_task(self._report(self.sent))
                task.add_done_callback(lambda _task: limit.release())
                self.sent += 1
                await asyncio.sleep(max(0.0, started + self.sent / self.per_second - time.perf_counter()))

    async def _report(self, place: int) -> None:
        key = str(uuid4()) if place % WITH_A_KEY == 0 else None
        request, tries = self._request(place, key), 0
        while True:
            tries, sent_at = tries + 1, time.time()
            status, body = await self._send(request)
            self.statuses[status] += 1
            if status in (200, 201):
                report_id = UUID(json.loads(body)["report_id"])
                self.acknowledged.append(Acknowledged(place, report_id, sent_at, time.time(), tries))
                return
            if key is None or (self._over.is_set() and time.time() > self._patience):
                self.given_up += key is not None
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the status is 0 if there is no answer."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                streams = self._idle.popleft() if self._idle else await self._open()
                answer = await exchange(streams, request)
        except (OSError, EOFError, TimeoutError):
            return 0, b""
        self._idle.append(streams)
        return answer

    async def _open(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def _request(self, place: int, key: str | None) -> bytes:
        """Return a report of which no other has the same number and minute."""
        occurred_at = self.begun_at - timedelta(minutes=1 + place // NUMBERS)
        content = {"number": f"1979{place % NUMBERS:07}", "occurred_at": occurred_at.isoformat()}
        body = json.dumps(content).encode()
        lines = ["POST /v1/reports HTTP/1.1", "Host: dunwatch", "Content-Type: application/json"]
        lines += [
            f"Authorization: Bearer {self.tokens[place % len(self.tokens)]}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f'Idempotency-Key: "{key}"'] if key else []
        return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def reporting(crowd: Crowd) -> Iterator[None]:
    """Let a crowd report while the context lasts; its end waits for the last answers."""
    thread = threading.Thread(target=lambda: asyncio.run(crowd.report()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        crowd.stop()
        thread.join()
        for _, writer in crowd._idle:  # their loop is over
            with suppress(RuntimeError):
                writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a crowd's reports is in the database: reports lost and there twice, rows that nobody sent."""

    lost: int
    twice: int
    unknown: int

    @property
    def is_whole(self) -> bool:
        """Whether each acknowledged report is there exactly once, and nothing else but what was sent."""
        return self == Kept(0, 0, 0)

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.twice} twice, {self.unknown} that nobody sent"


def kept(rigged: Rig, crowd: Crowd, acknowledged: Sequence[Acknowledged] | None = None) -> Kept:
    """Compare what was acknowledged (all, or the part that is given) with the rows of the database."""
    wanted = crowd.acknowledged if acknowledged is None else acknowledged
    rows = rigged.rows(CROWDS_ROWS)
    ids = {report_id for report_id, _, _ in rows}
    reports = Counter((number, minute) for _, number, minute in rows)
    shared = len(wanted) - len({one.report_id for one in wanted})
    return Kept(
        lost=sum(one.report_id not in ids for one in wanted),
        twice=shared + sum(count - 1 for count in reports.values()),
        unknown=max(0, len(rows) - crowd.sent),
    )
