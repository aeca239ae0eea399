"""One run of `dunwatch serve` in processes of its own, for journeys."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

DEADLINE_SECONDS = 30


def processes_of(data_dir: Path) -> dict[int, str]:
    """Every living process that was started for this data directory, and its command line, the oldest first.

    Their ids do not say which is older: the system begins again with small ones.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, *numbers = (process / "stat").read_text().rsplit(")", 1)[1].split()
            ours = f"DUNWATCH_DATA_DIR={data_dir}".encode() in (process / "environ").read_bytes().split(b"\0")
            postgres = str(data_dir).encode() in (process / "cmdline").read_bytes()
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # gone in the meantime
            continue
        if state != "Z" and (ours or postgres):
            found.append((int(numbers[18]), int(process.name), words))  # when it was started, in ticks
    return {pid: words for _, pid, words in sorted(found)}


class Served:
    """One run of `dunwatch serve`."""

    def __init__(self, data_dir: Path, port: int, settings: Mapping[str, str] = {}) -> None:
        self.data_dir = data_dir
        self.port = port
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
        environment |= settings
        environment = {name: value for name, value in environment.items() if value}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "serve"], env=environment, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        """Everything it, its children and earlier runs on the same directory printed."""
        return self._log.read_text()

    def ready(self) -> dict[str, Any] | None:
        """What `/readyz` says, once it says that look-ups and reports are served."""
        assert self.process.poll() is None, self.said[-3000:]
        try:
            answer = httpx.get(f"{self.base}/readyz", timeout=2)
        except httpx.HTTPError:
            return None
        state: dict[str, Any] = answer.json()
        return state if answer.status_code == 200 and state["reports"] == "ok" else None

    def key(self) -> str:
        """The first API key, which the first start prints."""
        found = re.search(r"dw_key_\S+", self.said)
        assert found is not None, self.said
        return found[0]

    def children(self, *words: str) -> list[int]:
        """Process ids of the child that runs a command, and of its workers, the oldest first."""
        wanted = f"service.commands.child {' '.join(words)}"
        return [pid for pid, command in processes_of(self.data_dir).items() if wanted in command]

    def child(self, *words: str) -> int | None:
        """Process id of the child that runs a command."""
        return next(iter(self.children(*words)), None)

    def reload(self) -> None:
        """Ask for new settings and new processes."""
        self.process.send_signal(signal.SIGHUP)

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE_SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever went wrong."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in processes_of(self.data_dir):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
