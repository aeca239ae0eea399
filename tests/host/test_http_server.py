"""Workers that die are replaced as long as there is somebody to serve for; open files are as many as connections need."""

import os
import resource
from types import SimpleNamespace
from typing import Any

import pytest
from granian.server.mp import MPServer

from service.host.http_server import SPARE_FILES, Bounds, Handed, Started, _Server, _within_open_files
from service.host.listener import open_listener

BOUNDS = Bounds(connections=3072, idle_milliseconds=1, header_bytes=1)
WANTED = 3072 + SPARE_FILES
INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "set_to", "connections"),
    [
        ((1024, INFINITE), (WANTED, INFINITE), 3072),
        ((1024, 1_048_576), (WANTED, 1_048_576), 3072),
        ((1024, 2048), (2048, 2048), 1024),
        ((2048, 2048), (2048, 2048), 1024),
        ((512, 512), (512, 512), 256),
        ((WANTED, WANTED), None, 3072),
        ((1_048_576, 1_048_576), None, 3072),
        ((65_536, INFINITE), None, 3072),
        ((INFINITE, INFINITE), None, 3072),
    ],
)
def test_the_limit_of_open_files_is_raised_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], set_to: tuple[int, int] | None, connections: int
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: told.append(wanted))
    assert _within_open_files(BOUNDS).connections == connections
    assert told == ([] if set_to is None else [set_to])


@pytest.mark.parametrize("is_supervised", [True, False])
def test_a_worker_is_replaced_unless_the_supervisor_is_gone(
    monkeypatch: pytest.MonkeyPatch, is_supervised: bool
) -> None:
    replaced: list[Any] = []
    monkeypatch.setattr(
        MPServer, "_respawn_workers", lambda _server, workers, *_others: replaced.extend(workers)
    )
    lifeline, held = os.pipe()
    ready, said = os.pipe()
    with open_listener("127.0.0.1", 0) as listener:
        started = Started(Handed(listener.fileno(), lifeline, said))
        started.note()
        server = _Server(listener, Bounds(10, 1000, 1024), workers=1, started=started)
        server.wrks = [SimpleNamespace(birth=0.0)]  # type: ignore[list-item]
        if not is_supervised:
            os.close(held)
        server._respawn_workers([0], None, None)
    assert replaced == ([0] if is_supervised else [])
    for descriptor in (lifeline, ready, said, *([held] if is_supervised else [])):
        os.close(descriptor)


def test_a_process_of_its_own_has_no_supervisor_to_lose() -> None:
    assert not Started(None).has_lost_supervisor()
