"""Look-ups while processes are killed, replaced and attacked: each is answered, at one retry on a new connection at most."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from benchmarks.gaps import PATH, Asked, Caller, asking
from benchmarks.ports import free_port
from tests.served import Served, processes_of
from tests.waiting import DEADLINE_SECONDS, wait_for

CONNECTIONS = 1100
REPORT = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A service whose settings stand in a file."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        file = Path(name) / "settings.env"
        file.write_text("DUNWATCH_SCORERS=1\n")
        run = Served(Path(name) / "data", free_port(), {"DUNWATCH_SETTINGS_FILE": str(file)})
        try:
            wait_for(run.ready)
            wait_for(lambda: _status(run.port, run.key()) == 200)
            yield run
        finally:
            run.end()


@pytest.fixture(autouse=True)
def _whole(served: Served) -> None:
    """Each test begins with the settings of the first and every process there."""
    settings = _file(served)
    if settings.read_text() != "DUNWATCH_SCORERS=1\n":
        settings.write_text("DUNWATCH_SCORERS=1\n")
        _reload(served, "all processes are replaced")
    wait_for(lambda: _is_settled(served, "api") and _is_settled(served, "answer-lookups"))
    wait_for(lambda: len(served.children("follow")) == 1)


def _is_settled(served: Served, name: str) -> bool:
    """Whether a process and the worker that it forked are there, and none of earlier ones."""
    match served.children(name):
        case [process, worker]:
            status = Path(f"/proc/{worker}/status").read_text()
            return f"PPid:\t{process}\n" in status
        case _:
            return False


def _file(served: Served) -> Path:
    return served.data_dir.parent / "settings.env"


def _status(port: int, token: str) -> int:
    authorised = {"Authorization": f"Bearer {token}"}
    try:
        return httpx.get(
            f"http://127.0.0.1:{port}{PATH}", headers=authorised, timeout=DEADLINE_SECONDS
        ).status_code
    except httpx.HTTPError:
        return 0


OUTCOMES = (
    "all processes are replaced",
    "the new settings are not used",
    "the new processes did not come up",
)


def _reload(served: Served, outcome: str) -> None:
    """Ask for new processes and wait for what the log says of it."""
    before = len(served.said)
    served.reload()
    wait_for(lambda: any(one in served.said[before:] for one in OUTCOMES))
    assert outcome in served.said[before:], served.said[before:][-3000:]


@contextmanager
def _asking_everywhere(served: Served) -> Iterator[list[Asked]]:
    """Look-ups at both ports."""
    with (
        asking(served.port, served.key(), a_second=100, callers=2) as one,
        asking(served.port + 1, served.key(), a_second=100, callers=2) as two,
    ):
        yield [one, two]
    for asked in (one, two):
        assert asked.asked > 0
        assert asked.failed == []


#: The command of a process and its place among those that run it, the oldest first.
VICTIMS = {
    "the API's worker": ("api", -1),
    "the API's process": ("api", 0),
    "the look-ups' worker": ("answer-lookups", -1),
    "the look-ups' process": ("answer-lookups", 0),
    "the follower": ("follow", 0),
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_fails_no_look_up(served: Served, victim: str) -> None:
    before = set(processes_of(served.data_dir))
    command, place = VICTIMS[victim]
    pid = wait_for(lambda: served.children(command))[
        place
    ]  # one that is being restarted is away for a moment
    with _asking_everywhere(served):
        os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: set(processes_of(served.data_dir)) - before and pid not in processes_of(served.data_dir)
        )
        wait_for(served.ready)


def test_a_worker_that_is_killed_again_and_again_is_replaced_each_time(served: Served) -> None:
    (process, worker) = served.children("answer-lookups")
    for _ in range(3):
        os.kill(worker, signal.SIGKILL)
        worker = wait_for(partial(_other_worker, served, process, worker))
        wait_for(lambda: _status(served.port + 1, served.key()) == 200)
    assert served.children("answer-lookups") == [process, worker]


def _other_worker(served: Served, process: int, before: int) -> int | None:
    others = set(served.children("answer-lookups")) - {process, before}
    return others.pop() if others else None


def test_a_planned_replacement_fails_no_look_up(served: Served) -> None:
    before = processes_of(served.data_dir)
    ours = {pid for pid, command in before.items() if "service.commands.child" in command}
    _file(served).write_text("DUNWATCH_SCORERS=2\n")
    with _asking_everywhere(served):
        _reload(served, "all processes are replaced")
        wait_for(lambda: not ours & set(processes_of(served.data_dir)))
        wait_for(lambda: len(served.children("score")) == 2)
        wait_for(lambda: len(served.children("follow")) == 1)


def test_another_port_is_opened_before_the_present_one_closes(served: Served) -> None:
    other = free_port()
    _file(served).write_text(f"DUNWATCH_LOOKUP_PORT={other}\n")
    with asking(served.port, served.key()) as asked:
        _reload(served, "all processes are replaced")
        assert _status(other, served.key()) == 200
    assert asked.failed == []
    wait_for(lambda: len(served.children("answer-lookups")) == 2)
    assert _status(served.port + 1, served.key()) == 0


def test_two_requests_for_a_replacement_are_met_one_after_the_other(served: Served) -> None:
    before = served.said.count("all processes are replaced")
    with _asking_everywhere(served):
        begun = served.said.count("the settings are read again")
        served.reload()
        wait_for(lambda: served.said.count("the settings are read again") > begun)
        served.reload()
        wait_for(lambda: served.said.count("all processes are replaced") == before + 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("DUNWATCH_SCORERS=1\nDUNWATCH_SCORER=2\n", "line 2: DUNWATCH_SCORER is not a setting; DUNWATCH_SCORERS exists"),
        ("DUNWATCH_CATALOGUE_DIR=/nowhere/at/all\n", "The rule catalogue cannot be used"),
    ],
    ids=["name", "catalogue"],
)  # fmt: skip
def test_broken_settings_keep_what_runs_and_say_why(served: Served, text: str, reason: str) -> None:
    before = served.children("api")
    _file(served).write_text(text)
    with _asking_everywhere(served):
        _reload(served, "the new settings are not used")
    assert reason in served.said
    assert served.children("api") == before
    os.kill(before[0], signal.SIGKILL)  # what is started now still has the settings that were right
    wait_for(lambda: before[0] not in served.children("api") and len(served.children("api")) == 2)
    wait_for(served.ready)


def test_processes_that_do_not_come_up_leave_their_predecessors_in_place(served: Served) -> None:
    before = served.children("api")
    keys = served.data_dir / "keys"
    seal = (keys / "seal.key").read_bytes()
    (keys / "seal.key").write_bytes(b"broken")
    try:
        with _asking_everywhere(served):
            _reload(served, "the new processes did not come up")
    finally:
        (keys / "seal.key").write_bytes(seal)
    wait_for(lambda: served.children("api") == before)
    wait_for(served.ready)


def test_connections_that_one_address_holds_stop_no_look_up(served: Served) -> None:
    before = served.said.count("a process died")
    for port in (served.port, served.port + 1):
        for sent in (REPORT, b"", b"GET /v1/numbers/1 HTTP/1.1\r\nX: "):
            with _held(port, sent):
                for target in (served.port, served.port + 1):
                    asked = Asked()
                    caller = Caller(target, served.key(), address="127.0.0.2")
                    caller.ask(asked)
                    caller.close()
                    assert (asked.retried, asked.failed) == (0, []), (port, sent, target)
    assert served.said.count("a process died") == before


@contextmanager
def _held(port: int, sent: bytes) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            held = stack.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS)
            )
            held.sendall(sent)
        yield


def test_http2_in_clear_text_is_not_spoken(served: Served) -> None:
    for port in (served.port, served.port + 1):
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert b"HTTP/2" not in connection.recv(1000)


def test_a_supervisor_that_is_killed_takes_its_processes_along_and_the_next_one_serves(
    served: Served,
) -> None:
    served.process.kill()
    served.process.wait()
    greeted = served.said.count("API       http")
    again = Served(served.data_dir, served.port, {"DUNWATCH_SETTINGS_FILE": str(_file(served))})
    served.process = again.process  # the others go on with this one
    wait_for(lambda: again.said.count("API       http") > greeted)
    _reload(again, "all processes are replaced")  # asked for before anything serves
    wait_for(again.ready)
    wait_for(lambda: len(again.children("api")) == 2 and len(again.children("answer-lookups")) == 2)
