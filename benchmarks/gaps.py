"""What callers notice when processes of a host are killed or replaced: look-ups at a steady rate meanwhile."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PATH = "/v1/numbers/19790001234"
TIMEOUT_SECONDS = 5.0


@dataclass(slots=True)
class Asked:
    """What came of the look-ups of one period."""

    asked: int = 0
    retried: int = 0
    failed: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0


class Caller:
    """A client that keeps its connection, and asks once more on a new one when an answer does not come."""

    def __init__(self, port: int, token: str, *, address: str = "127.0.0.1") -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"}
        self._source = (address, 0)
        self._connection = self._connect()

    def ask(self, asked: Asked) -> None:
        """Look a number up and note what happened."""
        begun = time.monotonic()
        asked.asked += 1
        try:
            status = self._get()
        except (OSError, http.client.HTTPException):
            asked.retried += 1
            self.close()
            self._connection = self._connect()
            try:
                status = self._get()
            except (OSError, http.client.HTTPException) as error:
                status = 0
                asked.failed.append(repr(error))
        if status not in (0, 200):
            asked.failed.append(f"status {status}")
        asked.longest_seconds = max(asked.longest_seconds, time.monotonic() - begun)

    def close(self) -> None:
        """End its connection."""
        self._connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=TIMEOUT_SECONDS, source_address=self._source
        )

    def _get(self) -> int:
        self._connection.request("GET", PATH, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


@contextmanager
def asking(port: int, token: str, *, a_second: int = 200, callers: int = 4) -> Iterator[Asked]:
    """Look a number up at a steady rate for as long as the context is open; complete once it is closed."""
    parts = [Asked() for _ in range(callers)]
    stop = threading.Event()

    def ask(part: Asked) -> None:
        caller = Caller(port, token)
        due = time.monotonic()
        while not stop.is_set():
            caller.ask(part)
            due = max(due + callers / a_second, time.monotonic() - 1.0)
            stop.wait(max(0.0, due - time.monotonic()))
        caller.close()

    threads = [threading.Thread(target=ask, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    whole = Asked()
    try:
        yield whole
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        whole.asked = sum(part.asked for part in parts)
        whole.retried = sum(part.retried for part in parts)
        whole.failed = [failure for part in parts for failure in part.failed]
        whole.longest_seconds = max(part.longest_seconds for part in parts)
