"""Deltas: what an agency is handed again is only what has changed, and what is gone is told."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from service.database import Database
from service.exports.schemas import ExportRequest
from service.exports.store import Recipient
from service.exports.verify import verify_export
from service.secrets import KeyRing
from service.settings import Settings
from tests.exports.exporting import exporting, new_export
from tests.waiting import until

NUMBERS = [f"+86197900012{n}" for n in range(10, 20)]
Wanted = Callable[..., ExportRequest]


class Agency:
    """An agency that is handed one export after the other."""

    def __init__(self, database: Database, settings: Settings, keys: KeyRing, recipient: Recipient) -> None:
        self._database = database
        self._settings = settings
        self._keys = keys
        self._recipient = recipient

    async def handed(self, request: ExportRequest) -> Path:
        """The directory of a finished export."""
        export_id = await new_export(self._database, request, self._recipient, now=datetime.now(UTC))

        async def is_done() -> bool:
            return await self._state(export_id) == "done"

        async with exporting(self._database, self._settings, self._keys):
            await until(is_done)
        directory = self._settings.exports_dir / str(export_id)
        assert verify_export(directory) == []
        return directory

    async def _state(self, export_id: UUID) -> str:
        async with self._database.connection() as connection:
            return str(await connection.fetchval("SELECT state FROM exports WHERE export_id = $1", export_id))


def rows_of(directory: Path) -> list[tuple[str, str]]:
    """Number and change of each row."""
    (path,) = [*directory.glob("reports.ndjson"), *directory.glob("numbers.ndjson")]
    return [(row["number"], row["change"]) for row in map(json.loads, path.read_bytes().splitlines())]


def removed_of(directory: Path) -> list[str]:
    with (directory / "removed.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["row_id"]
    return [row_id for (row_id,) in rows]


def id_of(directory: Path, number: str) -> str:
    lines = (directory / "reports.ndjson").read_bytes().splitlines()
    return next(str(row["row_id"]) for row in map(json.loads, lines) if row["number"] == number)


@pytest.fixture
async def agency(given: Any, database: Database, settings: Settings, keys: KeyRing) -> Agency:
    return Agency(database, settings, keys, await given.agency())


async def test_the_first_delta_is_everything(given: Any, agency: Agency, wanted: Wanted) -> None:
    await given.report(NUMBERS[0])
    directory = await agency.handed(wanted(changes_only=True))
    assert rows_of(directory) == [(NUMBERS[0], "added")]
    assert removed_of(directory) == []


async def test_a_delta_tells_what_was_added_changed_and_removed_and_nothing_else(
    given: Any, agency: Agency, wanted: Wanted
) -> None:
    """Removed ones first, in between and last, in the order of numbers."""
    reports = {place: await given.report(NUMBERS[place]) for place in (0, 2, 3, 5, 9)}
    first = await agency.handed(wanted())
    for place in (0, 5, 9):
        await given.execute("UPDATE reports SET retracted_at = now() WHERE report_id = $1", reports[place])
    await given.supplement(reports[3], number=NUMBERS[3], position=1, narrative="又打来")
    await given.report(NUMBERS[1])
    delta = await agency.handed(wanted(changes_only=True))
    assert rows_of(delta) == [(NUMBERS[1], "added"), (NUMBERS[3], "changed")]
    assert removed_of(delta) == [id_of(first, NUMBERS[place]) for place in (0, 5, 9)]
    again = await agency.handed(wanted(changes_only=True))
    assert (rows_of(again), removed_of(again)) == ([], [])


async def test_the_same_deltas_added_up_are_the_whole(given: Any, agency: Agency, wanted: Wanted) -> None:
    held: dict[str, str] = {}
    for number in (*NUMBERS, *NUMBERS[:3]):
        report_id = await given.report(number)
        if number == NUMBERS[4]:
            await given.execute("UPDATE reports SET retracted_at = now() WHERE report_id = $1", report_id)
        if number == NUMBERS[7]:
            await given.execute("UPDATE reports SET retracted_at = now() WHERE number = $1", NUMBERS[6])
        delta = await agency.handed(wanted(changes_only=True, formats=["ndjson"]))
        for row in map(json.loads, (delta / "reports.ndjson").read_bytes().splitlines()):
            held[row["row_id"]] = row["number"]
        for row_id in removed_of(delta):
            del held[row_id]
    whole = await agency.handed(wanted(formats=["ndjson"]))
    rows = map(json.loads, (whole / "reports.ndjson").read_bytes().splitlines())
    assert held == {row["row_id"]: row["number"] for row in rows}


async def test_a_verdict_that_leaves_the_selection_removes_its_rows(
    given: Any, agency: Agency, wanted: Wanted
) -> None:
    await given.report(NUMBERS[0])
    first = await agency.handed(wanted())
    await given.verdict(NUMBERS[0], "cleared")
    delta = await agency.handed(wanted(changes_only=True))
    assert removed_of(delta) == [id_of(first, NUMBERS[0])]


async def test_a_score_that_decays_is_no_change(given: Any, agency: Agency, wanted: Wanted) -> None:
    await given.report(NUMBERS[0])
    await given.verdict(NUMBERS[0], score=0.9)
    await agency.handed(wanted())
    await given.verdict(NUMBERS[0], score=0.8, revision=2)
    assert rows_of(await agency.handed(wanted(changes_only=True))) == []


async def test_a_delta_compares_with_the_same_kind_of_export_and_the_same_period(
    given: Any, agency: Agency, wanted: Wanted
) -> None:
    await given.report(NUMBERS[0])
    await agency.handed(wanted())
    for members in ({"layout": "12321_extended"}, {"verdicts": ["unknown"]}):
        assert rows_of(await agency.handed(wanted(changes_only=True, **members))) == [(NUMBERS[0], "added")]
    later = {"from": "2026-03-15", "changes_only": True}
    delta = await agency.handed(wanted(**later))
    assert (rows_of(delta), removed_of(delta)) == ([], []), "what lies before the period is not gone"


async def test_another_agency_has_been_handed_nothing(
    given: Any, agency: Agency, database: Database, settings: Settings, keys: KeyRing, wanted: Wanted
) -> None:
    await given.report(NUMBERS[0])
    first = await agency.handed(wanted())
    other = Agency(database, settings, keys, await given.agency("other"))
    delta = await other.handed(wanted(changes_only=True))
    assert rows_of(delta) == [(NUMBERS[0], "added")]
    assert id_of(delta, NUMBERS[0]) != id_of(first, NUMBERS[0])


async def test_rows_about_numbers_have_deltas_too(given: Any, agency: Agency, wanted: Wanted) -> None:
    for number in NUMBERS[:2]:
        for _ in range(3):
            await given.report(number)
    await agency.handed(wanted(layout="numbers"))
    await given.report(NUMBERS[1], occurred_at="2026-03-09T02:03:04Z")
    await given.execute("UPDATE reports SET retracted_at = now() WHERE number = $1", NUMBERS[0])
    delta = await agency.handed(wanted(layout="numbers", changes_only=True))
    assert rows_of(delta) == [(NUMBERS[1], "changed")]
    assert len(removed_of(delta)) == 1
