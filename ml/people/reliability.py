"""When opinions differ: estimates of who is reliable and what is true, made together from the labels alone.

No single model of how people label is best for every crowd. Several are fitted (`ml.people.confusion`), held-out
labels show which of them fit the crowd, and their answers are averaged with weights from that evidence. Everything is
pure and deterministic; the order of labels does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.people.confusion import (
    MATRIX_MODELS,
    ONE_RATE_MODELS,
    SPLIT_MODELS,
    VOTE,
    CrowdLabels,
    FittedModel,
    Floats,
    Indices,
    Model,
    fit_model,
)

MODELS: Final = (VOTE, *ONE_RATE_MODELS, *MATRIX_MODELS)
HELD_OUT: Final = 5  # every fifth label is held out
FEWEST_LABELS: Final = 100  # fewer labels cannot tell models apart: all models then weigh the same
EVEN_START: Final = 2.0  # prior held-out labels that shrink the weights of models towards equal ones
DIFFICULTY_EVIDENCE: Final = 4.0  # standard errors: exceeded by chance in one of 30,000 crowds
VANISHED: Final = 0.1  # a class with less than this part of its votes was lost by the fit, not refuted
SMALL_SHARE: Final = 0.005  # rarer classes may appear and disappear
RELIABILITY_PULL: Final = 4.0  # prior labels that shrink a worker's reliability towards the crowd's
EVEN: Final = 9  # posteriors that are equal to this many decimals are a tie, won by the first class

Progress = Callable[[int, int], None]


class JudgedLabels(NamedTuple):
    """Estimates of the true labels and of the reliability of workers."""

    posteriors: Floats  # (n, K), rows sum to 1
    reliabilities: Floats  # (m,): probability that a worker's label is right, shrunk towards the crowd's


class Opinion(NamedTuple):
    """One reporter's opinion of a number."""

    number: str
    reporter: str
    is_abusive: bool  # otherwise the reporter calls it legitimate


class WeighedOpinions(NamedTuple):
    """The probability that each number is abusive, by number, and that each reporter is right, by reporter."""

    abusive_probability: dict[str, float]
    reporter_reliability: dict[str, float]


def weigh_opinions(opinions: Iterable[Opinion]) -> WeighedOpinions:
    """Judge numbers that some reporters call abusive and others legitimate.

    Repeated opinions count once; without opinions both results are empty. The result says how far the opinions can be
    believed as opinions, whereas the caps of `ml.trust` limit what accounts can achieve: neither replaces the other.
    """
    rows = [(given.number, given.reporter, str(int(given.is_abusive))) for given in opinions]
    if not rows:
        return WeighedOpinions({}, {})
    numbers, reporters, _, crowd = index_labels(rows, classes=("0", "1"))
    judged = judge_labels(crowd)
    return WeighedOpinions(
        dict(zip(numbers, judged.posteriors[:, 1].tolist(), strict=True)),
        dict(zip(reporters, judged.reliabilities.tolist(), strict=True)),
    )


def index_labels(
    rows: Sequence[tuple[str, ...]], classes: Sequence[str] = ()
) -> tuple[list[str], list[str], list[str], CrowdLabels]:
    """Return the sorted names of items, workers and classes, and the (item, worker, label) rows as indices.

    `classes` are added to those that occur in the rows.
    """
    item_names, worker_names, label_names = zip(*rows, strict=True)
    items, item = _by_name(item_names)
    workers, worker = _by_name(worker_names)
    named, label = _by_name(label_names, classes)
    crowd = CrowdLabels(
        item=item, worker=worker, label=label, items=len(items), workers=len(workers), classes=len(named)
    )
    return items, workers, named, crowd


def _by_name(names: Sequence[str], also: Sequence[str] = ()) -> tuple[list[str], Indices]:
    """Return the distinct names in order, including those of `also`, and the index of each name among them."""
    distinct = sorted({*names, *also})
    index_of = {name: index for index, name in enumerate(distinct)}
    return distinct, np.array([index_of[name] for name in names], dtype=np.intp)


def judge_labels(crowd: CrowdLabels, progress: Progress = lambda done, of: None) -> JudgedLabels:
    """Return the posteriors of all items and the reliabilities of all workers; equal rows count once.

    `progress` is called with the number of fits done and their total.
    """
    crowd = _without_repeats(crowd)
    if crowd.classes == 1:
        return JudgedLabels(np.ones((crowd.items, 1)), np.ones(crowd.workers))
    counter = _FitCounter(progress, len(MODELS))
    if len(crowd.item) < FEWEST_LABELS:
        fits = [counter.fit(crowd, model) for model in MODELS]
        weights = np.full(len(fits), 1.0 / len(fits))
    else:
        fits, weights = _weighed_fits(crowd, counter)
    posteriors = np.einsum("f,fnk->nk", weights, np.stack([fitted.causes for fitted in fits]))
    return JudgedLabels(posteriors, _reliabilities(crowd, posteriors))


