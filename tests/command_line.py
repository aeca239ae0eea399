"""How tests run `dunwatch`: every command in a process of its own, on the test's own data directory and database."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Final, Self

from service.settings import Settings
from tests.forking import Order
from tests.places import ROOT

COMMAND: Final = (sys.executable, "-m", "service.cli")
MOST_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Results and words together."""
        return self.stdout + self.stderr


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings of a test as another process reads them."""
    return {
        "DUNWATCH_DATA_DIR": str(settings.data_dir),
        "DUNWATCH_DATABASE_URL": settings.database_url or "",
        "DUNWATCH_REPLICA_MAP_GIB": str(settings.replica_map_gib),
        "DUNWATCH_POLL_SECONDS": str(settings.poll_seconds),
    }


class Forking:
    """The process that forks commands (`tests.forking`); they run one after the other."""

    def __init__(self) -> None:
        self._streams = tempfile.TemporaryDirectory(prefix="dunwatch-test-")
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()
        self._streams.cleanup()

    def run(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        *,
        given: bytes = b"",
        program: str = "service.cli",
    ) -> Ended:
        """Run the `main` of a module to its end, killed where it takes too long."""
        places = {name: Path(self._streams.name, name) for name in ("stdin", "stdout", "stderr")}
        for place, content in zip(places.values(), (given, b"", b""), strict=True):
            place.write_bytes(content)
        order: Order = {
            "program": program,
            "arguments": arguments,
            "environment": dict(environment),
            "stdin": str(places["stdin"]),
            "stdout": str(places["stdout"]),
            "stderr": str(places["stderr"]),
        }
        process = int(self._answer(json.dumps(order) + "\n"))
        timer = Timer(MOST_SECONDS, _kill, (process,))
        timer.start()
        status = int(self._answer(""))
        timer.cancel()
        return Ended(status, places["stdout"].read_text("utf-8"), places["stderr"].read_text("utf-8"))

    def _answer(self, order: str) -> str:
        if self._process is None:
            command = [sys.executable, "-m", "tests.forking"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=_inherited(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order)
        self._process.stdin.flush()
        return self._process.stdout.readline()


class Dunwatch:
    """Runs commands with the variables that are given here."""

    def __init__(self, forking: Forking, variables: Mapping[str, str]) -> None:
        self._forking = forking
        self.environment = _inherited() | dict(variables)

    def __call__(self, *arguments: object, given: bytes = b"", **variables: str) -> Ended:
        """Run a command to its end."""
        return self._forking.run(list(map(str, arguments)), self.environment | variables, given=given)

    def from_scratch(
        self, *arguments: object, given: bytes = b"", umask: int = -1, **variables: str
    ) -> Ended:
        """Run a command to its end in an interpreter of its own, for tests of how that starts."""
        ended = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=given,
            env=self.environment | variables,
            umask=umask,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def run_program(self, module: str) -> Ended:
        """Run the `main` of another module to its end."""
        return self._forking.run([], self.environment, program=module)

    def started(self, *arguments: object) -> subprocess.Popen[bytes]:
        """A command that goes on in the background."""
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")}


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
