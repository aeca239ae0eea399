"""The half-life by which complaints really fade is the one that is found, and too few complaints are said to be too few."""

import math
from random import Random

import pytest

from ml.learning.complaints import Complaint, History
from ml.learning.forecast import HistoryTooShortError
from ml.learning.half_life import (
    HALF_LIVES_DAYS,
    CountQuestion,
    count_half_life_steps,
    measure_half_lives,
    newest_day,
)

QUESTION = CountQuestion("still active", horizon_days=14, min_reports=1)


def fading(half_life: float, *, days: int = 150, numbers: int = 4000) -> History:
    """Numbers that start on any day and are complained about less and less, by half every half-life."""
    rng = Random(7)
    complaints = []
    for number in range(numbers):
        start = rng.randrange(days)
        for day in range(start, days):
            if rng.random() < 0.6 * 2.0 ** (-(day - start) / half_life):
                complaints.append(Complaint(f"+1555{number:07}", "international", day, number % 50))
    return History.of(complaints)


def best(half_life: float) -> int:
    history = fading(half_life)
    (result,) = measure_half_lives(history, newest_day(history, QUESTION), QUESTION, progress=lambda: None)
    assert result.best is not None
    return result.best


def test_numbers_that_fade_fast_are_told_best_by_a_short_half_life() -> None:
    fast, slow = best(3.0), best(60.0)
    assert fast < slow
    assert fast <= 14


def test_every_half_life_is_judged_and_none_is_worse_than_nothing_by_much() -> None:
    history = fading(20.0)
    told = []
    (result,) = measure_half_lives(
        history, newest_day(history, QUESTION), QUESTION, progress=lambda: told.append(1)
    )
    assert [one.half_life_days for one in result.judged] == list(HALF_LIVES_DAYS)
    assert len(told) == count_half_life_steps(history)
    assert result.constant is not None
    assert max(one.log_likelihood for one in result.judged) > result.constant
    assert all(math.isfinite(one.log_likelihood) for one in result.judged)


def test_a_day_outside_the_complaints_is_refused() -> None:
    history = fading(20.0, days=60)
    for day in (5, newest_day(history, QUESTION) + 1):
        with pytest.raises(HistoryTooShortError, match="needs complaints of"):
            measure_half_lives(history, day, QUESTION, progress=lambda: None)


def test_too_few_numbers_of_a_kind_are_not_judged() -> None:
    history = fading(20.0, numbers=20)
    (result,) = measure_half_lives(history, newest_day(history, QUESTION), QUESTION, progress=lambda: None)
    assert (result.judged, result.best, result.constant) == ((), None, None)