def likeliest(posteriors: Floats) -> Indices:
    """Return the most probable class of each item, (n,); ties, up to rounding errors, go to the class sorted first."""
    return np.asarray(posteriors.round(EVEN).argmax(axis=1))


class _FitCounter:
    """Fits models and reports progress after each fit."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._done, self.total = progress, 0, total

    def fit(self, crowd: CrowdLabels, model: Model) -> FittedModel:
        """Fit a model, then call `progress`."""
        fitted = fit_model(crowd, model)
        self._done += 1
        self._progress(self._done, self.total)
        return fitted


def _weighed_fits(crowd: CrowdLabels, counter: _FitCounter) -> tuple[list[FittedModel], Floats]:
    """Return the fits to average, and their weights."""
    held = _held_out(crowd)
    known, unknown = crowd.rows(~held), crowd.rows(held)
    counter.total = 2 * len(MODELS) + len(SPLIT_MODELS)
    predicted = {model.name: counter.fit(known, model).predict(unknown) for model in (*MODELS, *SPLIT_MODELS)}
    if _is_difficulty(unknown, predicted):
        counter.total = len(predicted) + len(ONE_RATE_MODELS)
        fits = [counter.fit(crowd, model) for model in ONE_RATE_MODELS]
        return fits, np.full(len(fits), 1.0 / len(fits))
    fitted = [(model, counter.fit(crowd, model)) for model in MODELS]
    kept = [(model, found) for model, found in fitted if not _lost_a_class(crowd, found)] or fitted[:1]
    weights = _stack(np.stack([predicted[model.name] for model, _ in kept], axis=1))
    return [found for _, found in kept], weights


def _held_out(crowd: CrowdLabels) -> NDArray[np.bool_]:
    """Return a mask of every fifth label in a meaningless order, which depends only on items, workers and labels."""
    step = (crowd.item.astype(np.uint64) << np.uint64(32)) + crowd.worker.astype(np.uint64)
    scattered = _scatter(_scatter(step * np.uint64(0x9E3779B97F4A7C15)))
    held = np.zeros(len(step), dtype=np.bool_)
    held[np.lexsort((crowd.label, crowd.worker, crowd.item, scattered))[2::HELD_OUT]] = True
    return held


def _scatter(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash by mixing every bit into all others. Source: finaliser of splitmix64 (Steele, Lea and Flood, 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def _is_difficulty(unknown: CrowdLabels, predicted: dict[str, Floats]) -> bool:
    """Whether models with easy and hard items predict held-out labels significantly better than any full matrix.

    If so, what a full matrix takes for the truth is partly the difficulty of items, and its answers cannot be used as
    the truth however well they fit. Labels of one item are not independent, so the standard error is taken by item.
    """
    plain, split = _best_prediction(predicted, MATRIX_MODELS), _best_prediction(predicted, SPLIT_MODELS)
    gain = np.bincount(unknown.item, np.log(split) - np.log(plain), unknown.items)
    return bool(gain.sum() > DIFFICULTY_EVIDENCE * np.sqrt(np.square(gain).sum()))


def _best_prediction(predicted: dict[str, Floats], models: Iterable[Model]) -> Floats:
    return max((predicted[model.name] for model in models), key=lambda found: float(np.log(found).sum()))


def _lost_a_class(crowd: CrowdLabels, found: FittedModel) -> bool:
    """Whether a fit nearly emptied a class that has votes, by reading noise as one class that everybody misses."""
    votes = crowd.votes
    voted = (votes / votes.sum(axis=1, keepdims=True)).mean(axis=0)
    left = (found.causes.mean(axis=0) + SMALL_SHARE) / (voted + SMALL_SHARE)
    return bool(left.min() < VANISHED)


def _stack(predicted: Floats) -> Floats:
    """Return the weights of models whose mixture predicts held-out labels best, given (N, models) probabilities.

    Source: stacking of predictive distributions (Yao et al., Bayesian Analysis 13, 2018), here with a prior.
    """
    weights = np.full(predicted.shape[1], 1.0 / predicted.shape[1])
    for _ in range(100):
        shares = predicted * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).sum(axis=0) + EVEN_START
        weights /= weights.sum()
    return weights


def _without_repeats(crowd: CrowdLabels) -> CrowdLabels:
    """Return the crowd with one row for each item, worker and label, sorted in that order."""
    cell = (crowd.item * crowd.workers + crowd.worker) * crowd.classes + crowd.label
    first = np.unique(cell, return_index=True)[1]
    return replace(crowd, item=crowd.item[first], worker=crowd.worker[first], label=crowd.label[first])


def _reliabilities(crowd: CrowdLabels, posteriors: Floats) -> Floats:
    """Return the expected share of right labels of each worker, (m,), shrunk towards that of all workers."""
    right = posteriors[crowd.item, crowd.label]
    total = np.bincount(crowd.worker, minlength=crowd.workers)
    pulled = np.bincount(crowd.worker, right, crowd.workers) + RELIABILITY_PULL * right.mean()
    return np.asarray(pulled / (total + RELIABILITY_PULL))
