"""Training of a candidate model, and its comparison with the serving model on a slice that training did not see.

A model answers one of two questions. `reported-again`, whether further reporters report a number within a horizon,
needs no human. `abusive` predicts what people decided about numbers, from what was known on the day before.
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

MANY_EXAMPLES: Final = 100_000  # from here on, trees grow with the parameters of complaint forecasts
LEAST_WEEKS: Final = 4  # two to fit, one to calibrate, one held out
LEAST_POSITIVES: Final = 30  # needed on the held-out slice to call a model better
WORST_ECE: Final = 0.02
LEAST_DECIDED: Final = 200  # decided numbers needed
LEAST_OF_EACH: Final = 50  # decided numbers needed of either outcome
SLICES: Final = (0.6, 0.8)  # shares of the decisions at which calibration and held-out slice start


class DecidedNumber(NamedTuple):
    """What a person decided about a number, and on which day since 1970-01-01."""

    number: str
    day: int
    is_abusive: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """Examples of one period, with their labels."""

    signals: Matrix  # examples by ml.signals.FEATURES
    labels: Labels


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A candidate model, and how it compares with the serving model on the held-out slice."""

    document: dict[str, Any]
    trees: HistGradientBoostingClassifier
    held_out: Slice
    figures: dict[str, Any]  # under "candidate" its own, under "serving" those of the serving model or None
    is_better: bool
    verdict: str  # why it is, or is not, better, in words


def slices_of_repeats(
    history: History, until: int, question: ForecastQuestion, *, workers: int, progress: Callable[[str], None]
) -> tuple[Slice, Slice, Slice]:
    """Return slices to fit, calibrate and hold out for the question who is reported again.

    They contain only what was known before the day `until`. `progress` is called with the name of each step. Raise
    HistoryTooShortError if there are too few weeks.
    """
    days = example_days(history, until, question)
    if len(days) < LEAST_WEEKS:
        between = f"{date_of(history.first_day)} and {date_of(until)}"
        raise HistoryTooShortError(
            f"training needs {LEAST_WEEKS} weeks of examples, after fourteen days of reports and before a horizon of "
            f"{question.horizon_days} days; there are {len(days)} weeks of examples between {between}"
        )
    slices = []
    for week in many_examples(history, days, horizon_days=question.horizon_days, workers=workers):
        slices.append(Slice(week.signals, question.answers(week)))
        progress("signals")
    held_out, calibrating, *fitting = slices
    return _concatenated(fitting), calibrating, held_out


def slices_of_decisions(history: History, decided: Sequence[DecidedNumber]) -> tuple[Slice, Slice, Slice]:
    """Return slices to fit, calibrate and hold out for the question what people decide, in the order of decisions.

    Each number is taken as of the day before the decision about it. Raise HistoryTooShortError if there are too few
    decisions of either outcome.
    """
    known = sorted(
        [decision for decision in decided if decision.number in history.records],
        key=lambda decision: decision.day,
    )
    positives = sum(decision.is_abusive for decision in known)
    if len(known) < LEAST_DECIDED or min(positives, len(known) - positives) < LEAST_OF_EACH:
        raise HistoryTooShortError(
            f"training needs {LEAST_DECIDED} numbers that people decided about, {LEAST_OF_EACH} of them abusive and "
            f"{LEAST_OF_EACH} not; there are {len(known)}, {positives} of them abusive"
        )
    signals = np.array(list(_signals_before(history, known)))
    labels = np.array([decision.is_abusive for decision in known])
    first, second = (int(len(known) * share) for share in SLICES)
    return (
        Slice(signals[:first], labels[:first]),
        Slice(signals[first:second], labels[first:second]),
        Slice(signals[second:], labels[second:]),
    )


def train_model(
    slices: tuple[Slice, Slice, Slice], *, question: str, name: str, serving: Classifier | None
) -> TrainedModel:
    """Fit and calibrate a candidate, and compare it with the serving model on the held-out slice.

    `slices` are those to fit, calibrate and hold out; `name` becomes part of the version. Raise HistoryTooShortError if
    a slice has examples of one label only.
    """
    fitting, calibrating, held_out = slices
    for what, part in (("fitting", fitting), ("calibration", calibrating), ("held-out", held_out)):
        if not 0 < part.labels.sum() < len(part.labels):
            raise HistoryTooShortError(f"all examples of the {what} slice have the same label")
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
    return _compared(document, trees, held_out, serving)


