"""The sockets of a host and who holds them: free ports, ports in use, and what another plan changes."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from benchmarks.ports import free_port
from service.host.crew import API, LOOKUPS, Crew, Plan
from service.host.listener import STALLED_MILLISECONDS, CannotListenError, open_listener, open_lookup_listener
from service.settings import Settings
from tests.waiting import DEADLINE_SECONDS


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens; the one before it is free."""
    port = free_port() + 1
    with closing(socket.create_server(("127.0.0.1", port))):
        yield port


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """What is logged about sockets and processes."""
    logger = CapturingLogger()
    for module in ("crew", "listener"):
        monkeypatch.setattr(f"service.host.{module}.log", logger)
    return logger


def plan(tmp_path: Path, **settings: object) -> Plan:
    """The plan of these settings."""
    return Plan.of(Settings(data_dir=tmp_path, **settings))  # type: ignore[arg-type]


def test_a_connection_that_takes_nothing_ends() -> None:
    with closing(open_listener("127.0.0.1", free_port())) as listener:
        listener.listen()
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == STALLED_MILLISECONDS
        with socket.create_connection(listener.getsockname()[:2]), closing(listener.accept()[0]) as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == STALLED_MILLISECONDS


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0"])
def test_an_address_or_a_name_can_be_listened_on(host: str) -> None:
    with suppress(CannotListenError), closing(open_listener(host, free_port())) as listener:
        listener.listen()
        return
    assert host == "::1", "only a host without IPv6 cannot"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.0.0.1", "203.0.113.1"])
def test_an_address_of_somebody_else_is_refused_with_its_name(host: str) -> None:
    with pytest.raises(CannotListenError, match=host):
        open_listener(host, free_port())


def test_connections_wait_until_a_process_accepts() -> None:
    with (
        closing(open_listener("127.0.0.1", free_port())) as listener,
        socket.create_connection(listener.getsockname()[:2], timeout=DEADLINE_SECONDS) as early,
    ):
        early.sendall(b"x")
        with closing(listener.accept()[0]) as accepted:
            assert accepted.recv(1) == b"x"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_of_two_that_want_one_port_the_second_is_refused_before_anything_accepts(
    first: str, second: str
) -> None:
    port = free_port()
    with closing(open_listener(first, port)), pytest.raises(CannotListenError, match=str(port)):
        open_listener(second, port)


def test_a_port_is_free_again_at_once_after_connections_were_closed() -> None:
    port = free_port()
    for _ in range(2):
        with (
            closing(open_listener("127.0.0.1", port)) as listener,
            socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as client,
        ):
            listener.accept()[0].close()  # the server's side closes first, and waits
            assert client.recv(1) == b""


def test_look_ups_have_the_port_after_the_api_s_if_it_is_free(taken: int, logged: CapturingLogger) -> None:
    port = free_port()
    listener = open_lookup_listener("127.0.0.1", port, None)
    assert listener is not None
    with closing(listener):
        assert listener.getsockname()[1] == port + 1
    assert open_lookup_listener("127.0.0.1", taken - 1, None) is None
    assert "DUNWATCH_LOOKUP_PORT" in str(logged.calls)
    assert open_lookup_listener("127.0.0.1", 65535, None) is None


def test_a_port_for_look_ups_that_was_chosen_must_be_free(taken: int) -> None:
    assert open_lookup_listener("127.0.0.1", 8000, 0) is None
    with pytest.raises(CannotListenError, match=str(taken)):
        open_lookup_listener("127.0.0.1", 8000, taken)


def test_a_crew_without_the_api_opens_no_port(tmp_path: Path) -> None:
    crew = Crew(plan(tmp_path, port=free_port()), {}, [API])
    crew.open_sockets()
    assert crew.ports() == {}
    crew.stop()


def test_a_crew_holds_its_ports_until_it_stops(tmp_path: Path) -> None:
    port = free_port()
    crew = Crew(plan(tmp_path, port=port), {}, [])
    crew.open_sockets()
    assert crew.ports() == {API: port, LOOKUPS: port + 1}
    crew.stop()
    open_listener("127.0.0.1", port).close()


@pytest.mark.parametrize("change", ["data_dir", "database_url", "port in use", "look-up port in use"])
def test_a_plan_that_cannot_be_followed_changes_nothing(
    tmp_path: Path, taken: int, logged: CapturingLogger, change: str
) -> None:
    port = free_port()
    crew = Crew(plan(tmp_path, port=port), {}, [])
    crew.open_sockets()
    wanted = {
        "data_dir": plan(tmp_path / "other", port=port),
        "database_url": plan(tmp_path, port=port, database_url="postgresql://h/d"),
        "port in use": plan(tmp_path, port=taken),
        "look-up port in use": plan(tmp_path, port=port, lookup_port=taken),
    }[change]
    assert list(crew.replace(wanted, {})) == []
    assert "the new settings are not used" in str(logged.calls)
    assert crew.ports() == {API: port, LOOKUPS: port + 1}
    crew.stop()
