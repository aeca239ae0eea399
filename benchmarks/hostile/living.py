"""A whole `dunwatch serve`: its processes by what they do, and its next start when it ends, as systemd would make it."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import orjson

from benchmarks.host import tree_below
from benchmarks.hostile.attacked import answers, prepare
from benchmarks.ports import free_port
from benchmarks.rig import Rig, children, dunwatch, run, wait_until
from service.embedded_postgres import EmbeddedPostgres

RESTART_SECONDS = 0.5  # as in deploy/systemd
LOOK_SECONDS = 0.05
START_SECONDS = 120.0
SUPERVISOR, DATABASE, BACKEND, API, API_WORKER = "supervisor", "database", "backend", "api", "API worker"
#: The words of a process's command line, and what it is called here.
CHILDREN = {"api": API, "answer-lookups": "look-ups", "follow": "follower", "score": "scorer",
            "export-worker": "exporter", "upkeep": "upkeep"}  # fmt: skip
#: A crowd that reports as fast as it can is not what these measure the limits of.
UNLIMITED = {
    "report_limit_per_hour": 10**9,
    "request_limit_per_second": 10**6,
    "lookup_limit_per_second": 10**6,
}


@dataclass(slots=True)
class Host:
    """A host that serves a data directory."""

    rigged: Rig
    port: int
    lookup_port: int
    partner: str = ""
    key: str = ""
    tokens: Sequence[str] = ()
    starts: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Environment of its commands, whose metrics are its own."""
        environment = self.rigged.process_environment
        return {name: value for name, value in environment.items() if name != "PROMETHEUS_MULTIPROC_DIR"}

    def begin(self) -> None:
        """Start it, and again whenever it ends, until `end`."""
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End everything at once, as a power cut would."""
        if self._thread is None or self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        if self._process is not None:
            self._process.kill()
        kill([*self.of_its_directory()])
        self.rigged.postgres.kill()
        if self._process is not None:
            self._process.wait()

    def below(self) -> set[int]:
        """The processes of this host, the database's among them."""
        roots = [self._process.pid] if self._process is not None else []
        postmaster = self.rigged.postgres.pid()
        return {pid for root in [*roots, *([postmaster] if postmaster else [])] for pid in tree_below(root)}

    def of_its_directory(self) -> set[int]:
        """The living processes that were started with this host's data directory, PostgreSQL's not among them."""
        found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return {pid for pid in found if _is_ours(pid, self.rigged.directory) and _command(pid)}

    def strays(self) -> list[int]:
        """Processes that were started for this host and have lost their supervisor."""
        return sorted(self.of_its_directory() - self.below())

    def processes(self) -> Mapping[str, list[int]]:
        """The living processes by what they do; empty while there is no supervisor."""
        found: dict[str, list[int]] = defaultdict(list)
        process = self._process
        if process is None or process.poll() is not None:
            return found
        found[SUPERVISOR] = [process.pid]
        for child in children(process.pid):
            if (name := _name_of(child)) is not None:
                found[name].append(child)
            if name == API:
                found[API_WORKER] += [pid for pid in children(child) if _name_of(pid) == API]
        if (postmaster := self.rigged.postgres.pid()) is not None:
            found[DATABASE] = [postmaster]
            found[BACKEND] = [
                pid for pid in tree_below(postmaster) if b"postgres dunwatch" in b" ".join(_command(pid))
            ]
        return found

    def is_ready(self) -> bool:
        """Whether it says that look-ups are answered and that reports are taken."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(orjson.loads(answer.read())["reports"] == "ok")
        except (URLError, OSError, ValueError):
            return False

    def _keep_running(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._process is None or self._process.poll() is not None:
                if self.starts and self._over.wait(RESTART_SECONDS):
                    return
                self.starts += 1
                self._process = subprocess.Popen(
                    dunwatch("serve"),
                    env=self.environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )


@contextmanager
def living(directory: Path | None = None, **settings: object) -> Iterator[Host]:
    """Yield a host that is ready, with keys of a partner and an app, and reporters; a directory of its own goes with it."""
    with host(directory, **settings) as one:
        one.begin()
        wait_until(lambda: one.is_ready() and answers(one.lookup_port), seconds=START_SECONDS)
        one.partner, one.key, one.tokens = run(lambda: prepare(one.rigged))
        time.sleep(1)  # until the key is in the replica
        yield one


@contextmanager
def host(directory: Path | None = None, **settings: object) -> Iterator[Host]:
    """Yield a host that is not started yet; it is ended in any case."""
    place = directory or Path(tempfile.mkdtemp(prefix="dunwatch-bench-"))
    place.chmod(0o755)
    port, lookup_port = free_port(), free_port()
    ports = {"port": port, "lookup_port": lookup_port}
    values = {"log_format": "json", "data_dir": place, **ports, **UNLIMITED, **settings}
    environment = {f"DUNWATCH_{name.upper()}": str(value) for name, value in values.items()}
    one = Host(Rig(place, EmbeddedPostgres(place / "postgres"), environment), port, lookup_port)
    try:
        yield one
    finally:
        one.end()
        if directory is None:
            shutil.rmtree(place, ignore_errors=True)


def kill(pids: Sequence[int]) -> None:
    """Kill processes at once."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> list[bytes]:
    """The words of a living process's command line."""
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
            return []
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _name_of(pid: int) -> str | None:
    words = [word.decode(errors="replace") for word in _command(pid)]
    module = "service.commands.child"
    return CHILDREN.get(words[words.index(module) + 1]) if module in words else None


def _is_ours(pid: int, directory: Path) -> bool:
    """Whether a process that was seen below the host is still it, and not another one of the same id."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"DUNWATCH_DATA_DIR={directory}".encode() in environment
