"""A disk that takes nothing: the follower outlives it, readers keep what they have, and the replica goes on afterwards."""

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lmdb
import pytest
import structlog
from prometheus_client import CollectorRegistry

from service.lookup.follower import Follower
from service.lookup.replica import LOCK_BYTES, ReplicaReader
from service.lookup.replica_writer import ReplicaDirectory, ReplicaWriter
from service.metrics import Metrics
from tests.clients import replica_content
from tests.lookup.hosts import NUMBERS, Host
from tests.waiting import until

NEW = "+8619790050001"
ERRORS = [
    lmdb.DiskError("mdb_txn_commit: No space left on device"),
    lmdb.MapFullError("mdb_put: MDB_MAP_FULL"),
    lmdb.PanicError("MDB_PANIC"),
    lmdb.Error("mdb_txn_commit: Read-only file system"),
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EROFS, "Read-only file system"),
    OSError(errno.EIO, "Input/output error"),
]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lookup.follower.NO_ROOM_SECONDS", 0.01)
    monkeypatch.setattr("service.lookup.follower.OUTGROWN_SECONDS", 0.01)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error).partition(":")[0])
async def test_the_follower_waits_and_says_so_once(
    host: Host, error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = replica_content(host.directory)
    await host.report(NEW)
    tries = []

    def fail(*_arguments: Any, **_options: Any) -> None:
        tries.append(1)
        raise error

    stop = asyncio.Event()
    follower = Follower(host.database, host.settings, Metrics(CollectorRegistry()))
    with structlog.testing.capture_logs() as said:
        with monkeypatch.context() as patched:
            patched.setattr(ReplicaWriter, "apply", fail)
            patched.setattr(ReplicaDirectory, "mark_synced", fail)
            running = asyncio.create_task(follower.run(stop))
            await until(lambda: _at_least(tries, 5))
            assert not running.done()
            assert len(list(host.directory.glob("generation-*"))) <= 2, "that in use, and the one under way"
            reader = ReplicaReader(host.directory)  # of the same process: only its link and age are read
            assert (host.directory / "current").is_symlink()
            reader.close()
        await until(lambda: _has_caught_up(host))
        stop.set()
        await running
    assert [one["event"] for one in said].count("the replica cannot be written; answers grow stale") <= 1
    after = replica_content(host.directory)
    assert after == await host.expected(tmp_path)
    assert after != before


async def _at_least(tries: list[int], wanted: int) -> bool:
    return len(tries) >= wanted


async def _has_caught_up(host: Host) -> bool:
    synced = host.directory / "synced"
    before = synced.stat().st_mtime_ns
    await asyncio.sleep(0.05)
    return synced.stat().st_mtime_ns > before


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)]
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        size = 65536
        while size:
            try:
                filler.write(b"x" * size)
            except OSError:
                size //= 2


async def test_on_a_disk_that_is_really_full_everything_goes_on(host: Host, disk: Path) -> None:
    settings = host.settings.model_copy(update={"data_dir": disk})
    settings.__dict__.pop("replica_dir", None)
    follower = Follower(host.database, settings, Metrics(CollectorRegistry()))
    await follower.catch_up()
    fill(disk)
    await host.report(*(f"+86197900600{n:02}" for n in range(40)))
    stop = asyncio.Event()
    with structlog.testing.capture_logs() as said:
        running = asyncio.create_task(follower.run(stop))
        await until(lambda: _says(said, "the replica cannot be written; answers grow stale"))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not running.done()
        assert len(list(settings.replica_dir.glob("generation-*"))) == 1
        (disk / "filler").unlink()
        await until(lambda: _says(said, "the replica is written again"))
        stop.set()
        await running
    content = replica_content(settings.replica_dir)
    assert {*NUMBERS, "+8619790060001"} <= {
        key if isinstance(key, str) else key.decode() for key in content["answers"]
    }


async def _says(said: list[Any], event: str) -> bool:
    return event in [one["event"] for one in said]


def test_a_reader_on_a_full_disk_is_not_killed_by_its_place_in_the_lock(disk: Path) -> None:
    """In a process of its own: the place is a page of a map, and without a block of the disk it would be a fatal signal."""
    directory = ReplicaDirectory(disk / "replica", map_size=1 << 24)
    writer = directory.new_generation()
    writer.apply(1, [(b"+8619790000001", b"{}")])
    directory.put_in_use(writer)
    path = writer.path
    writer.close()
    lock = (path / "lock.mdb").stat()
    assert lock.st_size == lock.st_blocks * 512 == LOCK_BYTES
    fill(disk)
    reading = (
        "import sys, lmdb; e = lmdb.open(sys.argv[1], readonly=True, max_dbs=3, max_readers=1024);"
        "t = [e.begin() for _ in range(900)]; print(len(t))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", reading, str(path)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "900\n"), ended.stderr


async def test_a_generation_of_an_earlier_release_gets_its_lock_laid_out(host: Host) -> None:
    os.truncate(host.generation / "lock.mdb", 65536)
    reader = ReplicaReader(host.directory)
    reader.refresh()
    assert not reader.is_ready
    generation = host.generation
    assert host.follow_in_another_process().returncode == 0
    assert host.generation == generation, "it was rebuilt"
    assert (generation / "lock.mdb").stat().st_size >= LOCK_BYTES
