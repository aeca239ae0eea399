"""Agencies, approvals and outcomes on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.database import Database
from service.exports.approve import ask
from service.exports.schemas import ExportRequest
from tests.clients import NUMBER
from tests.command_line import Dunwatch, Ended

ROW = "r" + "a" * 32


@pytest.fixture
def agency(dunwatch: Dunwatch) -> str:
    """An agency that the operator registered."""
    assert (
        dunwatch("agencies", "add", "12321", "--title", "受理中心", "--rows-per-30-days", 7).returncode == 0
    )
    return "12321"


def new_key(dunwatch: Dunwatch, *options: str) -> Ended:
    return dunwatch("keys", "create", "--label", "x", "--scope", "exports", *options)


async def requested(database: Database, **members: object) -> UUID:
    """An export that the only key asks for."""
    wanted = ExportRequest.model_validate({"from": "2026-03-01", "to": "2026-04-01"} | members)
    async with database.connection() as connection:
        key_id = await connection.fetchval("SELECT key_id FROM api_keys")
        return await ask(connection, wanted, key_id=key_id, now=datetime.now(UTC))


def test_agencies_are_registered_once_listed_and_their_quota_changed(dunwatch: Dunwatch, agency: str) -> None:
    assert "7 rows" in dunwatch("agencies", "list").stdout
    again = dunwatch("agencies", "add", agency, "--title", "x")
    assert (again.returncode, "already" in again.stderr) == (2, True)
    assert dunwatch("agencies", "add", "NOT A NAME", "--title", "x").returncode == 2
    assert dunwatch("agencies", "quota", agency, "--rows-per-30-days", 9).returncode == 0
    assert "9 rows" in dunwatch("agencies", "list").stdout
    assert dunwatch("agencies", "quota", "nobody", "--rows-per-30-days", 9).returncode == 2


@pytest.mark.parametrize(
    "options",
    [("--agency", "nobody", "--purpose", "x"), ("--agency", "12321"), ("--purpose", "x")],
    ids=["an agency that is none", "no purpose", "no agency"],
)
def test_a_key_of_an_agency_needs_agency_and_purpose(
    dunwatch: Dunwatch, agency: str, options: tuple[str, ...]
) -> None:
    made = new_key(dunwatch, *options)
    assert (made.returncode, made.stdout) == (2, "")


def test_keys_are_listed_with_their_agency_and_every_word_apart(dunwatch: Dunwatch, agency: str) -> None:
    scopes = [option for scope in ("lookup", "reports", "moderator") for option in ("--scope", scope)]
    made = new_key(dunwatch, *scopes, "--source", "feed", "--agency", agency, "--purpose", "查处")
    assert made.returncode == 0, made.stderr
    (line,) = dunwatch("keys", "list").stdout.splitlines()
    assert {"exports,lookup,moderator,reports", f"({agency}:", "查处)"} <= set(line.split())


async def test_an_export_is_listed_approved_and_not_twice(
    dunwatch: Dunwatch, agency: str, database: Database
) -> None:
    new_key(dunwatch, "--agency", agency, "--purpose", "查处")
    export_id = await requested(database, legal_basis="某法第某条，某号文书")
    (line,) = dunwatch("exports", "list", "--state", "requested").stdout.splitlines()
    assert str(export_id) in line
    assert "查处" in line
    assert "IDENTIFIES REPORTERS: 某法第某条，某号文书" in line
    done = dunwatch("exports", "approve", export_id, "--reason", "the letter", "--by", "somebody")
    assert done.returncode == 0, done.stderr
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT state, decided_by, decision_reason FROM exports")
    assert tuple(row) == ("queued", "operator:somebody", "the letter")
    again = dunwatch("exports", "refuse", export_id, "--reason", "no")
    assert (again.returncode, "queued" in again.stderr) == (1, True)
    assert "（状态：已批准，待生成）" in again.stderr
    assert dunwatch("exports", "refuse", uuid4(), "--reason", "no").returncode == 1


def test_an_export_that_is_not_there_is_not_approved(dunwatch: Dunwatch) -> None:
    done = dunwatch("exports", "approve", UUID(int=1), "--reason", "x")
    assert (done.returncode, "There is no export" in done.stderr) == (1, True)


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_outcomes_are_imported_all_or_none(
    dunwatch: Dunwatch, agency: str, database: Database, tmp_path: Path, form: str
) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO hand_overs SELECT $1, agency_id, $2, gen_random_uuid(), now(), gen_random_uuid(), now(), '\\x00'"
            " FROM agencies",
            NUMBER,
            ROW,
        )

    def written(*row_ids: str) -> Path:
        file = tmp_path / f"answers.{form}"
        records = [{"row_id": row_id, "result": "upheld", "decided_on": "2026-03-02"} for row_id in row_ids]
        lines = [json.dumps(record) for record in records]
        if form == "csv":
            lines = ["row_id,result,decided_on,note", *(f"{row_id},upheld,2026-03-02," for row_id in row_ids)]
        file.write_text("\n".join(lines), "utf-8")
        return file

    refused = dunwatch("outcomes", "import", written(ROW, "r" + "c" * 32), "--agency", agency)
    assert refused.returncode == 1
    place = "A3" if form == "csv" else "line 2: row_id"
    assert f"{place}: 没有向该机构移交过这一行" in refused.stderr
    unreadable = dunwatch("outcomes", "import", written(ROW, "r1"), "--agency", agency)
    told = "A3: 这不是行编号" if form == "csv" else "row_id: 格式不正确"
    assert (unreadable.returncode, told in unreadable.stderr) == (2, True)
    kept = dunwatch("outcomes", "import", written("r1", ROW), "--agency", agency, "--keep-good")
    assert (kept.returncode, "1 recorded" in kept.stderr, "1 refused" in kept.stderr) == (0, True, True)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM outcomes")
    for told in ("1 recorded, 0 already there", "0 recorded, 1 already there"):
        assert told in dunwatch("outcomes", "import", written(ROW), "--agency", agency).stderr
    assert dunwatch("outcomes", "import", written(ROW), "--agency", "nobody").returncode == 2


def test_an_empty_file_of_outcomes_is_told(dunwatch: Dunwatch, agency: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    done = dunwatch("outcomes", "import", tmp_path / "empty.csv", "--agency", agency)
    assert (done.returncode, "no answers" in done.stderr) == (2, True)


async def test_a_ledger_that_was_altered_is_copied_but_not_signed(
    dunwatch: Dunwatch, agency: str, database: Database, tmp_path: Path
) -> None:
    assert new_key(dunwatch, "--agency", agency, "--purpose", "testing").returncode == 0
    await requested(database)
    assert dunwatch("log", tmp_path / "before").returncode == 0
    await requested(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE ledger SET entry = replace(entry, '12321', '12322') WHERE place = 0")
    altered = dunwatch("log", tmp_path / "after")
    assert altered.returncode == 1
    assert "entry 0 was altered" in altered.stderr
    assert "日志被改动" in altered.stderr
    assert (tmp_path / "after" / "entries.ndjson").read_bytes().count(b"\n") == 2
    assert (tmp_path / "after" / "checkpoints.json").read_bytes() == (
        tmp_path / "before" / "checkpoints.json"
    ).read_bytes()
