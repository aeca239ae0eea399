"""Trains a model on a history and judges it, beside the one that serves, on a slice that training did not see.

Two questions can be asked. `reported-again` needs no human: whether further reporters report a number within a
horizon. `abusive` asks what people decided about numbers, from what was known on the day before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.blocks import activity_of, blocks_of, sum_blocks
from ml.classifier import Classifier, parse_classifier
from ml.days import date_of
from ml.drift import CALIBRATION_BINS
from ml.learning.complaints import History, many_examples, signals_of
from ml.learning.fitting import Boosting, Labels, Matrix, compile_classifier, fit_trees
from ml.learning.forecast import BOOSTING, ForecastQuestion, HistoryTooShortError, example_days
from ml.learning.measures import measure_probabilities, precision_at
from ml.trust import PRIOR_SHARE

MANY_EXAMPLES: Final = 100_000  # from which trees are grown as the forecasts of complaints are
LEAST_WEEKS: Final = 4  # two to fit, one to calibrate, one held out
LEAST_POSITIVES: Final = 30  # on the held-out slice, or nothing can be called better
WORST_ECE: Final = 0.02
LEAST_DECIDED: Final = 200
LEAST_OF_EACH: Final = 50
SLICES: Final = (0.6, 0.8)  # of decisions in their order: fitted, calibrated, held out


class DecidedNumber(NamedTuple):
    """What a person decided about a number, and on which day since 1970-01-01."""

    number: str
    day: int
    is_abusive: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """Examples and what became of them."""

    signals: Matrix
    labels: Labels


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model, what it was trained on, and how it did on what it had not seen."""

    document: dict[str, Any]
    trees: HistGradientBoostingClassifier
    held_out: Slice
    figures: dict[str, Any]  # of the model, of the serving one, and of counting
    is_better: bool
    verdict: str  # in words: why it is, or is not, better


def slices_of_repeats(
    history: History, until: int, question: ForecastQuestion, *, workers: int, progress: Callable[[str], None]
) -> tuple[Slice, Slice, Slice]:
    """Slices to fit, calibrate and judge on for who is reported again, from what was known before the day `until`."""
    days = example_days(history, until, question)
    if len(days) < LEAST_WEEKS:
        between = f"{date_of(history.first_day)} and {date_of(until)}"
        raise HistoryTooShortError(
            f"training needs {LEAST_WEEKS} weeks of examples and a horizon of {question.horizon_days} days behind "
            f"fourteen days of reports; there are {len(days)} weeks between {between}"
        )
    slices = []
    for one in many_examples(history, days, horizon_days=question.horizon_days, workers=workers):
        slices.append(Slice(one.signals, question.answers(one)))
        progress("signals")
    held_out, calibrating, *fitting = slices
    return _concatenated(fitting), calibrating, held_out


def slices_of_decisions(history: History, decided: Sequence[DecidedNumber]) -> tuple[Slice, Slice, Slice]:
    """The same for what people decided: each number as of the day before its decision, in the order of decisions."""
    known = sorted([one for one in decided if one.number in history.records], key=lambda one: one.day)
    positives = sum(one.is_abusive for one in known)
    if len(known) < LEAST_DECIDED or min(positives, len(known) - positives) < LEAST_OF_EACH:
        raise HistoryTooShortError(
            f"training needs {LEAST_DECIDED} numbers that people decided about, {LEAST_OF_EACH} of either kind; "
            f"there are {len(known)}, {positives} of them abusive"
        )
    signals = np.array(list(_signals_before(history, known)))
    labels = np.array([one.is_abusive for one in known])
    first, second = (int(len(known) * share) for share in SLICES)
    return (
        Slice(signals[:first], labels[:first]),
        Slice(signals[first:second], labels[first:second]),
        Slice(signals[second:], labels[second:]),
    )


