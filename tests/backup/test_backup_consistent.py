"""While reports and evidence come and go, a backup is the service at one moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.backup import write
from service.backup.manifest import BackupManifest
from service.backup.store import QUERIES, stream_evidence
from service.backup.words import BackupError
from service.database import Connection, Database
from service.evidence.store import EvidenceRow
from service.reports.store import insert_reports
from tests.backup.conftest import Elsewhere
from tests.clients import Api, new_report, report_row
from tests.evidence.evidence_files import attach, recording
from tests.waiting import until


async def back_up(api: Api, place: Path, *, at: Callable[[str], None] = lambda _step: None) -> BackupManifest:
    order = write.BackupOrder(
        settings=api.settings, directory=place, backup_id=uuid4(), now=lambda: datetime.now(UTC)
    )
    return await write.write_backup(api.database, order, lambda step, _done, _total: at(step))


def objects_in(directory: Path) -> set[UUID]:
    return {UUID(path.name) for path in directory.iterdir()}


async def rows(database: Database) -> list[EvidenceRow]:
    async with database.connection() as connection:
        return [EvidenceRow(**row) for row in await connection.fetch(QUERIES["stream_evidence"])]


async def test_what_was_acknowledged_before_the_moment_is_there(
    full: Api, elsewhere: Elsewhere, place: Path
) -> None:
    acknowledged: dict[UUID, datetime] = {}
    is_done = asyncio.Event()

    async def report() -> None:
        while not is_done.is_set():
            row = report_row(f"+861979001{len(acknowledged):04}")
            async with full.database.connection() as connection:
                await insert_reports(connection, [row], is_bulk=False)
            acknowledged[row.report_id] = datetime.now(UTC)

    reporting = asyncio.ensure_future(report())
    await until(lambda: _at_once(len(acknowledged) >= 5))
    manifest = await back_up(full, place)
    await until(lambda: _at_once(max(acknowledged.values()) > manifest.taken_at))
    is_done.set()
    await reporting
    ended = await asyncio.to_thread(elsewhere.restore, place)
    assert ended.returncode == 0, ended.stderr
    database = Database(str(elsewhere.settings.database_url), pool_size=2, statement_cache=10)
    async with database.connection() as connection:
        there = {row[0] for row in await connection.fetch("SELECT report_id FROM reports")}
    await database.close()
    before = {report_id for report_id, at in acknowledged.items() if at < manifest.taken_at}
    assert len(before) >= 5
    assert before <= there


async def _at_once(condition: bool) -> bool:
    return condition


async def upload(api: Api) -> None:
    reporter = await api.reporter()
    answer = await attach(reporter, await new_report(reporter), recording(2, sound=9))
    assert answer.status_code == 201, answer.text


async def delete(api: Api, row: EvidenceRow) -> None:
    """As the service does it: the row first, then the object."""
    await api.fetch("DELETE FROM evidence WHERE evidence_id = $1", row.evidence_id)
    (api.settings.evidence_dir / str(row.evidence_id)).unlink()


async def test_evidence_that_comes_and_goes_before_the_snapshot(
    full: Api, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_files = write._Backup.copy_files
    gone, *_ = await rows(full.database)

    async def then_change(backup: write._Backup) -> None:
        await copy_files(backup)
        await delete(full, gone)
        await upload(full)

    monkeypatch.setattr(write._Backup, "copy_files", then_change)
    manifest = await back_up(full, place)
    wanted = {row.evidence_id for row in await rows(full.database)}
    assert objects_in(place / "evidence") == wanted
    assert gone.evidence_id not in wanted
    assert (manifest.facts.evidence, manifest.lost) == (2, ())


async def test_evidence_that_is_deleted_under_the_snapshot_makes_another_one(
    full: Api, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots: list[int] = []
    copy_files = write._Backup.copy_files

    async def then_upload(backup: write._Backup) -> None:
        await copy_files(backup)
        await upload(full)

    async def then_delete(connection: Connection) -> AsyncIterator[EvidenceRow]:
        found = [row async for row in stream_evidence(connection)]
        snapshots.append(len(found))
        newest = max(found, key=lambda row: row.stored_at)
        if len(snapshots) == 1:
            await delete(full, newest)
        for row in found:
            yield row

    monkeypatch.setattr(write._Backup, "copy_files", then_upload)
    monkeypatch.setattr(write, "stream_evidence", then_delete)
    manifest = await back_up(full, place)
    assert snapshots == [3, 2]
    assert (manifest.facts.evidence, manifest.lost) == (2, ())
    assert objects_in(place / "evidence") == {row.evidence_id for row in await rows(full.database)}


async def test_evidence_that_was_lost_before_is_told_and_the_rest_is_saved(
    full: Api, elsewhere: Elsewhere, place: Path
) -> None:
    lost, *_ = await rows(full.database)
    (full.settings.evidence_dir / str(lost.evidence_id)).unlink()
    manifest = await back_up(full, place)
    assert manifest.lost == (lost.evidence_id,)
    checked = await asyncio.to_thread(elsewhere.restore, place, "--check")
    assert checked.returncode == 3
    ended = await asyncio.to_thread(elsewhere.restore, place)
    assert ended.returncode == 3, ended.stderr
    assert str(lost.evidence_id) in ended.stderr


async def test_damaged_evidence_is_told_when_it_is_restored(
    full: Api, elsewhere: Elsewhere, place: Path
) -> None:
    damaged, *_ = await rows(full.database)
    path = full.settings.evidence_dir / str(damaged.evidence_id)
    path.write_bytes(bytes(len(path.read_bytes())))
    await back_up(full, place)
    ended = await asyncio.to_thread(elsewhere.restore, place)
    assert (ended.returncode, str(damaged.evidence_id) in ended.stderr) == (3, True)


async def test_it_gives_up_where_evidence_goes_all_the_time(
    full: Api, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def and_one_that_is_gone(connection: Connection) -> AsyncIterator[EvidenceRow]:
        found = [row async for row in stream_evidence(connection)]
        for row in (*found, EvidenceRow("", uuid4(), uuid4(), "", 0, b"", b"", datetime.now(UTC))):
            yield row

    monkeypatch.setattr(write, "stream_evidence", and_one_that_is_gone)
    with pytest.raises(BackupError, match="faster"):
        await back_up(full, place)
    assert list(place.parent.iterdir()) == []


async def test_an_export_is_there_if_the_snapshot_says_so(
    full: Api, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports_dir = full.settings.exports_dir
    known: list[UUID] = []

    def finish(name: UUID) -> None:
        (exports_dir / str(name)).mkdir(parents=True)
        (exports_dir / str(name) / "manifest.json").write_text("{}")

    before, expired, new = uuid4(), uuid4(), uuid4()
    finish(before)
    finish(expired)
    (exports_dir / ".partial-x").mkdir()
    copy_files = write._Backup.copy_files

    async def then_finish(backup: write._Backup) -> None:
        await copy_files(backup)
        finish(new)
        known.extend((before, new))

    async def done(_connection: Connection) -> set[UUID]:
        return set(known)

    monkeypatch.setattr(write._Backup, "copy_files", then_finish)
    monkeypatch.setattr(write, "list_done_exports", done)
    manifest = await back_up(full, place)
    assert objects_in(place / "exports") - {before, new} <= {expired}
    files = [file.path for file in manifest.files if file.path.startswith("exports/")]
    assert files == sorted(f"exports/{name}/manifest.json" for name in (before, new))
