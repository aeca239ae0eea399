"""What callers notice when processes of a host are killed or replaced: look-ups at a steady rate meanwhile."""

import http.client
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.host import tree_below
from benchmarks.ports import free_port
from benchmarks.rig import Measurement, dunwatch, running, wait_until

PATH = "/v1/numbers/19790001234"
TIMEOUT_SECONDS = 5.0
SETTLED_SECONDS = 6.0  # a process that was killed is there again by then


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


def measure() -> list[Measurement]:
    """Kill each process of `dunwatch serve` once, then replace all, under 200 look-ups a second at each port."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        port = free_port()
        environment = {**os.environ, "DUNWATCH_DATA_DIR": directory, "DUNWATCH_PORT": str(port)}
        environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
        with running(dunwatch("serve"), environment, port=port) as supervisor:
            token = _new_key(environment)
            wait_until(lambda: _answers(port, token) and _answers(port + 1, token), seconds=60)
            told = [
                _under_look_ups(port, token, partial(_kill, place, supervisor))
                for place in range(len(_processes(supervisor)))
            ]
            told.append(_under_look_ups(port, token, partial(os.kill, supervisor, signal.SIGHUP)))
    asked = sum(one.asked for one in told)
    failed = sum(len(one.failed) for one in told)
    return [
        Measurement(
            what="look-ups without an answer at one retry while every process is killed once, then all are replaced",
            floor="0",
            measured=str(failed),
            is_met=failed == 0,
            detail=f"{asked} look-ups, {sum(one.retried for one in told)} retried, longest "
            f"{max(one.longest_seconds for one in told):.2f} s",
        )
    ]


def _new_key(environment: dict[str, str]) -> str:
    command = dunwatch("keys", "create", "--label", "gaps", "--scope", "lookup")
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def _answers(port: int, token: str) -> bool:
    asked = Asked()
    caller = Caller(port, token)
    caller.ask(asked)
    caller.close()
    return not asked.failed


def _under_look_ups(port: int, token: str, disturb: "partial[None]") -> Asked:
    with asking(port, token) as one, asking(port + 1, token) as other:
        disturb()
        time.sleep(SETTLED_SECONDS)
    return Asked(
        one.asked + other.asked,
        one.retried + other.retried,
        one.failed + other.failed,
        max(one.longest_seconds, other.longest_seconds),
    )


def _processes(supervisor: int) -> list[int]:
    """Return the processes that the supervisor started and their workers; the database's are not among them."""
    return sorted(pid for pid in tree_below(supervisor) - {supervisor} if b"commands.child" in _command(pid))


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(place: int, supervisor: int) -> None:
    os.kill(_processes(supervisor)[place], signal.SIGKILL)
