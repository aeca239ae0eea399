"""What an export leaves, for how long, and what is removed: files, claims, requests, what an agency was handed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.database import Database
from service.exports.schemas import ExportRequest
from service.exports.store import insert_export
from service.exports.verify import verify_export
from tests.exports.under_way import Exports
from tests.waiting import until

Wanted = Callable[..., ExportRequest]


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
        await exports.until_left()


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
