"""`dunwatch serve`: one command starts everything, restarts what dies, and ends all of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.embedded_postgres import EmbeddedPostgres
from tests.waiting import wait_for

DEADLINE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach, also when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


def processes_of(data_dir: Path) -> dict[int, str]:
    """Every living process that was started for this data directory, and its command line."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
            ours = f"DUNWATCH_DATA_DIR={data_dir}".encode() in (process / "environ").read_bytes().split(b"\0")
            postgres = str(data_dir).encode() in (process / "cmdline").read_bytes()
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # gone in the meantime
            continue
        if state != "Z" and (ours or postgres):
            found[int(process.name)] = words
    return found


class Served:
    """One run of `dunwatch serve`."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.base = f"http://127.0.0.1:{port}"
        self._log = data_dir.parent / "serve.log"
        environment = os.environ | {
            "DUNWATCH_DATA_DIR": str(data_dir),
            "DUNWATCH_PORT": str(port),
            "DUNWATCH_POLL_SECONDS": "0.05",
            "DUNWATCH_REPLICA_MAP_GIB": "1",
            "DUNWATCH_LOG_FORMAT": "json",
        }
        environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "serve"], env=environment, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        """Everything it and its children printed."""
        return self._log.read_text()

    def ready(self) -> dict[str, Any] | None:
        """What `/readyz` says, once it says that look-ups and reports are served."""
        assert self._process.poll() is None, self.said
        try:
            answer = httpx.get(f"{self.base}/readyz", timeout=2)
        except httpx.HTTPError:
            return None
        state: dict[str, Any] = answer.json()
        return state if answer.status_code == 200 and state["reports"] == "ok" else None

    def child(self, *words: str) -> int | None:
        """Process id of the child that runs a command."""
        wanted = f"service.commands.child {' '.join(words)}"
        found = [pid for pid, command in processes_of(self.data_dir).items() if wanted in command]
        return min(found) if found else None

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(DEADLINE_SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever went wrong."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pid in processes_of(self.data_dir):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Callable[[], Served]]:
    """Start the service on this test's data directory."""
    runs: list[Served] = []
    port = free_port()

    def start() -> Served:
        runs.append(Served(data_dir, port))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


def test_one_command_starts_mends_and_ends_everything(serve: Callable[[], Served], data_dir: Path) -> None:
    first = serve()
    wait_for(first.ready)
    key = re.search(r"dw_key_\S+", first.said)
    assert key is not None, first.said
    authorised = {"Authorization": f"Bearer {key[0]}"}
    address = f"{first.base}/v1/numbers/19790001234"
    wait_for(lambda: httpx.get(address, headers=authorised).status_code == 200)
    for path in ("/docs", "/openapi.json", "/metrics", "/healthz"):
        assert httpx.get(f"{first.base}{path}").status_code == 200, path

    _every_child_is_started_again(first)
    wait_for(first.ready)
    wait_for(lambda: httpx.get(address, headers=authorised).status_code == 200)

    assert first.interrupt() == 0, first.said
    assert processes_of(data_dir) == {}, first.said
    assert EmbeddedPostgres(data_dir / "postgres").pid() is None
    assert "Traceback" not in first.said

    second = serve()
    wait_for(second.ready)
    assert "dw_key_" not in second.said
    assert httpx.get(address, headers=authorised).status_code == 200
    assert second.interrupt() == 0
    assert processes_of(data_dir) == {}


def _every_child_is_started_again(served: Served) -> None:
    commands = (("follow",), ("score", "--watch"), ("api",))
    killed = {words: wait_for(partial(served.child, *words)) for words in commands}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    for words, before in killed.items():
        after = wait_for(partial(_another, served, words, before))
        assert after != before


def _another(served: Served, words: tuple[str, ...], before: int) -> int | None:
    pid = served.child(*words)
    return pid if pid != before else None
