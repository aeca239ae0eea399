"""What a host costs before it serves its first request: the memory of an idle service, and its start."""

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ports import free_port
from benchmarks.rig import Measurement, dunwatch, memory_mb, running
from service.embedded_postgres import EmbeddedPostgres

STARTS = 5
IDLE_SECONDS = 10  # what is left of starting is over by then
MOST_MB = 450.0
MOST_SECONDS = 3.5


def measure() -> list[Measurement]:
    """Measure the proportional set size of all processes of an idle `dunwatch serve`, and the seconds of its start."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-bench-") as directory:
        Path(directory).chmod(0o755)
        environment = {**os.environ, "DUNWATCH_DATA_DIR": directory, "DUNWATCH_PORT": str(free_port())}
        environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
        with _serving(environment):  # the first start makes the database and the keys
            subprocess.run(dunwatch("demo"), env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds: list[float] = []
        memory: dict[str, float] = {}
        for _ in range(STARTS):
            with _serving(environment) as (pid, started_in):
                seconds.append(started_in)
                if len(seconds) == STARTS:
                    memory = _idle_memory(pid, Path(directory))
    return [_memory(memory), _start(seconds)]


def _memory(memory: dict[str, float]) -> Measurement:
    total = sum(memory.values())
    return Measurement(
        what="memory of an idle `dunwatch serve`, all processes, PSS",
        floor=f"≤ {MOST_MB:.0f} MB",
        measured=f"{total:.0f} MB",
        is_met=total <= MOST_MB,
        detail=", ".join(f"{name} {mb:.0f}" for name, mb in sorted(memory.items(), key=lambda one: -one[1])),
    )


def _start(seconds: Sequence[float]) -> Measurement:
    start = statistics.median(seconds)
    return Measurement(
        what="start of `dunwatch serve` to ready, data present",
        floor=f"≤ {MOST_SECONDS:g} s",
        measured=f"{start:.2f} s",
        is_met=start <= MOST_SECONDS,
        detail=f"{STARTS} starts: {min(seconds):.2f} to {max(seconds):.2f} s",
    )


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[int, float]]:
    """Yield the process id of a `dunwatch serve` that is ready, and the seconds that its start took."""
    begun = time.perf_counter()
    with running(dunwatch("serve"), environment, port=int(environment["DUNWATCH_PORT"])) as pid:
        yield pid, time.perf_counter() - begun


def _idle_memory(supervisor: int, data: Path) -> dict[str, float]:
    """Return the MB of each command; PostgreSQL's processes, which have left the supervisor's tree, count together."""
    time.sleep(IDLE_SECONDS)
    postmaster = EmbeddedPostgres(data / "postgres").pid() or 0
    memory: dict[str, float] = {}
    for pid in tree_below(supervisor) | tree_below(postmaster):
        name = _name_of(pid)
        memory[name] = memory.get(name, 0.0) + memory_mb(pid)
    return memory


def tree_below(root: int) -> set[int]:
    """Return the process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text()
            except OSError:  # ended meanwhile
                continue
            found = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
            parents[int(entry.name)] = int(found[1]) if found else 0
    tree, found_more = {root}, True
    while found_more:
        below = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree, found_more = tree | below, bool(below)
    return tree


def _name_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return "ended"
    for module in ("service.cli", "service.commands.child"):
        if module in words:
            return words[words.index(module) + 1]
    return "postgres" if "postgres" in words[0] else "other"
