"""Forecasts of which numbers will be reported again, trained on a history of complaints and evaluated on later ones.

A model is trained only on what was known a week before the day it is evaluated on. It is compared with what it has to
beat: counting complaints, and the rule of PhoneBlock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.classifier import Classifier, parse_classifier
from ml.learning.complaints import (
    CANDIDATE_DAYS,
    Examples,
    History,
    activity_on,
    examples_at,
    many_examples,
    signals_of,
)
from ml.learning.fitting import Boosting, Labels, fit_classifier
from ml.learning.measures import measure_probabilities, precision_at
from ml.signals import FEATURES

FITTING_WEEKS: Final = 14
WEEK_DAYS: Final = 7  # complaints depend on the day of the week, so examples are drawn one week apart
EMBARGO_DAYS: Final = 7  # nothing later than so many days before an evaluation is learned from
LEAST_WEEKS: Final = 2
BOOSTING: Final = Boosting(
    rounds=1000, rate=0.04, leaves=4, least_examples=200, regularisation=50.0, feature_share=0.2
)
COUNT_RULES: Final = ("reports_14d", "reports_14d_and_twice_3d")
VOTES: Final = 4.0  # PhoneBlock lists a number from this many votes on
VOTES_HALF_LIFE_DAYS: Final = 125.0  # in which PhoneBlock's votes lose half of their weight
LIKELY: Final = 1.96  # standard deviations of a two-sided interval of 95 %

Progress = Callable[[str], None]


class HistoryTooShortError(ValueError):
    """Raised when a history does not hold the days or examples that training or an evaluation needs."""


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """The question of a forecast: whether a number gets at least `min_reports` complaints within `horizon_days`."""

    horizon_days: int = 7
    min_reports: int = 2

    def answers(self, examples: Examples) -> Labels:
        """Return, for each example, whether the number did."""
        return np.asarray(examples.coming >= self.min_reports)


def train_until(
    history: History, known_until: int, question: ForecastQuestion, *, workers: int, progress: Progress
) -> dict[str, Any]:
    """Return a model, as a JSON document, of the complaints known before the day `known_until`.

    It is fitted on up to fourteen weekly sets of examples and calibrated on the set after them. `progress` is called
    with the name of each step. Raise HistoryTooShortError if there are too few weeks.
    """
    days = example_days(history, known_until, question)
    if len(days) <= LEAST_WEEKS:
        raise HistoryTooShortError(
            f"training needs complaints of at least {LEAST_WEEKS + 1} weeks before the day"
        )
    weeks: list[Examples] = []
    for week in many_examples(history, days, horizon_days=question.horizon_days, workers=workers):
        weeks.append(week)
        progress("signals")
    calibrating, *fitting = weeks
    document = fit_classifier(
        np.concatenate([week.signals for week in fitting]),
        np.concatenate([question.answers(week) for week in fitting]),
        calibrating=(calibrating.signals, question.answers(calibrating)),
        name="complaints",
        boosting=BOOSTING,
    )
    progress("fit")
    return document


def count_evaluation_steps(history: History, as_of: int, question: ForecastQuestion) -> int:
    """Return how often `evaluate_forecast` calls `progress`: once per week of examples, for the fit, and at the end."""
    return len(example_days(history, as_of - EMBARGO_DAYS, question)) + 2


def example_days(history: History, known_until: int, question: ForecastQuestion) -> list[int]:
    """Return the days as of which examples are drawn, newest first, whose horizon and candidate days are all known."""
    last = known_until - question.horizon_days
    days = [last - WEEK_DAYS * week for week in range(FITTING_WEEKS + 1)]
    return [day for day in days if day >= history.first_day + CANDIDATE_DAYS]


def evaluate_forecast(
    history: History, as_of: int, question: ForecastQuestion, *, workers: int, progress: Progress
) -> dict[str, Any]:
    """Train a model with a week's embargo and evaluate it on the numbers reported in the fourteen days before `as_of`.

    Return its figures beside those of the rules. Raise HistoryTooShortError if the complaints do not cover the horizon
    or do not reach back far enough.
    """
    if as_of + question.horizon_days - 1 > history.last_day:
        raise HistoryTooShortError("the complaints end before the end of the horizon")
    document = train_until(history, as_of - EMBARGO_DAYS, question, workers=workers, progress=progress)
    examples = examples_at(history, as_of, horizon_days=question.horizon_days)
    if not question.answers(examples).any():
        raise HistoryTooShortError("no number was reported often enough within the horizon")
    figures = compare_with_rules(history, examples, parse_classifier(document), question)
    progress("judged")
    return {"model_version": document["version"], **figures}


def compare_with_rules(
    history: History, examples: Examples, classifier: Classifier, question: ForecastQuestion
) -> dict[str, Any]:
    """Return the figures of a classifier, scoring as it serves, and of the rules, on the same numbers."""
    labels = question.answers(examples)
    scores = [classifier.score(tuple(row)) for row in examples.signals.tolist()]
    probabilities = np.array([score.probability for score in scores])
    # ranked by log-odds before calibration, because the steps of a calibration would make ties
    ranked = np.array([score.log_odds for score in scores])
    figures: dict[str, Any] = {
        "model": measure_probabilities(labels, probabilities, ranked=ranked)
        | {"precision_at_positives": precision_at(labels, ranked)}
    }
    figures["rules"] = {name: _rank(labels, values) for name, values in _rules(history, examples).items()}
    best = max(figures["rules"][name]["average_precision"] for name in COUNT_RULES)
    figures["average_precision_to_best_count_rule"] = figures["model"]["average_precision"] / best
    figures["coverage"] = _coverage(history, examples, classifier, ranked=ranked, question=question)
    return figures


def _rank(labels: Labels, values: NDArray[np.float64]) -> dict[str, float]:
    ranking = measure_probabilities(labels, values / (1.0 + values))
    return {
        "auc": ranking["auc"],
        "average_precision": ranking["average_precision"],
        "precision_at_positives": precision_at(labels, values),
    }


def _rules(history: History, examples: Examples) -> dict[str, NDArray[np.float64]]:
    """Return the rules to beat, each as values to rank the examples by."""
    signals = dict(zip(FEATURES, examples.signals.T, strict=True))
    today = examples.as_of - 1
    known = [history.records[number].days(until=today) for number in examples.numbers]
    return {
        "reports_14d": signals["reports_14d"],
        "reports_14d_and_twice_3d": signals["reports_14d"] + 2.0 * signals["reports_3d"],
        "phoneblock": np.array([phoneblock_votes(days, today=today) for days in known]),
    }


def phoneblock_votes(days: Sequence[tuple[int, int]], *, today: int) -> float:
    """Return PhoneBlock's votes for a number: the complaints up to a day, halved every 125 days."""
    return sum(
        [count * 2.0 ** ((day - today) / VOTES_HALF_LIFE_DAYS) for day, count in days if day <= today], 0.0
    )


