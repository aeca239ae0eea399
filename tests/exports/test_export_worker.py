"""The worker sees every export through: over a lost database, a stop, a killed or a rival worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from service.agencies.store import insert_agency
from service.database import Database
from service.exports import worker
from service.exports.files import ExportWriteError
from service.exports.handed import read_handed
from service.exports.manifest import Manifest, read_manifest
from service.exports.schemas import ExportRequest
from service.exports.store import Recipient, claim_export, insert_export
from service.exports.verify import verify_export
from service.exports.write import ExportOrder, write_export
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings
from tests.exports.exporting import exporting, new_export
from tests.waiting import until

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
Wanted = Callable[..., ExportRequest]


class Exports:
    """Exports under way in one database, and workers for them."""

    def __init__(self, database: Database, settings: Settings, keys: KeyRing) -> None:
        self.database = database
        self.settings = settings
        self.metrics = Metrics(CollectorRegistry())
        self._keys = keys
        self._recipient: Recipient | None = None

    async def ask(self, request: ExportRequest, recipient: Recipient | None = None) -> UUID:
        """Ask for an export that is approved at once."""
        recipient = recipient or await self._agency()
        return await new_export(self.database, request, recipient, now=datetime.now(UTC))

    async def _agency(self) -> Recipient:
        """Who asks where nobody is named."""
        if self._recipient is None:
            async with self.database.connection() as connection:
                agency_id = await insert_agency(connection, "own", "某机构", rows_per_30_days=10**6, now=NOW)
            self._recipient = Recipient(agency_id, "own", "testing")
        return self._recipient

    async def handed(self) -> list[asyncpg.Record]:
        async with self.database.connection() as connection:
            return list(await connection.fetch("SELECT * FROM hand_overs ORDER BY handed_at, number, row_id"))

    def worker(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """A worker at work."""
        return exporting(self.database, self.settings, self._keys, self.metrics)

    async def row(self, export_id: UUID) -> asyncpg.Record:
        async with self.database.connection() as connection:
            return await connection.fetchrow("SELECT * FROM exports WHERE export_id = $1", export_id)

    async def until(self, export_id: UUID, state: str) -> asyncpg.Record:
        async def reached() -> asyncpg.Record | None:
            row = await self.row(export_id)
            return row if row["state"] == state else None

        return await until(reached)

    def directory(self, export_id: UUID) -> Path:
        return self.settings.exports_dir / str(export_id)

    def left(self) -> set[str]:
        return {path.name for path in self.settings.exports_dir.iterdir()}

    async def until_left(self, *export_ids: UUID) -> None:
        """Wait until no directories are there but these."""

        async def are_left() -> bool:
            return self.left() == set(map(str, export_ids))

        await until(are_left)


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


async def test_what_an_agency_is_handed_is_kept_row_by_row(
    given: Any, exports: Exports, wanted: Wanted
) -> None:
    report_id = await given.report()
    first, second = await exports.ask(wanted()), await exports.ask(wanted())
    async with exports.worker():
        for export_id in (first, second):
            await exports.until(export_id, "done")
    one, other = await exports.handed()
    assert {one["export_id"], other["export_id"]} == {first, second}
    assert one["report_id"] == other["report_id"] == report_id
    assert one["reported_at"] == datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert (one["row_id"], one["digest"]) == (other["row_id"], other["digest"]), "nothing has changed"
    written = json.loads((exports.directory(first) / "reports.ndjson").read_bytes())
    assert written["row_id"] == one["row_id"]
    assert exports.left() == {str(first), str(second)}


@pytest.mark.parametrize("layout", ["12321", "12321_extended", "numbers"])
async def test_rows_of_forged_caller_ids_are_kept_as_accusing_nobody(
    given: Any, exports: Exports, wanted: Wanted, layout: str
) -> None:
    for number in ("+8619790001234", "+8619790005678"):
        for _ in range(3):
            await given.report(number)
    await given.verdict("+8619790005678", suspected_spoofing=True)
    export_id = await exports.ask(wanted(layout=layout))
    async with exports.worker():
        await exports.until(export_id, "done")
    assert {(row["number"], row["accuses"]) for row in await exports.handed()} == {
        ("+8619790001234", True),
        ("+8619790005678", False),
    }


async def test_an_export_over_the_quota_fails_before_anything_is_written(
    given: Any, exports: Exports, wanted: Wanted
) -> None:
    agency = await given.agency(rows_per_30_days=3)
    await given.report()
    await given.report()
    first, second = await exports.ask(wanted(), agency), await exports.ask(wanted(), agency)
    async with exports.worker():
        await exports.until(first, "done")
        row = await exports.until(second, "failed")
    assert (row["problem"], row["rows_total"]) == ("quota_used", None)
    assert exports.left() == {str(first)}


@pytest.mark.parametrize("changed", [{"changes_only": True}, {"layout": "numbers"}])
async def test_what_turns_out_larger_than_the_quota_is_not_handed_over(
    given: Any, exports: Exports, wanted: Wanted, changed: dict[str, object]
) -> None:
    agency = await given.agency(rows_per_30_days=1)
    for number in ("+8619790001234", "+8619790005678"):
        for _ in range(3):
            await given.report(number)
    export_id = await exports.ask(wanted(**changed), agency)
    async with exports.worker():
        row = await exports.until(export_id, "failed")
        assert row["problem"] == "quota_used"
        await until(lambda: nothing_left(exports))


async def nothing_left(exports: Exports) -> bool:
    return exports.left() == set()


async def test_progress_is_told_against_all_rows(given: Any, exports: Exports, wanted: Wanted) -> None:
    await given.report()
    await given.report("+8619790005678")
    export_id = await exports.ask(wanted())
    async with exports.worker():
        row = await exports.until(export_id, "done")
    assert (row["rows_written"], row["rows_total"]) == (2, 2)


async def test_files_are_removed_when_their_time_is_over_and_the_export_stays_known(
    exports: Exports, wanted: Wanted, given: Any
) -> None:
    kept, over = await exports.ask(wanted()), await exports.ask(wanted())
    async with exports.worker():
        for export_id in (kept, over):
            await exports.until(export_id, "done")
    await given.execute(
        "UPDATE exports SET expires_at = now() - interval '1 second' WHERE export_id = $1", over
    )
    async with exports.worker():
        row = await exports.until(over, "expired")
        await exports.until_left(kept)
    assert json.loads(row["manifest"])["export_id"] == str(over)
    assert (await exports.row(kept))["expires_at"] > datetime.now(UTC) + timedelta(days=29)


async def test_what_a_worker_left_that_was_killed_after_its_export_was_recorded_is_removed(
    exports: Exports, wanted: Wanted, given: Any
) -> None:
    done, waiting = await exports.ask(wanted()), await exports.ask(wanted())
    async with exports.worker():
        for export_id in (done, waiting):
            await exports.until(export_id, "done")
    await given.execute("UPDATE exports SET state = 'refused' WHERE export_id = $1", waiting)
    files = {export_id: exports.directory(export_id) / ".handed" for export_id in (done, waiting)}
    for file in files.values():
        file.touch()

    async def is_removed() -> bool:
        return not files[done].exists()

    async with exports.worker():
        await until(is_removed)
    assert files[waiting].exists()
    assert verify_export(exports.directory(done)) == []


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


async def test_requests_that_nobody_decides_about_lapse(
    given: Any, exports: Exports, wanted: Wanted, database: Database
) -> None:
    agency = await given.agency()
    old, new = uuid4(), uuid4()
    now = datetime.now(UTC)
    async with database.connection() as connection:
        for export_id, days in ((old, 31), (new, 29)):
            asked_at = now - timedelta(days=days)
            await insert_export(
                connection, export_id, wanted(), key_id="a-key", recipient=agency, now=asked_at
            )
    async with exports.worker():
        await exports.until(old, "lapsed")
    assert (await exports.row(new))["state"] == "requested"
    async with database.connection() as connection:
        (entry,) = await connection.fetch("SELECT entry FROM ledger")
    assert json.loads(entry["entry"])["action"] == "lapsed"
