"""Whatever goes wrong while settings are read again, the supervisor goes on with what runs."""

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from benchmarks.ports import free_port
from service.host.child import Accepting, Child, Run
from service.host.crew import Plan
from service.host.supervisor import Supervisor
from service.settings import Settings
from tests.waiting import wait_for


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """What is logged by the supervisor and about its processes."""
    logger = CapturingLogger()
    for module in ("crew", "listener", "child", "supervisor", "pause"):
        monkeypatch.setattr(f"service.host.{module}.log", logger)
    return logger


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a host whose database is elsewhere."""
    return Settings(data_dir=tmp_path, port=free_port(), database_url="postgresql://nobody@127.0.0.1:1/none")


@pytest.fixture
def watching(settings: Settings, logged: CapturingLogger, started: list[Run]) -> Iterator[Supervisor]:
    """A supervisor whose processes only wait."""
    supervisor = Supervisor(settings, check_files=lambda: 0, prepare_database=lambda: 0)
    supervisor.is_migrated = True
    supervisor._crew.open_sockets()
    supervisor._crew.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        assert all(run.is_gone() for run in started)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Every run that was started; those that accept connections say at once that they do."""
    runs: list[Run] = []
    waits = "import os, sys, time; len(sys.argv) > 2 and os.write(int(sys.argv[2].split(',')[2]), b'.'); time.sleep(60)"

    def start(_: Child, environment: dict[str, str], accepting: Accepting | None) -> Run:
        runs.append(Run([sys.executable, "-S", "-c", waits], environment, accepting))
        return runs[-1]

    monkeypatch.setattr(Child, "_start", start)
    return runs


def tell(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the check of new settings print this."""
    real = subprocess.Popen

    def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        if command[-1] == "check":
            command = [sys.executable, "-S", "-c", f"print({text!r})"]
        return real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)


def plan(settings: Settings, **changed: object) -> str:
    return json.dumps({"plan": asdict(Plan.of(settings)) | changed, "environment": {}})


def reload(supervisor: Supervisor) -> None:
    """Ask for new processes and go on until that is over."""
    supervisor._ask_to_reload(signal.SIGHUP, None)
    supervisor._watch()
    wait_for(lambda: supervisor._watch() or supervisor._reloading is None)  # type: ignore[func-returns-value]


def test_newer_code_may_tell_more_than_this_code_knows(
    watching: Supervisor,
    settings: Settings,
    started: list[Run],
    logged: CapturingLogger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = list(started)
    tell(monkeypatch, plan(settings, followers=2))
    reload(watching)
    assert "all processes are replaced" in str(logged.calls)
    wait_for(lambda: watching._watch() or all(run.is_gone() for run in before))  # type: ignore[func-returns-value]


@pytest.mark.parametrize("told", ["", "not JSON", "[]", "{}", '{"plan": {"host": "x"}, "environment": {}}'])
def test_what_cannot_be_understood_changes_nothing(
    watching: Supervisor,
    started: list[Run],
    logged: CapturingLogger,
    monkeypatch: pytest.MonkeyPatch,
    told: str,
) -> None:
    before = list(started)
    tell(monkeypatch, told)
    reload(watching)
    assert "the new settings are not used" in str(logged.calls)
    assert started == before
    assert not any(run.has_died() for run in before)


def test_processes_that_do_not_come_up_leave_the_schema_of_the_new_code_and_it_is_said(
    watching: Supervisor, settings: Settings, logged: CapturingLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Child, "next_has_died", lambda _: True)
    tell(monkeypatch, plan(settings))
    reload(watching)
    told = str(logged.calls)
    assert "the new processes did not come up" in told
    assert "the schema that the new code has brought up to date" in told


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("service.host.supervisor.tempfile.TemporaryFile", fail)


def no_process_for_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", fail)


def no_process_for_the_second_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, real = [], Child.start_next

    def start(self: Child, *arguments: Any) -> None:
        starts.append(self)
        if len(starts) == 2:
            raise OSError(errno.EMFILE, "Too many open files")
        real(self, *arguments)

    monkeypatch.setattr(Child, "start_next", start)


@pytest.mark.parametrize(
    "trouble",
    [full_disk, no_process_for_the_check, no_process_for_the_second_successor],
    ids=lambda trouble: trouble.__name__,
)
def test_a_system_that_has_nothing_left_ends_no_supervisor(
    watching: Supervisor,
    settings: Settings,
    started: list[Run],
    logged: CapturingLogger,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[pytest.MonkeyPatch], None],
) -> None:
    before, ports = list(started), watching._crew.ports()
    tell(monkeypatch, plan(settings, lookup_port=free_port()))
    trouble(monkeypatch)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    reload(watching)
    assert "the new settings are not used" in str(logged.calls)
    assert not any(run.has_died() for run in before)
    assert all(run.is_gone() for run in started if run not in before)
    assert watching._crew.ports() == ports
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors


def test_a_supervisor_that_stops_meanwhile_leaves_no_successor(
    watching: Supervisor, settings: Settings, started: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(started)
    monkeypatch.setattr(Child, "next_is_ready", lambda _: False)
    tell(monkeypatch, plan(settings))
    watching._ask_to_reload(signal.SIGHUP, None)
    wait_for(lambda: watching._watch() or len(started) > before)  # type: ignore[func-returns-value]
    reloading = watching._reloading
    assert reloading is not None
    reloading.close()
    assert all(run.is_gone() for run in started[before:])


@pytest.mark.parametrize("step", ["_migrate", "_keep_running"])
def test_a_shortage_in_any_step_leaves_the_others_to_go_on(
    watching: Supervisor,
    started: list[Run],
    logged: CapturingLogger,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def fail(*_arguments: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    for name in ("_migrate", "_keep_running"):
        monkeypatch.setattr(watching, name, fail if name == step else lambda *_: None)
    monkeypatch.setattr(watching, "is_migrated", False)
    monkeypatch.setattr(watching, "_postgres", object())
    started[-1].kill()
    before = len(started)
    for _ in range(3):
        watching._watch()
    assert len(started) == before + 1, "what died is started again"
    assert str(logged.calls).count("lacks what it needs") == 1
    monkeypatch.setattr(watching, "_postgres", None)
