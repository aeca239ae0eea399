"""The sentences that rules and model are made with keep being read as well as they were."""

import hashlib
from pathlib import Path

import pytest

from benchmarks.suggestions import SENTENCES, Count, count_by_type, main, read_sentences
from ml.words import VIOLATIONS
from tests.places import ROOT

LEAST = 0.95


@pytest.mark.parametrize("part", ["seen", "unseen", "taught"])
def test_the_sentences_of_the_development_are_read_as_well_as_they_were(part: str) -> None:
    """This guards against changes; how good suggestions are on other sentences is told by those that are held back."""
    counts = count_by_type(read_sentences(part))
    assert counts[""].recall >= LEAST
    assert counts[""].precision >= LEAST
    named = {name: one for name, one in counts.items() if one.right + one.missing}
    assert {name for name, one in named.items() if min(one.recall, one.precision) < 0.8} == set()


def test_a_hundred_sentences_are_there_for_each_type_and_three_hundred_for_none() -> None:
    sentences = read_sentences("seen") + read_sentences("unseen")
    for violation in VIOLATIONS:
        assert sum(violation in one.violations for one in sentences) >= 100
    assert sum(not one.violations for one in sentences) >= 300
    assert len(sentences) == len({one.text for one in sentences}) >= 1700


def test_the_held_back_sentences_are_new_and_enough_for_each_type() -> None:
    held_back = read_sentences("held_back")
    texts = {one.text for one in held_back}
    assert len(texts) == len(held_back) >= 600
    assert texts.isdisjoint(one.text for part in ("seen", "unseen", "taught") for one in read_sentences(part))
    assert all(one.violations <= set(VIOLATIONS) for one in held_back)
    for violation in VIOLATIONS:
        assert sum(violation in one.violations for one in held_back) >= 25
    assert sum(not one.violations for one in held_back) >= 150


@pytest.mark.parametrize("part", ["seen", "unseen", "held_back"])
def test_the_sentences_are_those_that_the_documentation_names(part: str) -> None:
    digest = hashlib.sha256((SENTENCES / f"{part}.tsv").read_bytes()).hexdigest()
    assert f"{digest}  benchmarks/sentences/{part}.tsv" in (ROOT / "docs/suggestions.md").read_text("utf-8")


def test_the_worked_values_of_the_comments() -> None:
    assert (Count(9, 1, 3).recall, Count(9, 1, 3).precision) == (0.75, 0.9)


@pytest.fixture
def held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("benchmarks.suggestions.SENTENCES", tmp_path)
    return tmp_path / "held_back.tsv"


def test_no_sentence_that_is_held_back_is_printed(
    held_back: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held_back.write_text("sentence\tviolations\n今天天气很好\tthreat\n骂我是废物\tinsult\n", "utf-8")
    assert main(["held_back", "--errors"]) == 0
    printed = capsys.readouterr().out
    assert "| insult | 1 | 1 | 0 | 0 | 1.000 | 1.000 |" in printed
    assert "| threat | 1 | 0 | 0 | 1 | 0.000 | 0.000 |" in printed
    assert "| all | 2 | 1 | 0 | 1 | 0.500 | 1.000 |" in printed
    assert "今天天气" not in printed


def test_a_part_that_is_not_there_is_told(held_back: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not held_back.exists()
    assert main(["held_back"]) == 1
    assert "no held_back.tsv" in capsys.readouterr().out
