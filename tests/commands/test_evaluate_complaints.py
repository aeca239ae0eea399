"""`dunwatch evaluate complaints`: figures on standard output, words on standard error, exit code 2 for bad input."""

import gzip
import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app

FIRST = date(2020, 3, 2)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty days of complaints: a few steady callers among many numbers reported once; some lines are none."""
    rng = random.Random(5)
    lines = ["created_date,number,consumer_area_code", "no day,2025550101,202", "2020-03-02,,202"]
    for day in range(60):
        numbers = [f"20255501{caller:02d}" for caller in range(40) for _ in range(rng.choice((0, 1, 1)))]
        numbers += [f"(303) 555-{rng.randrange(10_000):04d}" for _ in range(60)]
        lines += [
            f"{FIRST + timedelta(days=day)},{number},{rng.choice((202, 303, 404))}" for number in numbers
        ]
    path = tmp_path_factory.mktemp("complaints") / "complaints.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_json_tells_model_rules_and_coverage(file: Path) -> None:
    done = CliRunner().invoke(
        app, ["evaluate", "complaints", str(file), "--as-of", "2020-04-24", "--json"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["as_of"], figures["horizon_days"], figures["min_reports"]) == ("2020-04-24", 7, 2)
    assert {"auc", "average_precision", "brier", "ece", "precision_at_positives"} <= set(figures["model"])
    assert set(figures["rules"]) == {"reports_14d", "reports_14d_and_twice_3d", "phoneblock"}
    assert figures["coverage"]["list_size"] > 0


def test_people_get_tables(file: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "complaints", str(file), "--as-of", "2020-04-24"])
    assert done.exit_code == 0
    for expected in ("additive model", "phoneblock", "AP against the better count", "coverage"):
        assert expected in done.stdout


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2020-04-28", "the complaints are of 2020-03-02 to 2020-04-30"),
        ("2019-01-01", "the complaints are of 2020-03-02 to 2020-04-30"),
        ("2020-03-20", "training needs complaints of"),
    ],
)
def test_a_day_that_the_file_does_not_reach_is_told(file: Path, as_of: str, told: str) -> None:
    done = CliRunner().invoke(app, ["evaluate", "complaints", str(file), "--as-of", as_of])
    assert done.exit_code == 2
    assert told in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"date,number\n2020-03-02,2025550101\n", "the columns are neither"),
        (b"", "the file is empty"),
        (b"\x1f\x8bnothing", "Nothing was measured"),
        (b"created_date,number,consumer_area_code\n", "no complaint is about a number"),
    ],
)
def test_what_is_no_complaint_file_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    done = CliRunner().invoke(app, ["evaluate", "complaints", str(path), "--as-of", "2020-04-24"])
    assert done.exit_code == 2
    assert told in done.stderr
