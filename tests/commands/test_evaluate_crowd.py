"""`dunwatch evaluate crowd`: figures on standard output, words on standard error, exit code 2 for bad files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from tests.command_line import Dunwatch, Forking

LABELS = "item,worker,label\n" + "".join(
    f"i{item},w{worker},{'yes' if (item % 2 == 0) != (worker == 4) else 'no'}\n"
    for item in range(30)
    for worker in range(5)
)
TRUTH = "item,truth\n" + "".join(f"i{item},{'no' if item % 2 else 'yes'}\n" for item in range(30))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    labels, truth = tmp_path / "label.csv", tmp_path / "truth.csv"
    labels.write_text(LABELS, "utf-8")
    truth.write_text(TRUTH, "utf-8")
    return labels, truth


def test_json_goes_to_standard_output_alone(forking: Forking, files: tuple[Path, Path]) -> None:
    done = Dunwatch(forking, {})("evaluate", "crowd", *files, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "items": 30,
        "labels": 150,
        "workers": 5,
        "classes": 2,
        "judged": 30,
        "accuracy": 1.0,
        "majority_vote": 1.0,
        "dawid_skene": 1.0,
    }


def test_people_get_a_table(files: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(app, ["evaluate", "crowd", *map(str, files)])
    assert done.exit_code == 0
    for expected in ("150 labels", "30 items", "5 workers", "majority vote", "Dawid-Skene", "1.0000"):
        assert expected in done.stdout


@pytest.mark.parametrize(
    ("labels", "truth", "told"),
    [
        (b"", TRUTH.encode(), "label.csv is empty"),
        (b"item,worker,label\n", TRUTH.encode(), "label.csv has a header but no rows"),
        (b"item,who,label\ni1,w1,yes\n", TRUTH.encode(), "label.csv has no column worker"),
        (b"item,worker,label\ni1,w1\n", TRUTH.encode(), "label.csv, line 2"),
        (b"item,worker,label\ni1,w1,yes,more\n", TRUTH.encode(), "label.csv, line 2"),
        (b"item,worker,label\ni1,,yes\n", TRUTH.encode(), "label.csv, line 2"),
        (b"\xff\xfe\x00\x01", TRUTH.encode(), "label.csv is not CSV in UTF-8"),
        (LABELS.encode(), b"", "truth.csv is empty"),
        (LABELS.encode(), b"item,label\ni1,yes\n", "truth.csv has no column truth"),
        (LABELS.encode(), b"item,truth\nelsewhere,yes\n", "no labelled item has a known truth"),
        (LABELS.encode(), b"item,truth\ni1,yes\ni1,no\n", "truth.csv gives item i1 two truths"),
    ],
)
def test_what_cannot_be_measured_is_told_and_ends_with_2(
    files: tuple[Path, Path], labels: bytes, truth: bytes, told: str
) -> None:
    files[0].write_bytes(labels)
    files[1].write_bytes(truth)
    done = CliRunner().invoke(app, ["evaluate", "crowd", *map(str, files), "--json"])
    assert done.exit_code == 2
    assert told in done.stderr
    assert not done.stdout


def test_a_missing_file_or_a_directory_is_told(files: tuple[Path, Path], tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        done = CliRunner().invoke(app, ["evaluate", "crowd", str(path), str(files[1])])
        assert done.exit_code == 2
        assert "cannot be read" in done.stderr


def test_simulated_crowds_are_the_same_for_the_same_seed_and_each_is_its_own() -> None:
    def lines(*options: str) -> list[str]:
        done = CliRunner().invoke(app, ["evaluate", "crowds", "--json", *options])
        assert done.exit_code == 0, done.output
        return [line for line in done.stdout.splitlines() if line.startswith("{")]

    two = lines("--count", "2")
    assert lines("--count", "1") == two[:1]
    assert lines("--count", "1", "--seed", "2") != two[:1]
    measured = json.loads(two[1])
    assert measured["judged"] == measured["items"] >= 200
    assert measured["accuracy"] >= max(measured["majority_vote"], measured["dawid_skene"]) - 0.05
