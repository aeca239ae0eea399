"""A backup or a restore that is killed leaves nothing half; the next one sweeps what is left and is whole."""

import fcntl
import os
import shlex
import signal
from pathlib import Path

import pytest

from service.embedded_postgres import EmbeddedPostgres
from tests.backup.conftest import Elsewhere
from tests.clients import Api
from tests.command_line import Dunwatch, Ended, Forking

#: More steps than either command takes.
MOST_STEPS = 80


def killed_at(dunwatch: Dunwatch, step: int, *command: object, by: str = "SIGKILL") -> Ended:
    """How a command ends that is killed at a step; by itself if it takes fewer."""
    variables = {
        "TEST_KILLED_AT": str(step),
        "TEST_KILLED_BY": by,
        "TEST_COMMAND": shlex.join(map(str, command)),
    }
    dunwatch.environment |= variables
    return dunwatch.run_program("tests.backup.killed")


def leftovers(place: Path) -> list[str]:
    return [path.name for path in place.parent.iterdir() if path.name != place.name]


@pytest.mark.usefixtures("full")
def test_a_killed_backup_is_no_backup_and_is_swept(dunwatch: Dunwatch, place: Path, tmp_path: Path) -> None:
    keys = tmp_path / "safe"
    met = set()
    for step in range(1, MOST_STEPS, 2):
        ended = killed_at(dunwatch, step, "backup", place, "--keys", keys)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        met.add(place.exists())
        if place.exists():  # killed after the last rename: then it is whole
            assert dunwatch("restore", place, "--check", "--keys", keys).returncode == 0
            break
        assert len(leftovers(place)) == 1, "what the kill before left is swept by the next one"
    assert False in met
    if not place.exists():
        assert dunwatch("backup", place, "--keys", keys).returncode == 0
    assert dunwatch("backup", place.with_name("other"), "--keys", keys).returncode == 0
    assert dunwatch("restore", place, "--check", "--keys", keys).returncode == 0
    assert [name for name in leftovers(place) if name != "other"] == []
    assert [path.name for path in keys.parent.glob(".partial-*")] == []


@pytest.mark.usefixtures("full")
def test_a_killed_restore_is_begun_again_or_finished(
    dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path
) -> None:
    assert dunwatch("backup", place).returncode == 0
    data, steps = elsewhere.settings.data_dir, 0
    for step in range(1, MOST_STEPS, 3):
        ended = killed_at(elsewhere.dunwatch, step, "restore", place)
        if ended.returncode == 0:
            break
        steps += 1
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        half = elsewhere.settings.restoring_dir.exists() or elsewhere.settings.restored_dir.exists()
        if half:
            refused = elsewhere.dunwatch("keys", "list")
            assert (refused.returncode, "not finished" in refused.stderr) == (1, True)
        else:
            break
    assert steps > 3
    if not (data / "keys").exists() or (data / ".restored").exists():
        again = elsewhere.restore(place)
        assert again.returncode == 0, again.stderr
    parts = {path.name for path in data.iterdir()} - {"serve.lock", "database.lock", "metrics"}
    assert parts == {"keys", "evidence", "restored-settings"}
    assert elsewhere.dunwatch("keys", "list").returncode == 0


def test_an_interrupted_backup_removes_what_it_wrote(full: Api, dunwatch: Dunwatch, place: Path) -> None:
    (full.settings.exports_dir / "held").mkdir(parents=True)
    os.mkfifo(full.settings.exports_dir / "held" / "pipe")
    refused = dunwatch("backup", place)
    assert (refused.returncode, "not an ordinary file" in refused.stderr) == (1, True)
    assert list(place.parent.iterdir()) == []


@pytest.mark.usefixtures("full")
def test_two_backups_to_one_place_do_not_meet(dunwatch: Dunwatch, place: Path) -> None:
    under_way = place.parent / f".partial-{place.name}.abcdefgh"
    under_way.mkdir(parents=True)
    descriptor = os.open(under_way, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        refused = dunwatch("backup", place)
        assert (refused.returncode, "at this moment" in refused.stderr) == (1, True)
        assert under_way.exists()
        assert dunwatch("backup", place.with_name("tuesday")).returncode == 0, "to another place it may"
    finally:
        os.close(descriptor)
    assert dunwatch("backup", place).returncode == 0
    assert not under_way.exists()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("step", [1, 4, 8, 12, 16])
def test_whoever_presses_ctrl_c_leaves_nothing_half(dunwatch: Dunwatch, place: Path, step: int) -> None:
    ended = killed_at(dunwatch, step, "backup", place, by="SIGINT")
    assert ended.returncode not in (0, 3)
    assert "Traceback" not in ended.stderr
    if place.exists():  # pressed while it was renamed
        assert step > 12
        assert dunwatch("restore", place, "--check").returncode == 0
    assert leftovers(place) == []


@pytest.mark.usefixtures("full")
def test_a_restore_that_is_killed_while_its_own_server_runs_is_begun_again(
    dunwatch: Dunwatch, forking: Forking, data_dir: Path, place: Path
) -> None:
    assert dunwatch("backup", place).returncode == 0
    embedded = Dunwatch(forking, {"DUNWATCH_DATA_DIR": str(data_dir)})
    left = EmbeddedPostgres(data_dir / ".restoring" / "postgres")
    try:
        embedded.environment["TEST_COUNTS_PROGRAMS_ALONE"] = "yes"
        ended = killed_at(embedded, 2, "restore", place)  # when the first program waits for the second
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert left.pid() is not None
        again = embedded("restore", place)
        assert again.returncode == 0, again.stderr
    finally:
        left.stop()
    assert left.pid() is None
    assert not (data_dir / ".restoring").exists()
    assert (data_dir / "postgres" / "PG_VERSION").exists()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("lock", ["serve.lock", "database.lock"])
def test_a_directory_that_is_served_is_not_restored_into(
    dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, lock: str
) -> None:
    assert dunwatch("backup", place).returncode == 0
    elsewhere.settings.data_dir.mkdir()
    with (elsewhere.settings.data_dir / lock).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        refused = elsewhere.restore(place)
    assert (refused.returncode, "another dunwatch uses" in refused.stderr) == (1, True)
