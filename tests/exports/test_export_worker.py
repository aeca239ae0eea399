"""The worker sees every export through: over a lost database, a stop, a killed or a rival worker."""

import asyncio
import errno
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from service.database import Database
from service.exports import worker
from service.exports.files import ExportFiles, ExportWriteError, told_as_write_error
from service.exports.handed import read_handed
from service.exports.manifest import Manifest, read_manifest
from service.exports.schemas import ExportRequest
from service.exports.store import claim_export
from service.exports.verify import verify_export
from service.exports.write import ExportOrder, write_export
from service.secrets import KeyRing
from tests.exports.under_way import NOW, Exports
from tests.waiting import until

Wanted = Callable[..., ExportRequest]


@pytest.fixture
async def held(database_url: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Exports hang before their first row until this is called."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN; LOCK TABLE report_supplements IN ACCESS EXCLUSIVE MODE")

    async def let_go() -> None:
        await connection.execute("ROLLBACK")

    yield let_go
    await connection.close()


async def waiting_for_a_lock(database: Database, *, at_least: int = 1) -> list[int]:
    """Process ids of the server that hang in an export, as soon as there are so many."""
    query = """SELECT pid FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database()"""

    async def waiting() -> list[int] | None:
        async with database.connection() as connection:
            pids = [row[0] for row in await connection.fetch(query)]
        return pids if len(pids) >= at_least else None

    found: list[int] = await until(waiting)
    return found


async def test_a_queued_export_is_written_and_finished(given: Any, exports: Exports, wanted: Wanted) -> None:
    await given.report()
    export_id = await exports.ask(wanted(formats=["ndjson"]))
    async with exports.worker():
        row = await exports.until(export_id, "done")
    manifest = read_manifest(exports.directory(export_id))
    assert row["rows_written"] == manifest.rows == 1
    assert manifest.export_id == export_id
    assert json.loads(row["manifest"]) == json.loads(manifest.render())
    assert row["finished_at"] is not None
    assert verify_export(exports.directory(export_id)) == []


async def test_rival_workers_write_each_export_once(given: Any, exports: Exports, wanted: Wanted) -> None:
    await given.report()
    asked = [await exports.ask(wanted()) for _ in range(6)]
    async with exports.worker(), exports.worker():
        for export_id in asked:
            await exports.until(export_id, "done")
    assert exports.left() == {str(export_id) for export_id in asked}


async def test_a_stopped_worker_gives_its_export_back_and_leaves_nothing(
    exports: Exports, wanted: Wanted, held: Callable[[], Awaitable[None]]
) -> None:
    export_id = await exports.ask(wanted())
    async with exports.worker():
        await waiting_for_a_lock(exports.database)
    row = await exports.row(export_id)
    assert (row["state"], row["claimed_until"]) == ("queued", None)
    assert exports.left() == set()


async def test_an_export_outlives_its_connection(
    given: Any,
    exports: Exports,
    wanted: Wanted,
    held: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.01)
    await given.report()
    export_id = await exports.ask(wanted())
    async with exports.worker():
        (pid,) = await waiting_for_a_lock(exports.database)
        await given.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        await waiting_for_a_lock(exports.database)
        await held()
        row = await exports.until(export_id, "done")
    assert row["rows_written"] == 1
    assert exports.left() == {str(export_id)}


async def test_an_export_of_a_killed_worker_is_taken_up_when_its_claim_has_run_out(
    exports: Exports, wanted: Wanted
) -> None:
    export_id = await exports.ask(wanted())
    then = datetime.now(UTC) - timedelta(hours=1)
    assert await claim_export(exports.database, now=then, until=then + timedelta(minutes=1)) is not None
    draft = exports.settings.exports_dir / f".partial-{export_id}.abcdefgh"
    draft.mkdir(parents=True)
    (draft / "reports.csv").write_text("half a")
    async with exports.worker():
        await exports.until(export_id, "done")
    assert exports.left() == {str(export_id)}


async def test_a_claim_that_holds_is_respected(exports: Exports, wanted: Wanted) -> None:
    await exports.ask(wanted())
    now = datetime.now(UTC)
    later = now + timedelta(seconds=60)
    assert await claim_export(exports.database, now=now, until=later) is not None
    assert await claim_export(exports.database, now=now + timedelta(seconds=59), until=later) is None


async def test_an_export_completed_but_not_recorded_is_recorded_as_it_stands(
    given: Any, exports: Exports, wanted: Wanted
) -> None:
    export_id = await exports.ask(wanted())
    async with exports.worker():
        await exports.until(export_id, "done")
    before = read_manifest(exports.directory(export_id))
    await given.execute("UPDATE exports SET state = 'queued', manifest = NULL")
    (exports.directory(export_id) / ".handed").touch()
    await given.report()
    async with exports.worker():
        row = await exports.until(export_id, "done")
    assert json.loads(row["manifest"]) == json.loads(before.render())


