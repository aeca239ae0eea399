"""The limit of open files is raised where it is too low for the connections, and never lowered."""

import resource

import pytest

from service.host.http_server import SPARE_FILES, Bounds, _within_open_files

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
