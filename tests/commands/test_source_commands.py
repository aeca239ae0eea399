"""Sources are listed and decided about by name, with a reason, on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.commands.first_key import _first_key
from service.database import Database
from service.demo import _source as demo_source
from service.reports.store import insert_reports
from service.settings import Settings
from tests.clients import report_row
from tests.command_line import Dunwatch, Ended

NOW = datetime.now(UTC)
WHY = "our own hotline; every caller is called back"


def new_key(dunwatch: Dunwatch, *options: str) -> Ended:
    return dunwatch("keys", "create", "--label", "x", "--scope", "reports", *options)


async def entries(database: Database) -> list[dict[str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT entry FROM ledger ORDER BY place")
    return [json.loads(row["entry"]) for row in rows]


async def test_a_key_may_vet_its_source(dunwatch: Dunwatch, database: Database) -> None:
    assert new_key(dunwatch, "--source", "partner").returncode == 0
    made = new_key(dunwatch, "--source", "hotline", "--vetted", "--reason", WHY)
    assert (made.returncode, made.stdout.startswith("dw_key_")) == (0, True), made.stderr
    listed = dunwatch("sources", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["vetted", "undecided"]
    assert WHY in listed[0]
    (entry,) = await entries(database)
    assert (entry["action"], entry["source"], entry["reason"]) == ("vetted", "hotline", WHY)


@pytest.mark.parametrize(
    "options",
    [
        ("--source", "hotline", "--vetted"),
        ("--source", "hotline", "--vetted", "--reason", "  "),
        ("--source", "hotline", "--reason", WHY),
    ],
    ids=["no reason", "an empty reason", "a reason for nothing"],
)
async def test_vetting_takes_a_reason(
    dunwatch: Dunwatch, database: Database, options: tuple[str, ...]
) -> None:
    made = new_key(dunwatch, *options)
    assert (made.returncode, made.stdout) == (2, "")
    assert await entries(database) == []


def test_only_a_source_is_vetted(dunwatch: Dunwatch) -> None:
    made = dunwatch("keys", "create", "--label", "x", "--scope", "lookup", "--vetted", "--reason", WHY)
    assert (made.returncode, made.stdout) == (2, "")


async def test_sources_are_vetted_and_unvetted_by_name(dunwatch: Dunwatch, database: Database) -> None:
    new_key(dunwatch, "--source", "hotline")
    assert dunwatch("sources", "vet", "hotline", "--reason", WHY).returncode == 0
    assert dunwatch("sources", "unvet", "hotline", "--reason", "the contract has ended").returncode == 0
    assert dunwatch("sources", "list").stdout.startswith("unvetted")
    assert [entry["action"] for entry in await entries(database)] == ["vetted", "unvetted"]


@pytest.mark.parametrize("name", ["nobody", "crowd"])
def test_a_source_that_is_none_is_not_vetted(dunwatch: Dunwatch, name: str) -> None:
    done = dunwatch("sources", "vet", name, "--reason", WHY)
    assert (done.returncode, name in done.stderr) == (1, True)


def test_no_key_is_of_the_crowd(dunwatch: Dunwatch) -> None:
    made = new_key(dunwatch, "--source", "crowd")
    assert (made.returncode, made.stdout) == (2, "")


async def test_an_import_may_vet_its_source(dunwatch: Dunwatch, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "tour.csv"
    path.write_text("number,occurred_at,reporter\n19790001234,2026-03-01T12:00:00+08:00,a\n")
    options = ("--format", "csv", "--source", "hotline")
    assert dunwatch("import", path, *options, "--vetted").returncode == 2
    done = dunwatch("import", path, *options, "--vetted", "--reason", WHY)
    assert done.returncode == 0, done.stderr
    assert dunwatch("sources", "list").stdout.startswith("vetted")
    (entry,) = await entries(database)
    assert entry["source"] == "hotline"


async def test_a_key_of_a_vetted_source_says_so(dunwatch: Dunwatch, database: Database) -> None:
    assert "is vetted" not in new_key(dunwatch, "--source", "hotline").stderr
    dunwatch("sources", "vet", "hotline", "--reason", WHY)
    made = new_key(dunwatch, "--source", "hotline")
    assert (made.stdout.startswith("dw_key_"), "'hotline' is vetted" in made.stderr) == (True, True)


@pytest.mark.parametrize("name", ["crowd", "simulation"])
def test_names_that_the_service_uses_itself_are_refused(
    dunwatch: Dunwatch, tmp_path: Path, name: str
) -> None:
    made = new_key(dunwatch, "--source", name)
    assert (made.returncode != 0, made.stdout, name in made.stderr) == (True, "", True)
    file = tmp_path / "x.ndjson"
    file.write_text("", encoding="utf-8")
    done = dunwatch("import", str(file), "--format", "ndjson", "--source", name)
    assert (done.returncode != 0, name in done.stderr) == (True, True)


async def test_the_demonstration_vets_its_own_source_alone(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("INSERT INTO sources (name, weight) VALUES ('simulation', 3)")
        real = await demo_source(connection, NOW)
        assert (real.simulated, await vetting_of(database, "simulation")) == (False, "undecided")
        await connection.execute("UPDATE sources SET simulated = true WHERE name = 'simulation'")
    await database.in_transaction(lambda connection: demo_source(connection, NOW))
    assert await vetting_of(database, "simulation") == "vetted"


async def vetting_of(database: Database, name: str) -> str:
    async with database.connection() as connection:
        found: str = await connection.fetchval("SELECT vetting FROM sources WHERE name = $1", name)
    return found


@pytest.mark.parametrize(
    ("before", "is_reported", "is_vetted"),
    [
        (None, False, True),
        ("undecided", False, True),
        ("undecided", True, False),
        ("unvetted", False, False),
        ("vetted", True, True),
    ],
)
async def test_the_first_key_vets_no_source_that_others_reported_under(
    database: Database, settings: Settings, before: str | None, is_reported: bool, is_vetted: bool
) -> None:
    async with database.connection() as connection:
        if before is not None:
            await connection.execute(
                "INSERT INTO sources (name, weight, vetting) VALUES ('operator', 1, $1)", before
            )
        if is_reported:
            source = await connection.fetchval("SELECT source_id FROM sources WHERE name = 'operator'")
            await insert_reports(connection, [report_row(source_id=source)], is_bulk=False)
    key, said = await _first_key(settings)
    assert key is not None
    assert said == is_vetted == (await vetting_of(database, "operator") == "vetted")
    assert await _first_key(settings) == (None, False)
