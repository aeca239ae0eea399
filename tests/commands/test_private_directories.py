"""What the commands make in the data directory, which holds numbers of people, is for its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from service.lookup.replica_writer import ReplicaDirectory
from tests.command_line import Dunwatch

OTHERS = stat.S_IRWXG | stat.S_IRWXO
READING = stat.S_IRGRP | stat.S_IROTH


def modes(directory: Path) -> dict[str, int]:
    """Of the directories below one."""
    return {path.name: path.stat().st_mode for path in directory.rglob("*") if path.is_dir()}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory that is not there yet."""
    return tmp_path / "new" / "data"


def test_an_import_leaves_nothing_for_others_to_read(
    data_dir: Path, dunwatch: Dunwatch, tmp_path: Path
) -> None:
    lines = tmp_path / "lines.ndjson"
    lines.write_text('{"number": "19790001234"\n', "utf-8")
    done = dunwatch.from_scratch(
        "import",
        lines,
        "--format",
        "ndjson",
        "--source",
        "feed",
        umask=0o022,
        DUNWATCH_DATA_DIR=str(data_dir),
    )
    made = modes(data_dir)
    assert {"imports", "metrics", "keys"} <= set(made), done.stderr
    assert [name for name, mode in made.items() if mode & OTHERS] == []
    assert data_dir.stat().st_mode & READING == 0


def test_a_replica_is_for_its_host_alone(tmp_path: Path) -> None:
    replica = tmp_path / "replica"
    before = os.umask(0o022)
    try:
        ReplicaDirectory(replica, map_size=2**20)
    finally:
        os.umask(before)
    assert replica.stat().st_mode & OTHERS == 0