async def test_a_worker_that_lost_its_claim_publishes_nothing(
    exports: Exports,
    wanted: Wanted,
    given: Any,
    held: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.02)
    export_id = await exports.ask(wanted())
    of_another = datetime.now(UTC) + timedelta(hours=1)
    async with exports.worker():
        await waiting_for_a_lock(exports.database)
        await given.execute("UPDATE exports SET claimed_until = $1", of_another)
        await exports.until_left()
    row = await exports.row(export_id)
    assert (row["state"], row["claimed_until"]) == ("running", of_another)


async def test_a_claim_is_renewed_while_writing(
    exports: Exports,
    wanted: Wanted,
    held: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.02)
    export_id = await exports.ask(wanted())
    async with exports.worker():
        await waiting_for_a_lock(exports.database)
        first = (await exports.row(export_id))["claimed_until"]

        async def is_renewed() -> bool:
            return bool((await exports.row(export_id))["claimed_until"] > first)

        await until(is_renewed)
        await held()
        await exports.until(export_id, "done")


async def test_an_export_that_cannot_be_written_fails_and_the_next_is_taken(
    exports: Exports, wanted: Wanted
) -> None:
    failing = await exports.ask(wanted())
    exports.settings.exports_dir.mkdir(parents=True)
    exports.directory(failing).write_text("in the way")
    next_one = await exports.ask(wanted())
    async with exports.worker():
        row = await exports.until(failing, "failed")
        await exports.until(next_one, "done")
    assert (row["problem"], row["manifest"]) == ("internal_error", None)


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
async def test_an_export_waits_for_a_disk_that_takes_no_files(
    given: Any, exports: Exports, wanted: Wanted, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    monkeypatch.setattr(worker, "NO_ROOM_SECONDS", 0.01)
    tries = []
    finish = ExportFiles.finish

    def full_twice(self: ExportFiles) -> Any:
        tries.append(1)
        if len(tries) < 3:
            with told_as_write_error():
                raise OSError(reason, os.strerror(reason))
        return finish(self)

    monkeypatch.setattr(ExportFiles, "finish", full_twice)
    await given.report()
    export_id = await exports.ask(wanted(formats=["ndjson"]))
    async with exports.worker():
        row = await exports.until(export_id, "done")
    assert row["problem"] is None
    assert exports.left() == {str(export_id)}, "drafts were left"
    assert len(tries) == 3


async def test_an_export_completed_whose_rows_are_not_known_is_written_again(
    given: Any, exports: Exports, wanted: Wanted
) -> None:
    """What the agency was handed must be known row by row, or its answers find nothing."""
    export_id = await exports.ask(wanted())
    async with exports.worker():
        await exports.until(export_id, "done")
    await given.execute("UPDATE exports SET state = 'queued', manifest = NULL")
    await given.report()
    async with exports.worker():
        row = await exports.until(export_id, "done")
    assert row["rows_written"] == len(await exports.handed()) == 1
    assert verify_export(exports.directory(export_id)) == []


async def test_progress_is_told_against_all_rows(given: Any, exports: Exports, wanted: Wanted) -> None:
    await given.report()
    await given.report("+8619790005678")
    export_id = await exports.ask(wanted())
    async with exports.worker():
        row = await exports.until(export_id, "done")
    assert (row["rows_written"], row["rows_total"]) == (2, 2)


async def test_of_two_attempts_at_one_export_one_appears_with_its_own_rows(
    given: Any,
    exports: Exports,
    wanted: Wanted,
    keys: KeyRing,
    tmp_path: Path,
    held: Callable[[], Awaitable[None]],
) -> None:
    """A worker that lost its claim without knowing it still writes while the next one does."""
    directory = tmp_path / "exports" / "one"

    async def attempt() -> Manifest:
        return await write_export(
            exports.database,
            ExportOrder(request=wanted(), keys=keys, export_id=uuid4(), now=NOW, keeps_handed=True),
            directory,
            progress=lambda _rows: None,
        )

    first = asyncio.create_task(attempt())
    await waiting_for_a_lock(exports.database)
    await given.report()  # the second attempt sees more than the first
    second = asyncio.create_task(attempt())
    await waiting_for_a_lock(exports.database, at_least=2)
    await held()
    ended = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(one) for one in ended] == [ExportWriteError, Manifest]
    assert len(list(read_handed(directory / ".handed"))) == read_manifest(directory).rows == 1
    assert {path.name for path in directory.parent.iterdir()} == {"one"}