def is_listed_by_phoneblock(votes: float) -> bool:
    """Whether PhoneBlock lists a number: at least four votes, and a lower Wilson bound of their share above a half.

    All votes are against the number. For n votes that all agree the bound is n / (n + z²): 0.51 for four votes.
    """
    return votes >= VOTES and votes / (votes + LIKELY**2) > 0.5


def _coverage(
    history: History,
    examples: Examples,
    classifier: Classifier,
    *,
    ranked: NDArray[np.float64],
    question: ForecastQuestion,
) -> dict[str, float]:
    """Return the share of the horizon's complaints about numbers on PhoneBlock's list, and on ours of equal length.

    PhoneBlock lists numbers however long ago they were reported. Our list is drawn from the numbers of sixty days,
    and, for comparison, from the examples alone.
    """
    stop = examples.as_of + question.horizon_days
    phoneblock = _phoneblock_list(history, examples.as_of, stop)
    older_log_odds, older_coming = _older(history, examples, classifier, stop)
    coming = np.concatenate([examples.coming, older_coming])
    ours = _covered_by(np.concatenate([ranked, older_log_odds]), coming, phoneblock.size)
    recent = _covered_by(ranked, examples.coming, phoneblock.size)
    return {
        "list_size": phoneblock.size,
        "phoneblock": phoneblock.covered / phoneblock.total,
        "model": ours / phoneblock.total,
        "model_14d": recent / phoneblock.total,
        "most_possible": float(coming.sum()) / phoneblock.total,
        "ratio": ours / phoneblock.covered if phoneblock.covered else math.inf,
        "ratio_14d": recent / phoneblock.covered if phoneblock.covered else math.inf,
    }


class _PhoneBlockList(NamedTuple):
    """How many numbers PhoneBlock lists, and how many of all complaints of the horizon are about them."""

    size: int
    covered: int
    total: int


def _phoneblock_list(history: History, start: int, stop: int) -> _PhoneBlockList:
    """Return PhoneBlock's list as of the day `start`, and what it covers of the complaints before the day `stop`."""
    size = covered = total = 0
    for record in history.records.values():
        coming = record.count_between(start, stop)
        total += coming
        if is_listed_by_phoneblock(phoneblock_votes(record.days(until=start - 1), today=start - 1)):
            size += 1
            covered += coming
    return _PhoneBlockList(size, covered, total)


def _older(
    history: History, examples: Examples, classifier: Classifier, stop: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the log-odds, and the coming complaints, of numbers reported in sixty days that are not examples."""
    today, known = examples.as_of - 1, set(examples.numbers)
    activity, blocks = activity_on(history, today)
    log_odds, coming = [], []
    for number, own in activity.items():
        if own.reports_60d and number not in known:
            signals = signals_of(history, number, own, blocks, today=today)
            log_odds.append(classifier.score(signals).log_odds)
            coming.append(history.records[number].count_between(examples.as_of, stop))
    return np.array(log_odds), np.array(coming, dtype=np.int64)


def _covered_by(ranked: NDArray[np.float64], coming: NDArray[np.int64], length: int) -> float:
    """Return the number of complaints within the horizon about the `length` numbers ranked highest."""
    return float(coming[np.argsort(-ranked, kind="stable")[:length]].sum())
