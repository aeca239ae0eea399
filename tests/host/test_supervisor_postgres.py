"""PostgreSQL that does not come up again, as on a full disk, is tried with growing pauses and never ends the supervisor."""

from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from service.directories import DirectoryError
from service.embedded_postgres import EmbeddedPostgres, PostgresError
from service.host import supervisor
from service.host.supervisor import LONGEST_DATABASE_PAUSE_SECONDS, Supervisor
from service.settings import Settings

FAILURES = [
    PostgresError("no space left"),
    OSError(28, "No space left on device"),
    DirectoryError(Path("x"), "磁盘空间已满", "no space left"),
]


class Fallen:
    """A server that is down and cannot be started until somebody frees the disk."""

    def __init__(self, failure: Exception) -> None:
        self.failure: Exception | None = failure
        self.runs = False
        self.starts = 0

    def pid(self) -> int | None:
        return 1 if self.runs else None

    def bound_log(self) -> None:
        """There is none."""

    def start(self) -> None:
        self.starts += 1
        if self.failure is not None:
            raise self.failure
        self.runs = True


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_postgres_is_tried_with_growing_pauses_until_it_starts(
    tmp_path: Path, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])  # type: ignore[attr-defined]
    settings = Settings(data_dir=tmp_path, database_url="postgresql://nobody@/none")
    watching = Supervisor(settings, check_files=lambda: 0, prepare_database=lambda: 0)
    fallen = Fallen(failure)
    started = []
    for tick in range(int(120 / 0.2)):
        now[0] = 100 + tick * 0.2
        before = fallen.starts
        watching._keep_running(cast(EmbeddedPostgres, fallen))
        if fallen.starts > before:
            started.append(now[0])
    pauses = [later - earlier for earlier, later in pairwise(started)]
    assert pauses[0] < 1
    assert max(pauses) <= LONGEST_DATABASE_PAUSE_SECONDS + 0.5
    assert len(started) < 40
    fallen.failure = None
    freed = now[0]
    while not fallen.runs:
        now[0] += 0.2
        watching._keep_running(cast(EmbeddedPostgres, fallen))
    assert now[0] - freed < LONGEST_DATABASE_PAUSE_SECONDS + 0.5
