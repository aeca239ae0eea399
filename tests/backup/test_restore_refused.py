"""What keeps a restore from being begun, and what one that is begun must not destroy."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from obstore.store import MemoryStore

from service.backup import place as places
from service.backup import restore, write
from service.backup.restore import RestoreOrder, restore_backup
from service.backup.sources import list_exports, size_of
from service.backup.words import BackupError
from service.evidence import vault
from service.settings import Settings
from tests.backup.conftest import Elsewhere, manifest_of
from tests.backup.test_backup_consistent import back_up
from tests.clients import Api


def order_of(settings: Settings, directory: Path, **changed: Any) -> RestoreOrder:
    manifest = msgspec.structs.replace(manifest_of(directory), **changed)
    return RestoreOrder(
        settings=settings,
        directory=directory,
        manifest=manifest,
        keys_directory=directory / "keys",
        feed_id=uuid4(),
    )


async def restored(order: RestoreOrder) -> restore.Restored:
    return await asyncio.to_thread(restore_backup, order, lambda *_told: None)


@pytest.mark.parametrize("part", sorted(places.PARTS))
def test_an_empty_mount_point_is_refused_before_anything_is_copied(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / part).mkdir()
    settings: Any = SimpleNamespace(data_dir=tmp_path, restoring_dir=tmp_path / ".restoring")
    places.require_empty(settings)
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == part)
    with pytest.raises(BackupError, match="mount point"):
        places.require_empty(settings)


def test_a_directory_of_the_same_file_system_that_is_mounted_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "the data"
    (data / "evidence").mkdir(parents=True)
    settings: Any = SimpleNamespace(data_dir=data, restoring_dir=data / ".restoring")
    mounted = str((data / "evidence").resolve()).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 /x {mounted}2 rw - ext4 /dev/x rw\n")
    monkeypatch.setattr(places, "MOUNTS", mounts)
    places.require_empty(settings)
    mounts.write_text(f"36 35 98:0 /x {mounted} rw - ext4 /dev/x rw\n")
    with pytest.raises(BackupError, match="mount point"):
        places.require_empty(settings)


async def test_another_backup_does_not_destroy_what_a_half_done_restore_needs(
    full: Api, elsewhere: Elsewhere, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await back_up(full, place)

    def fail(_url: str) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(restore, "migrate", fail)
        with pytest.raises(OSError, match="power"):
            await restored(order_of(elsewhere.settings, place))
    note = (elsewhere.settings.restoring_dir / places.RESTORE_NOTE).read_bytes()
    with pytest.raises(BackupError, match="another backup"):
        await restored(order_of(elsewhere.settings, place, backup_id=uuid4()))
    assert (elsewhere.settings.restoring_dir / places.RESTORE_NOTE).read_bytes() == note
    assert (await restored(order_of(elsewhere.settings, place))).evidence == 2


async def test_without_keys_a_bucket_is_filled_and_no_keys_are_invented(
    full: Api, elsewhere: Elsewhere, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await back_up(full, place)
    bucket = MemoryStore()
    monkeypatch.setattr(vault, "from_url", lambda _url: bucket)
    settings = elsewhere.settings.model_copy(update={"evidence_url": "s3://bucket"})
    order = order_of(settings, place)
    done = await restored(
        RestoreOrder(
            settings=settings,
            directory=place,
            manifest=order.manifest,
            keys_directory=None,
            feed_id=order.feed_id,
        )
    )
    assert not settings.keys_dir.exists()
    assert (done.evidence, done.unreadable) == (2, ())
    assert len(bucket.list().collect()) == 2


async def test_an_export_that_expires_while_sizes_are_added_up_is_left_out(
    full: Api, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = full.settings.exports_dir / "november" / "gone.csv"
    found = list_exports(full.settings.exports_dir)
    monkeypatch.setattr(write, "list_exports", lambda _directory: {**found, "november": [gone]})
    monkeypatch.setattr(Path, "exists", lambda path, exists=Path.exists: path == gone or exists(path))
    manifest = await back_up(full, place)
    assert not any("november" in file.path for file in manifest.files)
    assert size_of(tmp_path / "nothing") == 0
