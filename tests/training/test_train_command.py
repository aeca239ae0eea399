"""`dunwatch train`, from stored reports to a model that serves, and back."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from service.database import Database
from service.reports.store import insert_reports
from service.settings import Settings
from service.training.store import list_decided
from tests.clients import report_row
from tests.command_line import Dunwatch

TODAY = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
DAYS = 80


async def report_for_months(database: Database) -> None:
    """Busy numbers and such as are reported once, over eighty days."""
    rng = Random(5)
    rows = []
    for number in range(600):
        is_busy = number % 5 == 0
        start = rng.randrange(DAYS)
        for day in range(start, DAYS):
            if day == start or (is_busy and rng.random() < 0.5):
                moment = TODAY - timedelta(days=DAYS - day)
                rows.append(
                    report_row(
                        f"+861979{number:07}",
                        occurred_at=moment,
                        recorded_at=moment,
                        violations=(),
                        reporter=b"%d %d" % (number, day),
                        cluster=rng.randrange(40),
                        weight=1.0,
                    )
                )
    async with database.connection() as connection:
        await insert_reports(connection, rows, is_bulk=True)


async def test_a_model_of_own_reports_is_trained_kept_promoted_and_rolled_back(
    dunwatch: Dunwatch, database: Database, settings: Settings
) -> None:
    await report_for_months(database)
    as_of = f"{TODAY:%Y-%m-%d}"  # so that a midnight between the two trainings changes nothing
    done = dunwatch("train", "--as-of", as_of)
    assert done.returncode == 0, done.output
    (directory,) = (settings.data_dir / "models").iterdir()
    assert {path.name for path in directory.iterdir()} == {
        "model.json",
        "model.skops",
        "card.md",
        "reliability.svg",
    }
    version = json.loads((directory / "model.json").read_text())["version"]
    assert directory.name == version
    assert "further reporters report the number" in (directory / "card.md").read_text()
    assert version in (dunwatch("models", "list")).output
    assert (dunwatch("models", "show", version)).output.startswith(f"# Model card: {version}")
    promoted = dunwatch("models", "promote", version)
    assert promoted.returncode == 0, promoted.output
    async with database.connection() as connection:
        waiting = await connection.fetchval("SELECT count(*) FROM changed_numbers")
    assert waiting == 600
    again = dunwatch("train", "--as-of", as_of, "--promote")
    assert (
        again.returncode,
        "was compared with" in again.output or "is serving already" in again.output,
    ) == (1, True)
    back = dunwatch("models", "rollback")
    assert (back.returncode, "shipped serves again" in back.output) == (0, True)
    assert "serving: shipped" in (dunwatch("models", "list")).output


async def test_a_fresh_install_says_what_is_missing_and_writes_nothing(
    dunwatch: Dunwatch, settings: Settings
) -> None:
    done = dunwatch("train")
    assert (done.returncode, "Nothing was trained" in done.output) == (2, True)
    assert not (settings.data_dir / "models").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--question", "abusive"), "people decided about"),
        (("--as-of", "2001-01-01"), "Nothing was trained"),
    ],
)
async def test_what_cannot_be_learned_is_told(
    dunwatch: Dunwatch, database: Database, arguments: tuple[str, ...], words: str
) -> None:
    async with database.connection() as connection:
        await insert_reports(connection, [report_row() for _ in range(3)], is_bulk=False)
    done = dunwatch("train", *arguments)
    assert (done.returncode, words in done.output) == (2, True), done.output


async def test_a_file_that_holds_no_complaints_is_refused(dunwatch: Dunwatch, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    done = dunwatch("train", "--complaints", str(tmp_path / "wrong.csv"))
    assert (done.returncode, "Nothing was trained" in done.output) == (2, True), done.output


async def test_a_damaged_file_is_refused(dunwatch: Dunwatch, tmp_path: Path) -> None:
    whole = gzip.compress(b"created_date,number,consumer_area_code\n" * 500)
    (tmp_path / "damaged.csv.gz").write_bytes(whole[:20] + b"\x00\xff" * 20)
    done = dunwatch("train", "--complaints", str(tmp_path / "damaged.csv.gz"))
    assert (done.returncode, "Nothing was trained" in done.output) == (2, True), done.output


async def test_a_decision_that_was_taken_back_is_no_label(database: Database) -> None:
    statement = "INSERT INTO decisions VALUES ($1, $2, 'mobile', $3, 'looked at', 'somebody')"
    async with database.connection() as connection:
        for number, decision, hours in (
            ("+8619790000001", "abusive", 5),
            ("+8619790000001", "released", 4),
            ("+8619790000002", "released", 5),
            ("+8619790000002", "cleared", 4),
        ):
            await connection.execute(statement, number, TODAY - timedelta(hours=hours), decision)
        decided = await list_decided(connection, TODAY)
    assert [(one.number, one.is_abusive) for one in decided] == [("+8619790000002", False)]
