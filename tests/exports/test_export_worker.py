"""The worker sees every export through: over a lost database, a stop, a killed or a rival worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from service.database import Database
from service.exports import worker
from service.exports.manifest import read_manifest
from service.exports.schemas import ExportRequest
from service.exports.store import claim_export, insert_export
from service.exports.verify import verify_export
from service.exports.worker import run_exports
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
KEY = "regulator"
Wanted = Callable[..., ExportRequest]


class Exports:
    """Exports under way in one database, and workers for them."""

    def __init__(self, database: Database, settings: Settings, keys: KeyRing) -> None:
        self.database = database
        self.settings = settings
        self.metrics = Metrics(CollectorRegistry())
        self._keys = keys

    async def ask(self, request: ExportRequest) -> UUID:
        export_id = uuid4()
        async with self.database.connection() as connection:
            await insert_export(connection, export_id, request, key_id=KEY, now=NOW)
        return export_id

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.Task[None]]:
        stop = asyncio.Event()
        running = asyncio.create_task(
            run_exports(self.database, self.settings, self._keys, self.metrics, stop=stop)
        )
        try:
            yield running
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)

    async def row(self, export_id: UUID) -> asyncpg.Record:
        async with self.database.connection() as connection:
            return await connection.fetchrow("SELECT * FROM exports WHERE export_id = $1", export_id)

    async def until(self, export_id: UUID, state: str) -> asyncpg.Record:
        async with asyncio.timeout(10):
            while (row := await self.row(export_id))["state"] != state:  # noqa: ASYNC110  another process changes it
                await asyncio.sleep(0.01)
        return row

    def directory(self, export_id: UUID) -> Path:
        return self.settings.exports_dir / str(export_id)

    def left(self) -> set[str]:
        return {path.name for path in self.settings.exports_dir.iterdir()}


@pytest.fixture
def exports(database: Database, settings: Settings, keys: KeyRing) -> Exports:
    return Exports(database, settings, keys)


@pytest.fixture
async def held(database_url: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Exports hang before their first row until this is called."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN; LOCK TABLE report_supplements IN ACCESS EXCLUSIVE MODE")

    async def let_go() -> None:
        await connection.execute("ROLLBACK")

    yield let_go
    await connection.close()


async def waiting_for_a_lock(database: Database) -> list[int]:
    """Process ids of the server that hang in an export, as soon as there is one."""
    query = """SELECT pid FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database()"""
    async with asyncio.timeout(10):
        while True:
            async with database.connection() as connection:
                pids = [row[0] for row in await connection.fetch(query)]
            if pids:
                return pids
            await asyncio.sleep(0.01)


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
    later = NOW + timedelta(seconds=60)
    assert await claim_export(exports.database, now=NOW, until=later) is not None
    assert await claim_export(exports.database, now=NOW + timedelta(seconds=59), until=later) is None


async def test_an_export_completed_but_not_recorded_is_recorded_as_it_stands(
    given: Any, exports: Exports, wanted: Wanted
) -> None:
    export_id = await exports.ask(wanted())
    async with exports.worker():
        await exports.until(export_id, "done")
    before = read_manifest(exports.directory(export_id))
    await given.execute("UPDATE exports SET state = 'queued', manifest = NULL")
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
        async with asyncio.timeout(10):
            while exports.left():  # noqa: ASYNC110  another process changes it
                await asyncio.sleep(0.01)
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
        async with asyncio.timeout(10):
            while (await exports.row(export_id))["claimed_until"] <= first:  # noqa: ASYNC110  another process changes it
                await asyncio.sleep(0.01)
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