def _compared(
    document: dict[str, Any],
    trees: HistGradientBoostingClassifier,
    held_out: Slice,
    serving: Classifier | None,
) -> TrainedModel:
    """Measure a candidate and the serving model on the held-out slice, and add the metrics to its document."""
    candidate = parse_classifier(document)  # fails now if the document could not be loaded later
    own = measure_classifier(candidate, held_out)
    other = measure_classifier(serving, held_out) if serving else None
    document["metrics"] = own
    ece = other["ece"] if serving and other and serving.question == document["question"] else 0.0
    is_better, verdict = compare_models(own, other, int(held_out.labels.sum()), serving_ece=ece)
    return TrainedModel(
        document=document,
        trees=trees,
        held_out=held_out,
        figures={"candidate": own, "serving": other},
        is_better=is_better,
        verdict=verdict,
    )


def measure_classifier(classifier: Classifier, held_out: Slice) -> dict[str, float]:
    """Return the quality of ranking and calibration of a model, scoring with the code that serves."""
    scores = [classifier.score(tuple(row)) for row in held_out.signals.tolist()]
    ranked = np.array([score.log_odds for score in scores])
    probabilities = np.array([score.probability for score in scores])
    figures = measure_probabilities(held_out.labels, probabilities, ranked=ranked)
    figures["ece_by_chance"] = ece_by_chance(probabilities)
    figures["precision_at_positives"] = precision_at(held_out.labels, ranked)
    return {name: round(value, 6) for name, value in figures.items()}


def ece_by_chance(probabilities: Matrix) -> float:
    """Return the calibration error to expect even of perfectly calibrated probabilities, because a slice is small.

    The gap of a bin is nearly normal with variance Σ p(1 - p); its mean size is √(2/π) times its standard deviation.
    """
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    variances = np.bincount(bins, weights=probabilities * (1.0 - probabilities), minlength=CALIBRATION_BINS)
    return float(np.sqrt(2.0 / np.pi * variances).sum() / len(probabilities))


def compare_models(
    candidate: dict[str, float], serving: dict[str, float] | None, positives: int, *, serving_ece: float = 0.0
) -> tuple[bool, str]:
    """Return whether a candidate may replace the serving model, and why, in words.

    `serving_ece` is the calibration error of the serving model if it answers the same question; a candidate may be
    as badly calibrated.
    """
    if positives < LEAST_POSITIVES:
        return False, f"only {positives} positives are held out, {LEAST_POSITIVES} are needed to tell"
    worst = max(WORST_ECE, 2.0 * candidate["ece_by_chance"], serving_ece)
    if candidate["ece"] > worst:
        return False, f"its calibration error is {candidate['ece']:.4f}, above {worst:.4f}"
    if serving is None:
        return True, "no model serves"
    own, other = candidate["average_precision"], serving["average_precision"]
    return own > other, f"average precision {own:.4f} against {other:.4f}"


def _signals_before(history: History, decided: Sequence[DecidedNumber]) -> Iterator[tuple[float, ...]]:
    """Yield, for each decision in the order of days, the number's signals at the end of the day before."""
    block_mates: defaultdict[str, list[str]] = defaultdict(list)  # numbers by their widest block
    for number in history.records:
        for block in blocks_of(number)[-1:]:
            block_mates[block].append(number)
    for day, group in groupby(decided, key=lambda decision: decision.day):
        today, numbers = day - 1, [decision.number for decision in group]
        blocks = {block for number in numbers for block in blocks_of(number)[-1:]}
        around = {*numbers, *[mate for block in blocks for mate in block_mates[block]]}
        activity = {
            mate: activity_of(history.records[mate].days(until=today), today=today) for mate in around
        }
        totals = sum_blocks(activity.items())
        for number in numbers:
            yield signals_of(history, number, activity[number], totals, today=today)


def _concatenated(slices: Sequence[Slice]) -> Slice:
    return Slice(
        np.concatenate([part.signals for part in slices]), np.concatenate([part.labels for part in slices])
    )
