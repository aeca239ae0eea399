"""What was backed up comes back elsewhere: reports, evidence, ledger, keys, exports, and a replica of them."""

import stat
from pathlib import Path

import pytest

from service.backup.store import fetch_facts, fetch_feed, stream_evidence
from service.database import open_database
from service.embedded_postgres import EmbeddedPostgres
from service.evidence.vault import open_vault
from service.secrets import load_key_ring
from service.settings import Settings
from service.signed import encode_key
from tests.backup.conftest import Elsewhere, manifest_of
from tests.clients import Api, new_report
from tests.command_line import Dunwatch, Forking

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def files_below(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def for_others(directory: Path) -> list[str]:
    """What others than the owner may read."""
    return [path.name for path in (directory, *directory.rglob("*")) if path.lstat().st_mode & OTHERS]


async def readable(settings: Settings) -> int:
    """How many pieces of evidence can be decrypted and are what was uploaded."""
    database, count = open_database(settings), 0
    vault = open_vault(settings, load_key_ring(settings.keys_dir))
    try:
        async with database.connection() as connection, connection.transaction():
            async for row in stream_evidence(connection):
                async for _chunk in await vault.open(row):
                    pass
                count += 1
    finally:
        await database.close()
    return count


def finished_export(api: Api) -> Path:
    """The operator's own export, below exports/."""
    directory = api.settings.exports_dir / "november"
    directory.mkdir(parents=True)
    (directory / "reports.csv").write_text("号码\n", "utf-8")
    return directory


async def arriving(full: Api) -> str:
    """The object of the first part of an upload that has not come to its end."""
    reporter = await full.reporter()
    address = await new_report(reporter)
    upload = (await reporter.post(f"{address}/uploads", json={"size": 9})).headers["Location"]
    assert (await reporter.patch(upload, content=b"text", headers={"Upload-Offset": "0"})).status_code == 200
    ((part,),) = await full.fetch("SELECT part_id FROM evidence_parts")
    return str(part)


async def test_everything_comes_back_in_another_place(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path
) -> None:
    finished_export(full)
    part = await arriving(full)
    done = dunwatch("backup", place)
    assert done.returncode == 0, done.stderr
    assert "everything that was acknowledged before" in done.stderr
    assert for_others(place) == []
    back = elsewhere.restore(place)
    assert back.returncode == 0, back.stderr
    assert "everything that was acknowledged before" in back.stderr
    assert "restored in" in back.stderr

    mine, theirs = full.settings, elsewhere.settings
    assert files_below(theirs.keys_dir) == files_below(mine.keys_dir)
    assert theirs.ledger_note.exists()
    assert files_below(theirs.exports_dir) == files_below(mine.exports_dir)
    evidence = files_below(mine.evidence_dir)
    assert evidence.pop(part), "what is still arriving is in no backup"
    assert files_below(theirs.evidence_dir) == evidence
    assert [for_others(theirs.data_dir / name) for name in ("keys", "evidence", "exports")] == [[], [], []]
    assert await readable(theirs) == 2
    await _compare_databases(full, elsewhere)
    assert not theirs.restoring_dir.exists()
    assert not theirs.restored_dir.exists()


async def _compare_databases(full: Api, elsewhere: Elsewhere) -> None:
    database = open_database(elsewhere.settings)
    try:
        async with full.database.connection() as before, database.connection() as after:
            was, now = await fetch_facts(before), await fetch_facts(after)
            assert (was.reports, was.ledger_entries, was.ledger_root) == (
                now.reports,
                now.ledger_entries,
                now.ledger_root,
            )
            assert was.ledger_entries == 5
            ids = "SELECT report_id FROM reports ORDER BY report_id"
            assert await before.fetch(ids) == await after.fetch(ids)
            for table in ("evidence_uploads", "evidence_parts"):
                counts = [await one.fetchval(f"SELECT count(*) FROM {table}") for one in (before, after)]
                assert counts == [1, 0], "uploads are begun again"
            assert await fetch_feed(before) != await fetch_feed(after), "replicas would take it for the same"
    finally:
        await database.close()


async def test_the_restored_ledger_and_replica_are_those_of_before(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, tmp_path: Path
) -> None:
    assert dunwatch("backup", place).returncode == 0
    assert elsewhere.restore(place).returncode == 0
    elsewhere.settings.replica_dir.mkdir(parents=True)
    followed = elsewhere.dunwatch.run_program("tests.lookup.follow_once")
    assert followed.returncode == 0, followed.stderr
    looked_up = [one("lookup", "19790001234").stdout for one in (dunwatch, elsewhere.dunwatch)]
    assert looked_up[0].strip()
    assert looked_up[0] == looked_up[1]
    key = encode_key(full.keys.signer().public_key())
    copied = elsewhere.dunwatch("log", tmp_path / "log")
    assert copied.returncode == 0, copied.stderr
    assert elsewhere.dunwatch("verify", "--log", tmp_path / "log", "--public-key", key).returncode == 0
    assert dunwatch("verify", "--log", place / "ledger", "--public-key", key).returncode == 0


@pytest.mark.usefixtures("full")
def test_a_backup_is_restored_into_an_embedded_database_and_backed_up_from_there(
    dunwatch: Dunwatch, forking: Forking, data_dir: Path, place: Path
) -> None:
    assert dunwatch("backup", place).returncode == 0
    embedded = Dunwatch(forking, {"DUNWATCH_DATA_DIR": str(data_dir)})
    refused = embedded("backup", place.with_name("nothing"))
    assert (refused.returncode, "nothing to back up" in refused.stderr) == (1, True)
    back = embedded("restore", place)
    assert back.returncode == 0, back.stderr
    assert EmbeddedPostgres(data_dir / "postgres").pid() is None
    again = place.with_name("tuesday")
    assert embedded("backup", again).returncode == 0
    first, second = manifest_of(place).facts, manifest_of(again).facts
    assert (first.reports, first.evidence, first.ledger_root) == (
        second.reports,
        second.evidence,
        second.ledger_root,
    )
    refused = embedded("restore", again)
    assert (refused.returncode, "has data already" in refused.stderr) == (1, True)


@pytest.mark.usefixtures("full")
def test_keys_are_kept_apart_if_asked_and_needed_again(
    dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, tmp_path: Path
) -> None:
    apart = tmp_path / "safe"
    assert dunwatch("backup", place, "--keys", apart).returncode == 0
    assert not (place / "keys").exists()
    assert for_others(apart) == []
    assert dunwatch("backup", place.with_name("next"), "--keys", apart).returncode == 0, "the same keys"
    without = elsewhere.restore(place)
    assert (without.returncode, "--keys" in without.stderr) == (1, True)
    (apart / "seal.key").chmod(0o600)
    right = (apart / "seal.key").read_bytes()
    (apart / "seal.key").write_bytes(bytes(32))
    wrong = elsewhere.restore(place, "--keys", apart)
    assert (wrong.returncode, "seal.key" in wrong.stderr) == (1, True)
    assert not (elsewhere.settings.data_dir / "keys").exists()
    other = dunwatch("backup", place.with_name("third"), "--keys", apart)
    assert (other.returncode, "other keys" in other.stderr) == (1, True)
    (apart / "seal.key").write_bytes(right)
    assert elsewhere.restore(place, "--keys", apart).returncode == 0


@pytest.mark.usefixtures("full")
def test_a_backup_without_keys_says_so_and_is_restored_only_on_purpose(
    dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path
) -> None:
    done = dunwatch("backup", place, "--without-keys")
    assert (done.returncode, "has no keys" in done.stderr) == (0, True)
    assert elsewhere.restore(place).returncode == 1
    assert elsewhere.restore(place, "--without-keys").returncode == 0
    assert not elsewhere.settings.keys_dir.exists()


@pytest.mark.usefixtures("full")
def test_with_the_keys_inside_it_warns_that_it_can_read_everything(dunwatch: Dunwatch, place: Path) -> None:
    assert "can read everything" in dunwatch("backup", place).stderr


async def test_settings_come_along_without_secrets(
    full: Api, dunwatch: Dunwatch, elsewhere: Elsewhere, place: Path, tmp_path: Path
) -> None:
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    (catalogue / "channels.yaml").write_text("channels: []\n")
    secret = "whsec_" + "A" * 32
    done = dunwatch(
        "backup", place, DUNWATCH_CATALOGUE_DIR=str(catalogue), DUNWATCH_CODE_GATEWAY_SECRET=secret
    )
    assert done.returncode == 0, done.stderr
    told = (place / "settings/settings.json").read_text()
    assert "DUNWATCH_POLL_SECONDS" in told
    assert secret not in told
    assert str(full.settings.database_url) not in told
    assert elsewhere.restore(place).returncode == 0
    restored = elsewhere.settings.data_dir / "restored-settings"
    assert (restored / "catalogue/channels.yaml").exists()
