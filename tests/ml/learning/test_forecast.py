"""Learning from complaints: what was known when, and what it is measured against."""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.classifier import parse_classifier
from ml.learning.complaints import Complaint, ComplaintCount, ComplaintRecord, Examples, History, examples_at
from ml.learning.forecast import (
    ForecastQuestion,
    HistoryTooShortError,
    compare_with_rules,
    evaluate_forecast,
    is_listed_by_phoneblock,
    phoneblock_votes,
    train_until,
)
from ml.signals import FEATURES

FIRST, DAYS = 18_000, 80
AS_OF = FIRST + DAYS - 7
QUESTION = ForecastQuestion()


@cache
def crowd() -> tuple[Complaint, ...]:
    """Steady callers, reported from many clusters, among many that are reported once."""
    rng = Random(3)
    complaints = [
        Complaint(
            f"+8619790{rng.randrange(100_000):05d}", "mobile", FIRST + rng.randrange(DAYS), rng.randrange(50)
        )
        for _ in range(9_000)
    ]
    for caller in range(120):
        start = FIRST + rng.randrange(DAYS - 10)
        for day in range(start, min(start + rng.randint(10, 60), FIRST + DAYS)):
            complaints += [
                Complaint(f"+8619799{caller:05d}", "mobile", day, rng.randrange(50))
                for _ in range(rng.choice((0, 1, 1, 2)))
            ]
    return tuple(complaints)


@cache
def history() -> History:
    return History.of(crowd())


@cache
def figures() -> dict[str, Any]:
    return evaluate_forecast(history(), AS_OF, QUESTION, workers=2, progress=lambda _step: None)


def bits(examples: Examples) -> tuple[Sequence[str], bytes]:
    order = sorted(range(len(examples.numbers)), key=examples.numbers.__getitem__)
    return [examples.numbers[place] for place in order], examples.signals[order].tobytes()


def test_what_comes_later_changes_no_bit_of_what_was_known() -> None:
    before = History.of(one for one in crowd() if one.day < AS_OF)
    assert bits(examples_at(before, AS_OF, horizon_days=7)) == bits(
        examples_at(history(), AS_OF, horizon_days=7)
    )


def test_a_model_learns_nothing_younger_than_a_week_before_its_test() -> None:
    known = History.of(one for one in crowd() if one.day < AS_OF - 7)
    document = train_until(known, AS_OF - 7, QUESTION, workers=1, progress=lambda _step: None)
    assert document["version"] == figures()["model_version"]


def test_candidates_are_the_numbers_of_the_last_fourteen_days() -> None:
    complaints = [Complaint(f"+861979000{age:04d}", "mobile", AS_OF - age, 1) for age in range(-8, 20)]
    examples = examples_at(History.of(complaints), AS_OF, horizon_days=7)
    assert sorted(examples.numbers) == [f"+861979000{age:04d}" for age in range(1, 15)]
    assert not examples.coming.any()


def test_what_is_to_come_is_counted_over_the_horizon_alone() -> None:
    days = [(AS_OF - 1, 5), (AS_OF, 1), (AS_OF + 6, 2), (AS_OF + 7, 9)]
    record = ComplaintRecord("mobile", tuple(ComplaintCount(day, 1, reports, 0) for day, reports in days))
    assert record.count_between(AS_OF, AS_OF + 7) == 3


def test_numbers_that_are_never_scored_are_no_examples() -> None:
    complaints = [
        Complaint("10086", "public_service", AS_OF - 1, 1),
        Complaint("!00110", "impossible", AS_OF - 1, 1),
    ]
    with pytest.raises(ValueError, match="no complaint"):
        History.of(complaints)


def test_the_additive_model_beats_every_rule_on_a_crowd_with_steady_callers() -> None:
    model, rules = figures()["model"], figures()["rules"]
    assert model["average_precision"] > max(rule["average_precision"] for rule in rules.values())
    assert model["ece"] < 0.02
    coverage = figures()["coverage"]
    assert 0.0 < coverage["model_14d"] <= coverage["most_possible"] <= 1.0
    assert 0.0 < coverage["model"] <= coverage["most_possible"]


def test_the_list_may_hold_numbers_that_were_quiet_for_two_weeks() -> None:
    examples = examples_at(history(), AS_OF, horizon_days=7)
    recent = float(examples.coming.sum())
    total = sum(record.count_between(AS_OF, AS_OF + 7) for record in history().records.values())
    assert figures()["coverage"]["most_possible"] > recent / total


def test_what_serves_is_what_is_judged() -> None:
    document = train_until(history(), AS_OF - 7, QUESTION, workers=1, progress=lambda _step: None)
    examples = examples_at(history(), AS_OF, horizon_days=7)
    again = compare_with_rules(history(), examples, parse_classifier(document), QUESTION)
    assert again == {name: value for name, value in figures().items() if name != "model_version"}


@pytest.mark.parametrize(("as_of", "reason"), [(AS_OF + 1, "end before"), (FIRST + 30, "weeks")])
def test_days_that_the_complaints_do_not_span_are_named(as_of: int, reason: str) -> None:
    with pytest.raises(HistoryTooShortError, match=reason):
        evaluate_forecast(history(), as_of, QUESTION, workers=1, progress=lambda _step: None)


def test_votes_fade_by_half_in_125_days_and_later_ones_do_not_count() -> None:
    assert phoneblock_votes([(AS_OF - 125, 4), (AS_OF, 1), (AS_OF + 1, 9)], today=AS_OF) == 3.0


@settings(deadline=None)
@given(st.floats(0, 100))
def test_a_number_is_listed_from_four_votes(votes: float) -> None:
    assert is_listed_by_phoneblock(votes) == (votes >= 4)


def test_examples_are_finite_and_one_signal_a_feature() -> None:
    examples = examples_at(history(), AS_OF, horizon_days=7)
    assert examples.signals.shape == (len(examples.numbers), len(FEATURES))
    assert np.isfinite(examples.signals).all()