def train_model(
    slices: tuple[Slice, Slice, Slice], *, question: str, name: str, serving: Classifier | None
) -> TrainedModel:
    """Fit, calibrate, and judge beside the serving model on the slice that neither has seen."""
    fitting, calibrating, held_out = slices
    for what, part in (("fitting", fitting), ("calibration", calibrating), ("held-out", held_out)):
        if not 0 < part.labels.sum() < len(part.labels):
            raise HistoryTooShortError(f"the {what} slice has examples of one kind only")
    boosting = BOOSTING if len(fitting.labels) >= MANY_EXAMPLES else Boosting()
    trees = fit_trees(fitting.signals, fitting.labels, boosting)
    document = compile_classifier(
        trees, fitting.signals, calibrating=(calibrating.signals, calibrating.labels), name=name
    )
    share = float(calibrating.labels.mean())
    document |= {
        "question": question,
        "base_rate": PRIOR_SHARE if question == "abusive" else round(share, 6),
        "training": {"fitted": len(fitting.labels), "calibrated": len(calibrating.labels)},
    }
    candidate = parse_classifier(document)  # what would not load is not kept
    own = measure_classifier(candidate, held_out)
    other = measure_classifier(serving, held_out) if serving else None
    document["metrics"] = own
    ece = other["ece"] if serving and other and serving.question == question else 0.0
    is_better, verdict = compare_models(own, other, int(held_out.labels.sum()), serving_ece=ece)
    return TrainedModel(document, trees, held_out, {"candidate": own, "serving": other}, is_better, verdict)


def measure_classifier(classifier: Classifier, held_out: Slice) -> dict[str, float]:
    """Ranking and calibration of a model, through the code that serves."""
    scores = [classifier.score(tuple(row)) for row in held_out.signals.tolist()]
    ranked = np.array([score.log_odds for score in scores])
    probabilities = np.array([score.probability for score in scores])
    figures = measure_probabilities(held_out.labels, probabilities, ranked=ranked)
    figures["ece_by_chance"] = ece_by_chance(probabilities)
    figures["precision_at_positives"] = precision_at(held_out.labels, ranked)
    return {name: round(value, 6) for name, value in figures.items()}


def ece_by_chance(probabilities: Matrix) -> float:
    """The calibration error to expect of probabilities that are perfectly calibrated, because a slice is small.

    The gap of a bin is nearly normal with the variance Σ p(1 - p); its mean size is √(2/π) of its deviation.
    """
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    variances = np.bincount(bins, weights=probabilities * (1.0 - probabilities), minlength=CALIBRATION_BINS)
    return float(np.sqrt(2.0 / np.pi * variances).sum() / len(probabilities))


def compare_models(
    candidate: dict[str, float], serving: dict[str, float] | None, positives: int, *, serving_ece: float = 0.0
) -> tuple[bool, str]:
    """Whether a model may take the serving one's place, and why in words.

    `serving_ece` is the serving one's calibration error where it answers the same question: that much is allowed.
    """
    if positives < LEAST_POSITIVES:
        return False, f"only {positives} positives are held out, {LEAST_POSITIVES} are needed to tell"
    worst = max(WORST_ECE, 2.0 * candidate["ece_by_chance"], serving_ece)
    if candidate["ece"] > worst:
        return False, f"its calibration error is {candidate['ece']:.4f}, above {worst:.4f}"
    if serving is None:
        return True, "no model serves"
    gain = candidate["average_precision"] - serving["average_precision"]
    told = (
        f"average precision {candidate['average_precision']:.4f} against {serving['average_precision']:.4f}"
    )
    return gain > 0.0, told


def _signals_before(history: History, decided: Sequence[DecidedNumber]) -> Iterator[tuple[float, ...]]:
    """Of each decision, in their order by day, what the number's signals were on the evening before."""
    block_mates: defaultdict[str, list[str]] = defaultdict(list)  # all that scoring looks at around a number
    for number in history.records:
        for block in blocks_of(number)[-1:]:
            block_mates[block].append(number)
    for day, group in groupby(decided, key=lambda one: one.day):
        today, numbers = day - 1, [one.number for one in group]
        blocks = {block for number in numbers for block in blocks_of(number)[-1:]}
        around = {*numbers, *[mate for block in blocks for mate in block_mates[block]]}
        activity = {one: activity_of(history.records[one].days(until=today), today=today) for one in around}
        totals = sum_blocks(activity.items())
        for number in numbers:
            yield signals_of(history, number, activity[number], totals, today=today)


def _concatenated(slices: Sequence[Slice]) -> Slice:
    return Slice(
        np.concatenate([one.signals for one in slices]), np.concatenate([one.labels for one in slices])
    )
