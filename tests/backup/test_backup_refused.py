"""What keeps a backup from being made or restored: told in one line, in both languages, with nothing changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.backup.draft import Draft, new_draft, read_file
from service.backup.manifest import BackupFile
from service.backup.sources import safe_name
from service.backup.targets import check_targets, require_space
from service.backup.words import BACKUP_FLAWS, FAILURES, BackupError, size_told
from service.signed import encode_key
from tests.backup.conftest import Elsewhere, manifest_of
from tests.clients import Api
from tests.command_line import Dunwatch

KEYS = {"seal.key": bytes(32)}


def file_there(place: Path, _data: Path) -> Path:
    place.parent.mkdir(parents=True)
    place.write_text("")
    return place


def something_there(place: Path, _data: Path) -> Path:
    place.mkdir(parents=True)
    (place / "old").write_text("")
    return place


def link_into_data(place: Path, data: Path) -> Path:
    place.parent.mkdir(parents=True)
    place.symlink_to(data / "inside")
    return place


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (file_there, "not an empty directory"),
        (something_there, "not an empty directory"),
        (lambda _place, data: data / "backup", "inside the data directory"),
        (lambda _place, data: data / "evidence" / ".." / "deep" / "backup", "inside the data directory"),
        (lambda _place, data: data, "inside the data directory"),
        (link_into_data, "inside the data directory"),
        (lambda _place, _data: Path("/proc"), "mount point"),
    ],
)
def test_a_target_that_cannot_be_one_is_refused(
    made: Callable[[Path, Path], Path], words: str, place: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(BackupError, match=words):
        check_targets(data, made(place, data), None, KEYS)


@pytest.mark.parametrize("beside", [".", "keys", ".."])
def test_keys_that_are_to_be_apart_are_not_beside_the_backup(
    beside: str, place: Path, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="inside the backup nor around it"):
        check_targets(tmp_path / "data", place, place / beside, KEYS)


def test_an_empty_directory_and_a_link_to_one_are_targets(place: Path, tmp_path: Path) -> None:
    place.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(place)
    assert check_targets(tmp_path / "data", place, None, KEYS) == place
    assert check_targets(tmp_path / "data", link, None, KEYS) == place


def test_too_little_space_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.backup.targets.shutil.disk_usage", lambda _path: SimpleNamespace(free=1000))
    require_space(tmp_path, 1000)
    with pytest.raises(BackupError, match="too little space"):
        require_space(tmp_path, 1001)


async def test_a_full_disk_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _content: object) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(BackupError, match="No space left"), new_draft(place) as draft:  # noqa: PT012
        draft.write("keys/first", b"x")
        monkeypatch.setattr(os, "write", full)
        draft.write("keys/second", b"x")
    assert list(place.parent.iterdir()) == []


async def read(path: Path) -> bytes:
    return b"".join([chunk async for chunk in read_file(path)])


async def test_only_ordinary_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    assert len(await read(tmp_path / "file")) == 3_000_000
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(BackupError, match="not an ordinary file"):
            await read(tmp_path / name)
    with pytest.raises(BackupError):
        await read(tmp_path)
    with pytest.raises(FileNotFoundError):
        await read(tmp_path / "nothing")


def test_a_draft_never_writes_over_a_file_or_through_a_link(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    draft.write("one", b"1")
    (tmp_path / "two").symlink_to(tmp_path / "three")
    for name in ("one", "two"):
        with pytest.raises(BackupError):
            draft.write(name, b"2")
    assert (tmp_path / "one").read_bytes() == b"1"
    assert not (tmp_path / "three").exists()


def test_a_name_that_is_not_utf_8_is_told() -> None:
    with pytest.raises(BackupError, match="UTF-8"):
        safe_name(Path(os.fsdecode(b"\xff.csv")))
    assert safe_name(Path("十一月/a.csv")) == "十一月/a.csv"


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "evidence/../../x", "evidence//x", "evidence/./x", "else/x", "manifest.json",
     "evidence", "database.dump/x", "evidence/\0", "keys/"],
)  # fmt: skip
def test_a_path_out_of_the_backup_is_not_safe(path: str) -> None:
    assert not BackupFile(path, 0, "0" * 64).is_safe


@pytest.mark.parametrize("path", ["database.dump", "evidence/x", "exports/十一月/a.csv", "keys/seal.key"])
def test_a_path_of_a_backup_is_safe(path: str) -> None:
    assert BackupFile(path, 0, "0" * 64).is_safe


def altered(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def linked(file: Path) -> None:
    shutil.move(file, file.parent.parent.parent / "moved")
    file.symlink_to(file.parent.parent.parent / "moved")


DAMAGES: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "a byte of the database": ("database.dump", altered, "SHA-256"),
    "a byte of a key": ("keys/seal.key", altered, "SHA-256"),
    "a byte of the ledger": ("ledger/entries.ndjson", altered, "SHA-256"),
    "a file is cut": ("database.dump", cut, "bytes"),
    "a file is gone": ("settings/settings.json", Path.unlink, "is missing"),
    "a link in place of a file": ("ledger/entries.ndjson", linked, "is missing"),
    "a file too many": ("evidence/extra", lambda path: path.write_text(""), "not in the manifest"),
    "a byte of the manifest": ("manifest.json", altered, "manifest.json"),
    "a manifest of nothing": ("manifest.json", lambda path: path.write_text("{}"), "cannot be read"),
    "a manifest of the future": (
        "manifest.json",
        lambda path: path.write_text('{"format": "dunwatch-backup/9"}'),
        "dunwatch-backup/9",
    ),
    "no manifest": ("manifest.json", Path.unlink, "not a complete backup"),
}


async def test_every_damage_is_named_and_nothing_is_touched(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, subtests: pytest.Subtests
) -> None:
    (full.settings.exports_dir / "november").mkdir(parents=True)
    (full.settings.exports_dir / "november" / "a.csv").write_text("x\n")
    assert dunwatch("backup", place).returncode == 0
    assert elsewhere.restore(place, "--check").returncode == 0
    for number, (name, (file, damage, words)) in enumerate(DAMAGES.items()):
        copy = place.with_name(f"damaged-{number}")
        shutil.copytree(place, copy)
        damage(copy / file)
        with subtests.test(name):
            ended = elsewhere.restore(copy)
            assert ended.returncode == 1, ended.stderr
            assert words in ended.stderr
            assert "Nothing was changed" in ended.stderr
            assert not (elsewhere.settings.data_dir / "keys").exists()


@pytest.mark.usefixtures("full")
def test_who_signed_it_can_be_asked_for(dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path) -> None:
    assert dunwatch("backup", place).returncode == 0
    right = manifest_of(place).public_key
    wrong = encode_key(Ed25519PrivateKey.generate().public_key())
    assert elsewhere.restore(place, "--check", "--public-key", right).returncode == 0
    assert elsewhere.restore(place, "--check", "--public-key", wrong).returncode == 1
    assert elsewhere.restore(place, "--check", "--public-key", "nonsense").returncode == 2


async def test_a_backup_signed_anew_by_somebody_else_is_not_that_of_these_keys(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, tmp_path: Path
) -> None:
    assert dunwatch("backup", place, "--keys", tmp_path / "safe").returncode == 0
    manifest = manifest_of(place)
    facts = msgspec.structs.replace(manifest.facts, reports=0)
    forged = msgspec.structs.replace(manifest, facts=facts).signed(Ed25519PrivateKey.generate())
    (place / "manifest.json").write_bytes(forged.render())
    ended = elsewhere.restore(place, "--keys", tmp_path / "safe")
    assert (ended.returncode, "another key" in ended.stderr) == (1, True)


async def test_a_backup_of_a_later_release_is_refused(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path
) -> None:
    assert dunwatch("backup", place).returncode == 0
    manifest = manifest_of(place)
    facts = msgspec.structs.replace(manifest.facts, revision="9999_later")
    later = msgspec.structs.replace(manifest, facts=facts).signed(full.keys.signer())
    (place / "manifest.json").write_bytes(later.render())
    ended = elsewhere.restore(place)
    assert (ended.returncode, "later release" in ended.stderr) == (1, True)


@pytest.mark.usefixtures("full")
def test_a_place_with_data_is_left_as_it_is(
    dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, settings: Any
) -> None:
    assert dunwatch("backup", place).returncode == 0
    into_itself = dunwatch("restore", place)
    assert (into_itself.returncode, "has data already" in into_itself.stderr) == (1, True)
    full_database = elsewhere.dunwatch("restore", place, DUNWATCH_DATABASE_URL=str(settings.database_url))
    assert (full_database.returncode, "is not empty" in full_database.stderr) == (1, True)
    assert not elsewhere.settings.keys_dir.exists()


def test_a_service_that_was_never_started_has_nothing_to_back_up(
    dunwatch: Dunwatch, place: Path, empty_url: str
) -> None:
    keys = Path(dunwatch.environment["DUNWATCH_DATA_DIR"]) / "keys"
    rmtree(keys)
    ended = dunwatch("backup", place)
    assert (ended.returncode, "lacks the keys" in ended.stderr) == (1, True)
    assert not place.parent.exists()
    keys.mkdir()
    both = dunwatch("backup", place, "--keys", place, "--without-keys")
    assert both.returncode == 2


@pytest.mark.usefixtures("full")
def test_an_empty_database_is_no_service(dunwatch: Dunwatch, place: Path, empty_url: str) -> None:
    ended = dunwatch("backup", place, DUNWATCH_DATABASE_URL=empty_url)
    assert (ended.returncode, "schema" in ended.stderr) == (1, True)


def test_every_failure_is_told_in_both_languages() -> None:
    for zh, en in (*BACKUP_FLAWS.values(), *FAILURES.values()):
        assert not zh.isascii()
        assert en.isascii()


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KiB"), (3 * 2**30, "3.0 GiB")]
)
def test_sizes_are_told_as_people_read_them(size: int, told: str) -> None:
    assert size_told(size) == told
