"""Learns from a history of complaints which numbers will be reported again, and measures it on later ones.

A model is trained only on what was known a week before the day it is judged on, and is judged beside what it has
to beat: counting complaints, and the rule of PhoneBlock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
WEEK_DAYS: Final = 7  # examples a week apart see the same weekdays: complaints follow the week
EMBARGO_DAYS: Final = 7  # before the day of an evaluation nothing younger is learned from
LEAST_WEEKS: Final = 2
BOOSTING: Final = Boosting(
    rounds=1000, rate=0.04, leaves=4, least_examples=200, regularisation=50.0, feature_share=0.2
)
COUNT_RULES: Final = ("reports_14d", "reports_14d_and_twice_3d")
VOTES: Final = 4.0  # PhoneBlock lists a number from so many votes, which fade by half in so many days
VOTES_HALF_LIFE_DAYS: Final = 125.0
LIKELY: Final = 1.96  # two-sided 95 %, in standard deviations

Progress = Callable[[str], None]


class HistoryTooShortError(ValueError):
    """The complaints do not span the days that a training or an evaluation needs; the message says which."""


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """What is to be forecast: whether a number gets `min_reports` complaints within `horizon_days`."""

    horizon_days: int = 7
    min_reports: int = 2

    def answers(self, examples: Examples) -> Labels:
        """Whether each number did."""
        return np.asarray(examples.coming >= self.min_reports)


def train_until(
    history: History, known_until: int, question: ForecastQuestion, *, workers: int, progress: Progress
) -> dict[str, Any]:
    """A model, as its JSON document, of the complaints before the day `known_until`; raises HistoryTooShortError.

    Fitted on up to fourteen weeks of examples, each a week later, and calibrated on the week after them.
    """
    days = example_days(history, known_until, question)
    if len(days) <= LEAST_WEEKS:
        raise HistoryTooShortError(
            f"training needs complaints of {LEAST_WEEKS + 1} weeks and more before the day"
        )
    examples: list[Examples] = []
    for one in many_examples(history, days, horizon_days=question.horizon_days, workers=workers):
        examples.append(one)
        progress("signals")
    calibrating, *fitting = examples
    document = fit_classifier(
        np.concatenate([one.signals for one in fitting]),
        np.concatenate([question.answers(one) for one in fitting]),
        calibrating=(calibrating.signals, question.answers(calibrating)),
        name="complaints",
        boosting=BOOSTING,
    )
    progress("fit")
    return document


def count_evaluation_steps(history: History, as_of: int, question: ForecastQuestion) -> int:
    """How often `evaluate` will tell of progress: for each week of examples, the fit and the judgement."""
    return len(example_days(history, as_of - EMBARGO_DAYS, question)) + 2


def example_days(history: History, known_until: int, question: ForecastQuestion) -> list[int]:
    """The days as of which examples are drawn, the newest first: each with its horizon and candidates known."""
    last = known_until - question.horizon_days
    days = [last - WEEK_DAYS * week for week in range(FITTING_WEEKS + 1)]
    return [day for day in days if day >= history.first_day + CANDIDATE_DAYS]


def evaluate_forecast(
    history: History, as_of: int, question: ForecastQuestion, *, workers: int, progress: Progress
) -> dict[str, Any]:
    """Figures of a model trained a week before `as_of` on the numbers reported in the fourteen days before it.

    Raises HistoryTooShortError when the complaints do not reach over the horizon or back far enough.
    """
    if as_of + question.horizon_days - 1 > history.last_day:
        raise HistoryTooShortError("the complaints end before the horizon does")
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
    """Figures of a classifier as it serves, and of the rules, on the same numbers."""
    labels = question.answers(examples)
    scores = [classifier.score(tuple(row)) for row in examples.signals.tolist()]
    probabilities = np.array([score.probability for score in scores])
    ranked = np.array(
        [score.log_odds for score in scores]
    )  # steps of the calibration would tie what it tells apart
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
    """What has to be beaten, as values by which to rank."""
    signals = dict(zip(FEATURES, examples.signals.T, strict=True))
    today = examples.as_of - 1
    known = [history.records[number].days(until=today) for number in examples.numbers]
    return {
        "reports_14d": signals["reports_14d"],
        "reports_14d_and_twice_3d": signals["reports_14d"] + 2.0 * signals["reports_3d"],
        "phoneblock": np.array([phoneblock_votes(days, today=today) for days in known]),
    }


def phoneblock_votes(days: Sequence[tuple[int, int]], *, today: int) -> float:
    """PhoneBlock's evidence: complaints up to a day, halved every 125 days."""
    return sum(
        [count * 2.0 ** ((day - today) / VOTES_HALF_LIFE_DAYS) for day, count in days if day <= today], 0.0
    )


def is_listed_by_phoneblock(votes: float) -> bool:
    """Whether PhoneBlock blocks: four votes and more, and the Wilson bound of their share, all against, above a half.

    Of n votes of which all agree the lower Wilson bound is n / (n + z²): 0.51 of four.
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
    """Share of the complaints of the horizon whose number is on PhoneBlock's list, and on ours of that length.

    PhoneBlock lists numbers however long ago they were reported. Ours is drawn from those of sixty days, and, for
    comparison, from the examples alone.
    """
    start, stop = examples.as_of, examples.as_of + question.horizon_days
    listed = total = covered = 0
    for record in history.records.values():
        coming = record.count_between(start, stop)
        total += coming
        if is_listed_by_phoneblock(phoneblock_votes(record.days(until=start - 1), today=start - 1)):
            listed += 1
            covered += coming
    older = _older(history, examples, classifier, stop)
    both = np.concatenate([ranked, older[0]]), np.concatenate([examples.coming, older[1]])
    ours = _covered_by(*both, listed)
    recent = _covered_by(ranked, examples.coming, listed)
    return {
        "list_size": listed,
        "phoneblock": covered / total,
        "model": ours / total,
        "model_14d": recent / total,
        "most_possible": float(both[1].sum()) / total,
        "ratio": ours / covered if covered else math.inf,
        "ratio_14d": recent / covered if covered else math.inf,
    }


def _older(
    history: History, examples: Examples, classifier: Classifier, stop: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log-odds of the numbers reported in sixty days that are no examples, and their complaints of the horizon."""
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
    """Complaints of the horizon against the numbers ranked highest."""
    return float(coming[np.argsort(-ranked, kind="stable")[:length]].sum())
