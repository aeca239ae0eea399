"""What each process of `dunwatch serve` loads: a library that one does not use costs it memory and a slower start."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from benchmarks.ports import free_port

DEADLINE_SECONDS = 120
HEAVY = {
    "PIL", "alembic", "cryptography", "fastapi", "icalendar", "numpy", "obstore", "pyarrow", "reportlab", "scipy",
    "sklearn", "sqlalchemy", "starlette", "xlsxwriter", "yaml",
}  # fmt: skip
#: What a process needs, by its command: signatures and sealing, evidence, the web, the catalogue.
NEEDED = {
    "api": {"cryptography", "fastapi", "obstore", "starlette", "yaml"},
    "answer-lookups": set[str](),
    "follow": set[str](),
    "score --watch": set[str](),
    "export-worker": {"cryptography"},
    "upkeep": {"cryptography", "obstore"},
}


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """The environment of a process on a database of its own."""
    chosen = {
        "DUNWATCH_DATA_DIR": str(tmp_path / "data"),
        "DUNWATCH_DATABASE_URL": database_url,
        "DUNWATCH_PORT": str(free_port()),
        "DUNWATCH_REPLICA_MAP_GIB": "1",
    }
    return {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"} | chosen


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` is true."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)


def catches_sigterm(pid: int) -> bool:
    """Whether a process has begun its work, before which it lets SIGTERM end it."""
    caught = re.search(r"^SigCgt:\s+(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def answers(port: str) -> bool:
    with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=DEADLINE_SECONDS):
        return True
    return False


@pytest.mark.parametrize("command", NEEDED)
def test_a_process_loads_no_library_that_it_does_not_use(environment: dict[str, str], command: str) -> None:
    """While it starts and does its work once; a graceful end shows that it has come so far."""
    imports = [sys.executable, "-X", "importtime", "-m", "service.commands.child", *command.split()]
    log = Path(environment["DUNWATCH_DATA_DIR"]).with_name("log")
    with log.open("wb") as stderr:
        process = subprocess.Popen(imports, env=environment, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        if command == "api":
            follower = subprocess.Popen([*imports[:1], *imports[3:5], "follow"], env=environment)
            wait_for(lambda: answers(environment["DUNWATCH_PORT"]))
            follower.terminate()
            follower.wait(DEADLINE_SECONDS)
        wait_for(lambda: process.poll() is not None or catches_sigterm(process.pid))
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) == 0, log.read_text()
    finally:
        process.kill()
    loaded = set(re.findall(r"^import time:.*\| +(\w+)$", log.read_text(), re.MULTILINE))
    assert loaded >= {"structlog"}
    assert ("asyncpg" in loaded) is (command != "answer-lookups")
    assert loaded & HEAVY == NEEDED[command]


def test_the_supervisor_only_watches(environment: dict[str, str]) -> None:
    """What it checks and migrates at the start is done in processes that have ended by then."""
    without = [
        word for name in ("follower", "scorer", "exporter", "upkeep", "api") for word in ("--without", name)
    ]
    log = Path(environment["DUNWATCH_DATA_DIR"]).with_name("log")
    with log.open("wb") as stderr:
        command = [sys.executable, "-m", "service.cli", "serve", *without]
        process = subprocess.Popen(command, env=environment, stderr=stderr)
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_for(lambda: "API key" in log.read_text() and not children.read_text().strip())
        mapped = set(re.findall(r"/site-packages/(\w+)", Path(f"/proc/{process.pid}/maps").read_text()))
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_SECONDS) == 0, log.read_text()
    finally:
        process.kill()
    assert "pydantic_core" in mapped
    assert not mapped & (HEAVY | {"asyncpg"})
