"""Workers that die are replaced as long as there is somebody to serve for."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
from granian.server.mp import MPServer

from service.host.http_server import Bounds, Handed, Started, _Server
from service.host.listener import open_listener


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
