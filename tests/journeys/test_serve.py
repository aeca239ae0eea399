"""`dunwatch serve`: one command starts everything, restarts what dies, and ends all of it."""

import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from benchmarks.ports import free_port
from service.embedded_postgres import EmbeddedPostgres
from tests.served import Served, processes_of
from tests.waiting import wait_for


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that PostgreSQL's unprivileged user can reach, also when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


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
    assert len(re.findall(r"dw_key_", second.said)) == 1  # the first start's
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
