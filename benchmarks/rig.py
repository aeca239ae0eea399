"""What the benchmarks share: a durable PostgreSQL of their own, servers on loopback, wrk, medians."""

import asyncio
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg

from service.database import Database, open_database
from service.embedded_postgres import EmbeddedPostgres
from service.host.supervisor import running_database
from service.settings import Settings

Value = TypeVar("Value")

ROUNDS = 5
SECONDS = 4
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the table: what was measured, the floor, what came out, and how."""

    what: str
    floor: str
    measured: str
    is_met: bool
    detail: str


@dataclass(slots=True)
class Rig:
    """A scratch data directory with a running, migrated, fully durable PostgreSQL."""

    directory: Path
    postgres: EmbeddedPostgres
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Settings of every process of this rig."""
        values: dict[str, Any] = {
            name.removeprefix("DUNWATCH_").lower(): value for name, value in self.environment.items()
        }
        return Settings(**values)

    @property
    def process_environment(self) -> dict[str, str]:
        """Environment of a process of this rig."""
        return {**os.environ, **self.environment}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""

        async def fetch() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(self.postgres.url())
            try:
                return [tuple(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def column(self, query: str) -> list[Any]:
        """The first column of a query's rows."""
        return [row[0] for row in self.rows(query)]

    def scalar(self, query: str) -> int:
        """One count from the database."""
        return int(self.column(query)[0])

    def database(self) -> Database:
        """A database of the benchmark's own process."""
        return open_database(self.settings)


@contextmanager
def rig(**settings: object) -> Iterator[Rig]:
    """A rig that is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="dunwatch-bench-"))
    directory.chmod(0o755)
    environment = {
        "DUNWATCH_DATA_DIR": str(directory),
        **{f"DUNWATCH_{name.upper()}": str(value) for name, value in settings.items()},
    }
    rigged = Rig(directory, EmbeddedPostgres(directory / "postgres"), environment)
    (directory / "metrics").mkdir()
    try:
        with running_database(rigged.settings):  # held here, or a command that ends would stop the server
            yield rigged
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, port: int | None = None
) -> Iterator[int]:
    """A process of this rig, stopped by its own id; with a port, waited for until it answers. Gives its id."""
    metrics = Path(environment["DUNWATCH_DATA_DIR"]) / "metrics"
    process = subprocess.Popen(
        command,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if port is not None:
            _wait_for(port, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def dunwatch(*arguments: str) -> list[str]:
    """The command line of a `dunwatch` process."""
    return [sys.executable, "-m", "service.cli", *arguments]


def bare(target: str, port: int) -> list[str]:
    """A granian with one worker for a bare application, set up as `dunwatch api` sets up its own."""
    return [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--no-ws", "--workers", "1",
            "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", target]  # fmt: skip


def wrk(port: int, script: Path, *, seconds: int = SECONDS, connections: int = CONNECTIONS) -> float:
    """Requests a second with one wrk thread; every answer must be a success."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    output = subprocess.run(
        [program, "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(script), f"http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk saw failures:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(output)
    return float(found[1])


def in_turns(*measure: Callable[[], float], rounds: int = ROUNDS) -> list[list[float]]:
    """Each measurement once a round, so that a noisy minute touches all alike; one warm-up round besides."""
    for one in measure:
        one()
    series: list[list[float]] = [[] for _ in measure]
    for _ in range(rounds):
        for values, one in zip(series, measure, strict=True):
            values.append(one())
    return series


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


@dataclass(frozen=True, slots=True)
class Memory:
    """The most that a command took, in MB: alone, and together with the PostgreSQL it works on."""

    alone: float
    with_server: float


def run_measured(rigged: Rig, command: Sequence[str]) -> Memory:
    """Run a command to its end. Memory is the proportional set size, in which shared pages count once."""
    process = subprocess.Popen(command, env=rigged.process_environment, stderr=subprocess.DEVNULL)
    alone = together = 0.0
    while process.poll() is None:
        mine = memory_mb(process.pid)
        server = rigged.postgres.pid() or 0
        alone = max(alone, mine)
        together = max(together, mine + sum(map(memory_mb, [server, *children(server)])))
        time.sleep(0.25)
    if process.returncode:
        raise RuntimeError(f"{command} ended with status {process.returncode}")
    return Memory(alone, together)


def memory_mb(pid: int) -> float:
    """The proportional set size of a process, in MB; 0 once it has ended."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:  # ended meanwhile
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def wait_until(is_done: Callable[[], object], *, seconds: float = 600) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"no answer on port {port}; status {process.poll()}")


def run(work: Callable[[], Coroutine[None, None, Value]]) -> Value:
    """Run a coroutine function to its end."""
    return asyncio.run(work())
