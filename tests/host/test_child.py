"""One process of `dunwatch serve`: what is gone holds nothing and is signalled never again, and what died comes back."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from service.host import child as children
from service.host.child import Accepting, Child, Run
from service.host.parent import end_with_parent
from tests.waiting import DEADLINE_SECONDS, wait_for

#: A command that ends, and leaves a worker in its group that stays whatever it is asked.
ORPHANED = """
import os, signal, sys, time
if os.fork():
    while not os.path.exists(sys.argv[1]): time.sleep(0.01)
    os._exit(1)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
time.sleep(60)
"""


@pytest.fixture
def accepting() -> Iterator[Accepting]:
    """A socket and a lifeline."""
    lifeline, end = os.pipe()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield Accepting(listener, lifeline)
    os.close(lifeline)
    os.close(end)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """What is logged about a process."""
    logger = CapturingLogger()
    monkeypatch.setattr(children, "log", logger)
    return logger


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def command_of(monkeypatch: pytest.MonkeyPatch, *command: str) -> list[Run]:
    """Let every child run this command; returns the list of what is started."""
    started: list[Run] = []

    def start(_: Child, environment: dict[str, str], accepting: Accepting | None) -> Run:
        started.append(Run(command, environment, accepting))
        return started[-1]

    monkeypatch.setattr(Child, "_start", start)
    return started


def test_a_process_that_dies_again_and_again_leaves_nothing_open(
    accepting: Accepting, monkeypatch: pytest.MonkeyPatch, logged: CapturingLogger
) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE_SECONDS", 0.0)
    started = command_of(monkeypatch, "/bin/false")
    child = Child("api", [], accepting=accepting)
    before = open_files()
    child.start({})
    while len(started) < 12:
        started[-1].process.wait(DEADLINE_SECONDS)
        child.keep_running({})
    started[-1].process.wait(DEADLINE_SECONDS)
    wait_for(started[-1].is_gone)
    assert open_files() <= before + 1
    assert len(child._ending) <= 1
    assert "a process died" in str(logged.calls)


def test_what_dies_while_its_successor_comes_up_comes_back_at_its_own_address(
    accepting: Accepting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE_SECONDS", 0.0)
    places: list[Accepting | None] = []

    def start(_: Child, environment: dict[str, str], place: Accepting | None) -> Run:
        places.append(place)
        return Run(["/bin/sleep", "60"], environment, None)

    monkeypatch.setattr(Child, "_start", start)
    child = Child("api", [], accepting=accepting)
    other = Accepting(accepting.listener, accepting.lifeline)
    child.start({})
    child.start_next(other, {})
    assert child._run is not None
    child._run.kill()
    child.keep_running({})
    child.drop_next()
    child._run.kill()
    child.keep_running({})
    child.start_next(other, {})
    child.take_next()
    child._run.kill()
    child.keep_running({})
    child.ask_to_end()
    wait_for(child.has_ended)
    assert places == [accepting, other, accepting, accepting, other, other]


def test_a_run_that_is_gone_is_never_signalled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(["/bin/true"], {}, None)
    run.process.wait(DEADLINE_SECONDS)
    wait_for(run.is_gone)
    sent: list[tuple[int, int]] = []
    # the number belongs to somebody else by now
    monkeypatch.setattr(os, "killpg", lambda group, number: sent.append((group, number)))
    run.end()
    assert run.has_ended()
    run.kill()
    assert sent == []


@pytest.mark.parametrize("dies", ["before", "after"])
def test_workers_without_their_process_are_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    sent: list[int] = []
    send = os.killpg

    def note(group: int, number: int) -> None:
        if number:
            sent.append(number)
        send(group, number)

    monkeypatch.setattr(os, "killpg", note)
    run = Run([sys.executable, "-S", "-c", ORPHANED, str(tmp_path / "there")], {}, None)
    try:
        if dies == "after":
            wait_for((tmp_path / "there").exists)
            run.end()
        run.process.wait(DEADLINE_SECONDS)
        for _ in range(5):
            run.end()
            assert not run.has_ended()
        assert sent == [signal.SIGTERM]
    finally:
        run.kill()
    assert sent == [signal.SIGTERM, signal.SIGKILL]


FAILURES = [
    OSError(errno.EAGAIN, "no process"),
    OSError(errno.ENOMEM, "no memory"),
    OSError(errno.EMFILE, "no descriptor"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: errno.errorcode[failure.errno])
@pytest.mark.parametrize("place", ["subprocess.Popen", "os.pipe"])
def test_a_process_that_cannot_be_started_is_tried_again_with_growing_pauses(
    accepting: Accepting,
    monkeypatch: pytest.MonkeyPatch,
    logged: CapturingLogger,
    failure: OSError,
    place: str,
) -> None:
    now, tries = 100.0, []

    def fail(*_arguments: object, **_options: object) -> None:
        tries.append(now)
        raise failure

    monkeypatch.setattr(children.time, "monotonic", lambda: now)  # type: ignore[attr-defined]
    before = open_files()
    with monkeypatch.context() as patched:
        patched.setattr(f"service.host.child.{place}", fail)
        child = Child("api", [], accepting=accepting)
        child.start({})
        for _ in range(300):
            now += 0.1
            child.keep_running({})
    assert open_files() == before
    assert 6 < len(tries) < 12
    assert "could not be started" in str(logged.calls)
    started = command_of(monkeypatch, "/bin/true")
    now += 10
    child.keep_running({})
    assert len(started) == 1
    started[0].kill()


def test_a_process_ends_with_its_supervisor_also_before_it_could_see_to_that_itself() -> None:
    supervisor = (
        "import os, sys; from service.host.child import Run;"
        "run = Run([sys.executable, '-c', 'import time; time.sleep(60)'], dict(os.environ), None);"
        "print(run.process.pid, flush=True); os._exit(0)"
    )
    told = subprocess.run(
        [sys.executable, "-c", supervisor], stdout=subprocess.PIPE, check=True, timeout=DEADLINE_SECONDS
    )
    process = Path(f"/proc/{int(told.stdout)}/stat")
    wait_for(lambda: not process.exists() or process.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_a_process_whose_parent_is_gone_already_ends_at_once() -> None:
    for parent, status in ((os.getpid(), 0), (os.getpid() + 1, 1)):
        pid = os.fork()
        if not pid:
            end_with_parent(parent)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status
