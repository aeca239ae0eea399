"""The sentences that rules are written with keep being read as well as they were."""

import hashlib

import pytest

from benchmarks.suggestions import SENTENCES, Count, count_by_type, main, read_sentences
from ml.words import VIOLATIONS
from tests.places import ROOT

LEAST = 0.95


def test_the_seen_sentences_are_read_as_well_as_when_the_rules_were_written() -> None:
    """The unseen ones are counted by the command alone: a test that fails on them would have them read."""
    counts = count_by_type(read_sentences("seen"))
    assert counts[""].recall >= LEAST
    assert counts[""].precision >= LEAST
    assert {name for name, one in counts.items() if min(one.recall, one.precision) < 0.8} == set()


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
    assert texts.isdisjoint(one.text for part in ("seen", "unseen") for one in read_sentences(part))
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


@pytest.mark.parametrize("part", ["unseen", "held_back"])
def test_only_seen_sentences_are_printed(
    part: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.suggestions.suggested", lambda _text: frozenset(VIOLATIONS))
    monkeypatch.setattr("benchmarks.suggestions.count_by_type", lambda _sentences: {"": Count()})
    assert main([part, "--errors"]) == 0
    printed = capsys.readouterr().out
    assert not any(one.text in printed for one in read_sentences(part))
    assert printed.count("\n") == 3
