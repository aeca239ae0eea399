"""The command line, run as people run it: results on standard output, words on standard error."""

import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from service.database import Database
from service.reports.store import insert_reports
from tests.clients import report_row
from tests.command_line import Dunwatch
from tests.waiting import DEADLINE_SECONDS, until, wait_for


def json_lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


async def fetch(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


def test_normalize_answers_every_line_whatever_is_in_it(dunwatch: Dunwatch, tmp_path: Path) -> None:
    given = b"\n".join(
        [
            b"197 9000 1234",
            b"82345678",
            b"",
            b"\xff\xfe",
            "１９７９０００１２３４".encode(),
            b"a" * 300,
            b"95588",
        ]
    )
    done = dunwatch("normalize", "-", given=given)
    assert done.returncode == 0, done.stderr
    answers = json_lines(done.stdout)
    assert [answer.get("number", answer.get("error")) for answer in answers] == [
        "+8619790001234",
        "area_code_needed",
        "withheld",
        "not_a_number",
        "+8619790001234",
        "too_long",
        "95588",
    ]
    path = tmp_path / "numbers.txt"
    path.write_bytes(given)
    assert dunwatch("normalize", path).stdout == done.stdout


def test_normalize_writes_utf8_in_any_locale(dunwatch: Dunwatch) -> None:
    done = dunwatch.from_scratch(
        "normalize", "-", given="010-82345678 北京\n".encode(), LC_ALL="C", PYTHONUTF8="0"
    )
    assert done.returncode == 0, done.stderr
    (answer,) = json_lines(done.stdout)
    assert (answer["number"], answer["region"]) == ("+861082345678", "北京")


async def test_keys_are_made_listed_and_revoked(dunwatch: Dunwatch, database: Database) -> None:
    made = dunwatch("keys", "create", "--label", "a PBX", "--scope", "lookup", "--days", 3)
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert token.startswith("dw_key_")
    ((key_id, label, scopes),) = await fetch(database, "SELECT key_id, label, scopes FROM api_keys")
    assert (label, scopes) == ("a PBX", ["lookup"])
    listed = dunwatch("keys", "list").stdout
    assert all(word in listed for word in (key_id, "valid", "lookup", "a PBX"))
    assert token not in listed
    assert dunwatch("keys", "revoke", key_id).returncode == 0
    assert "revoked" in dunwatch("keys", "list").stdout
    again = dunwatch("keys", "revoke", key_id)
    assert (again.returncode, "There is no valid key" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--label", "x", "--scope", "reports"],
        ["--label", "x", "--scope", "lookup", "--source", "feed"],
        ["--label", "x", "--scope", "everything"],
        ["--label", "x", "--scope", "reports", "--source", "Not A Name"],
        ["--label", "x", "--scope", "lookup", "--per-second", "0"],
        ["--scope", "lookup"],
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(
    dunwatch: Dunwatch, database: Database, arguments: list[str]
) -> None:
    done = dunwatch("keys", "create", *arguments)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert await fetch(database, "SELECT FROM api_keys") == []


async def test_the_demonstration_is_marked_and_stored_once(dunwatch: Dunwatch, database: Database) -> None:
    arguments = ("demo", "--gangs", 3, "--reporters", 120)
    first = dunwatch(*arguments)
    assert first.returncode == 0, first.stderr
    counts = "SELECT (SELECT count(*) FROM reports), (SELECT max(revision) FROM verdicts)"
    before = await fetch(database, counts)
    assert before[0][0] > 100
    assert await fetch(database, "SELECT DISTINCT is_simulated FROM reports") == [(True,)]
    assert await fetch(database, "SELECT DISTINCT is_simulated FROM daily_signals") == [(True,)]
    told = await fetch(database, "SELECT DISTINCT is_simulated FROM verdicts WHERE reports_at_least > 0")
    assert told == [(True,)]
    assert await fetch(database, "SELECT FROM changed_numbers") == []
    second = dunwatch(*arguments)
    assert "0 simulated reports" in second.stderr
    assert await fetch(database, counts) == before


async def test_numbers_are_looked_up_in_this_hosts_replica(dunwatch: Dunwatch, database: Database) -> None:
    early = dunwatch("lookup", "19790001234")
    assert (early.returncode, "no replica yet" in early.stderr) == (1, True)
    async with database.connection() as connection:
        await insert_reports(connection, [report_row() for _ in range(12)], is_bulk=False)
    assert dunwatch("score").returncode == 0
    following = dunwatch.started("follow")
    try:
        wait_for(lambda: dunwatch("lookup", "19790001234").returncode == 0)
    finally:
        following.terminate()
        assert following.wait(DEADLINE_SECONDS) == 0
    done = dunwatch("lookup", "197 9000 1234", "010-82345678", "x")
    assert done.returncode == 0, done.stderr
    known, unknown, unreadable = json_lines(done.stdout)
    assert (known["number"], known["verdict"]) == ("+8619790001234", "confirmed")
    assert (unknown["number"], unknown["verdict"]) == ("+861082345678", "unknown")
    assert unreadable == {"input": "x", "error": "number_not_a_number"}


async def test_an_import_tells_its_counts_and_where_the_rejected_lines_are(
    dunwatch: Dunwatch, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(
        "created_date,number,consumer_area_code\n2020-03-01,2025550101,202\n2020-03-01,x,202\n", "utf-8"
    )
    arguments = ("import", path, "--format", "ftc", "--source", "ftc-dnc")
    done = dunwatch(*arguments)
    assert done.returncode == 0, done.stderr
    words = " ".join(done.stderr.split())
    assert "2 lines: 1 stored, 0 already there, 1 rejected" in words
    assert "1 × 这不是电话号码 / This is not a telephone number first in line 2: 2020-03-01,x,202" in words
    (rejected,) = (tmp_path / "data/imports").iterdir()
    assert json.loads(rejected.read_bytes())["text"] == "2020-03-01,x,202"
    assert dunwatch(*arguments).returncode == 0
    assert await fetch(database, "SELECT count(*) FROM reports") == [(1,)]


async def test_a_dry_run_tells_what_would_be_refused_and_writes_nothing(
    dunwatch: Dunwatch, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "feed.csv"
    rows = ["19790001234", "19790001234", "138****1234", "138****1235"]
    lines = [f"{number},2026-03-01T21:05:00+08:00,a,他说 19790005678" for number in rows]
    path.write_text("\n".join(["number,occurred_at,reporter,narrative", *lines]), "utf-8")
    there_before = sorted((tmp_path / "data").rglob("*")) if (tmp_path / "data").exists() else []
    done = dunwatch("import", path, "--format", "csv", "--source", "tour", "--dry-run")
    words = " ".join(done.stderr.split())
    assert done.returncode == 0, done.stderr
    assert "Nothing was written. 4 lines: 1 would be stored" in words
    assert "1 repeat others, 2 would be refused" in words
    assert "2 × number: 第 4 个字符处有数字被遮住或缺少" in words
    assert "first in line 3: 138****1234" in words
    assert "19790005678" not in words
    assert await fetch(database, "SELECT FROM sources WHERE name = 'tour'") == []
    assert sorted((tmp_path / "data").rglob("*")) == there_before
    refused = dunwatch("import", path, "--format", "ndjson", "--source", "tour", "--dry-run")
    assert (refused.returncode, "Nothing would be imported" in refused.stderr) == (1, True)


async def test_a_cut_off_file_is_imported_as_far_as_it_goes_and_told(
    dunwatch: Dunwatch, database: Database, tmp_path: Path
) -> None:
    lines = [f"2020-03-01,202{n * 7919 % 10**7:07},202" for n in range(400)]
    packed = gzip.compress("\n".join(["created_date,number,consumer_area_code", *lines, ""]).encode())
    path = tmp_path / "feed.csv.gz"
    path.write_bytes(packed[:-300])
    done = dunwatch("import", path, "--format", "ftc", "--source", "feed")
    assert done.returncode == 1
    ((lines_done,),) = await fetch(database, "SELECT lines_done FROM import_runs")
    assert lines_done > 0
    assert f"the {lines_done:,} whole lines before the cut were read" in " ".join(done.stderr.split())
    path.write_bytes(packed + b"garbage")
    done = dunwatch("import", path, "--format", "ftc", "--source", "feed")
    assert done.returncode == 0, done.stderr
    assert "Bytes behind the end of the compressed file were ignored" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("header", "source"), [("a,b,c", "feed"), ("created_date,number,consumer_area_code", "Not A Name")]
)
async def test_an_import_that_cannot_be_right_says_so_and_leaves_nothing(
    dunwatch: Dunwatch, database: Database, tmp_path: Path, header: str, source: str
) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(f"{header}\n2020-03-01,2025550101,202\n", "utf-8")
    done = dunwatch("import", path, "--format", "ftc", "--source", source)
    assert done.returncode in (1, 2)
    assert "nothing was" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert await fetch(database, "SELECT FROM reports") == []


async def test_an_import_killed_in_its_middle_is_taken_up_again(
    dunwatch: Dunwatch, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "feed.csv"
    lines = [f"2020-03-{1 + n % 28:02},202555{n % 10_000:04},{200 + n % 50}" for n in range(60_000)]
    path.write_text("\n".join(["created_date,number,consumer_area_code", *lines]), "utf-8")
    arguments = ["import", str(path), "--format", "ftc", "--source", "feed"]
    with dunwatch.started(*arguments) as first:
        await until(lambda: fetch(database, "SELECT FROM import_runs WHERE lines_done > 0"))
        first.send_signal(signal.SIGKILL)
    ((done, finished),) = await fetch(database, "SELECT lines_done, finished_at FROM import_runs")
    assert (0 < done < 60_000, finished) == (True, None), "it was not killed in its middle"
    assert await fetch(database, "SELECT count(*) FROM reports") == [(done,)]
    assert dunwatch(*arguments).returncode == 0
    ((total, counted),) = await fetch(database, "SELECT sum(reports), sum(reporters) FROM daily_signals")
    assert (total, counted) == (60_000, 60_000)
    assert await fetch(database, "SELECT count(*) FROM reports") == [(60_000,)]


def test_the_openapi_document_is_printed(dunwatch: Dunwatch) -> None:
    document = json.loads(dunwatch("openapi").stdout)
    assert "/v1/numbers/{number}" in document["paths"]


def test_migrating_a_migrated_database_is_harmless(dunwatch: Dunwatch) -> None:
    assert dunwatch("migrate").returncode == 0


@pytest.mark.parametrize("arguments", [["keys", "list"], ["score"], ["migrate"]])
def test_without_a_database_a_command_says_so_in_a_few_words(
    dunwatch: Dunwatch, arguments: list[str]
) -> None:
    done = dunwatch(*arguments, DUNWATCH_DATABASE_URL="postgresql://postgres@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("columns", ["80", "60"])
async def test_a_narrow_terminal_cuts_neither_number_nor_reason(
    dunwatch: Dunwatch, database: Database, columns: str
) -> None:
    numbers = [f"+86197900012{place:02}" for place in range(2)]
    reasons = ["reported_again", "contradicted", "disagreement"]
    async with database.connection() as connection:
        for number in numbers:
            await connection.execute(
                "INSERT INTO agenda (number, task, due_at, reasons) VALUES ($1, 'review', now(), $2)",
                number,
                reasons,
            )
    shown = dunwatch("reviews", COLUMNS=columns).stderr
    assert "…" not in shown
    for word in numbers + reasons:
        assert word in shown, shown


async def test_a_person_sees_what_waits_and_decides_it(dunwatch: Dunwatch, database: Database) -> None:
    async with database.connection() as connection:
        rows = [report_row("95588", kind="service_95") for _ in range(12)]
        await insert_reports(connection, rows, is_bulk=False)
    assert "No number waits" in dunwatch("reviews").stderr
    assert dunwatch("score").returncode == 0
    (waiting,) = json_lines(dunwatch("reviews", "--json").stdout)
    assert (waiting["number"], waiting["reasons"]) == ("95588", ["organisation"])
    assert "95588" in dunwatch("reviews").stderr
    done = dunwatch("decide", "95588", "protected", "--reason", "a bank's own line", "--by", "somebody")
    assert done.returncode == 0, done.stderr
    assert json_lines(dunwatch("reviews", "--json").stdout) == []
    dunwatch("score")
    assert await fetch(database, "SELECT decision, reason, decided_by FROM decisions") == [
        ("protected", "a bank's own line", "somebody")
    ]
    newest = "SELECT verdict FROM verdicts ORDER BY revision DESC LIMIT 1"
    assert await fetch(database, newest) == [("protected",)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("19790001234", "guilty", "--reason", "x"), "is no decision"),
        (("no number", "cleared", "--reason", "x"), "/"),
        (("19790001234", "cleared", "--reason", " "), "name its reason"),
        (("19790001234", "recycled", "--reason", "x"), "first day of the new owner"),
        (("110", "cleared", "--reason", "x"), "have no verdict"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused(
    dunwatch: Dunwatch, database: Database, arguments: tuple[str, ...], words: str
) -> None:
    refused = dunwatch("decide", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert await fetch(database, "SELECT count(*) FROM decisions") == [(0,)]


async def test_upkeep_does_everything_once_and_ends(dunwatch: Dunwatch, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO agenda VALUES ('+8619790001234', 'score', now() - interval '1 day')"
        )
    assert dunwatch("upkeep", "--once").returncode == 0
    assert await fetch(database, "SELECT number FROM changed_numbers") == [("+8619790001234",)]
