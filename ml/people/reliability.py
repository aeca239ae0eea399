"""Where opinions differ: who is reliable and what is true, worked out together from the labels alone.

No one model of how people label is best on every crowd. Several are fitted (`ml.people.confusion`), labels held out
of the fit show which of them the crowd is like, and the answers are averaged by that evidence. Pure and
deterministic; the order of labels does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
HELD_OUT: Final = 5  # every fifth label
FEWEST_LABELS: Final = 100  # fewer say nothing about models: all then count alike
EVEN_START: Final = 2.0  # held-out labels' worth by which each model's weight is drawn to an equal share
DIFFICULTY_EVIDENCE: Final = 4.0  # standard errors: by chance once in 30,000 crowds
VANISHED: Final = 0.1  # a class left with less than this of its votes' share was lost by the fit, not refuted
SMALL_SHARE: Final = 0.005  # classes rarer than this may come and go
RELIABILITY_PULL: Final = 4.0  # labels' worth by which a reliability is drawn to that of the crowd
EVEN: Final = 9  # decimals: posteriors equal to so many are a tie, won by the first class

Progress = Callable[[int, int], None]


class JudgedLabels(NamedTuple):
    """What a crowd's labels amount to."""

    posteriors: Floats  # (n, K), rows sum to 1
    reliabilities: Floats  # (m,) probability that a worker's label is right, shrunk to the crowd's


class Opinion(NamedTuple):
    """One reporter's opinion of a number."""

    number: str
    reporter: str
    is_abusive: bool  # otherwise the reporter calls it legitimate


class WeighedOpinions(NamedTuple):
    """Where both opinions exist: how probably each number is abusive, and each reporter right."""

    abusive_probability: dict[str, float]
    reporter_reliability: dict[str, float]


def weigh_opinions(opinions: Iterable[Opinion]) -> WeighedOpinions:
    """Judge numbers of which some reporters say "abusive" and some "legitimate".

    A repeated opinion counts once; nothing in gives nothing out. This says how far opinions can be believed
    as opinions. The caps of `ml.trust` say how far accounts can: neither replaces the other.
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
    """Names of items, workers and classes in sorted order, and the (item, worker, label) rows by index."""
    item_names, worker_names, label_names = zip(*rows, strict=True)
    items, item = _by_name(item_names)
    workers, worker = _by_name(worker_names)
    named, label = _by_name(label_names, classes)
    return items, workers, named, CrowdLabels(item, worker, label, len(items), len(workers), len(named))


def _by_name(names: Sequence[str], also: Sequence[str] = ()) -> tuple[list[str], Indices]:
    """The distinct names in order, and each name's place among them."""
    distinct = sorted({*names, *also})
    place = {name: index for index, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in names], dtype=np.intp)


def judge_labels(crowd: CrowdLabels, progress: Progress = lambda done, of: None) -> JudgedLabels:
    """Posteriors of all items and reliabilities of all workers; equal rows count once.

    `progress` is told how many fits are done, and of how many.
    """
    crowd = _without_repeats(crowd)
    if crowd.classes == 1:
        return JudgedLabels(np.ones((crowd.items, 1)), np.ones(crowd.workers))
    told = _FitCounter(progress, len(MODELS))
    if len(crowd.item) < FEWEST_LABELS:
        fits = [told.fit(crowd, model) for model in MODELS]
        weights = np.full(len(fits), 1.0 / len(fits))
    else:
        fits, weights = _weighed_fits(crowd, told)
    posteriors = np.einsum("f,fnk->nk", weights, np.stack([fitted.causes for fitted in fits]))
    return JudgedLabels(posteriors, _reliabilities(crowd, posteriors))


def likeliest(posteriors: Floats) -> Indices:
    """The class of each item, (n,); ties go to the class that sorts first, whatever the rounding."""
    return np.asarray(posteriors.round(EVEN).argmax(axis=1))


class _FitCounter:
    """Counts fits for whoever watches."""

    def __init__(self, progress: Progress, of: int) -> None:
        self._progress, self._done, self.of = progress, 0, of

    def fit(self, crowd: CrowdLabels, model: Model) -> FittedModel:
        fitted = fit_model(crowd, model)
        self._done += 1
        self._progress(self._done, self.of)
        return fitted


def _weighed_fits(crowd: CrowdLabels, told: _FitCounter) -> tuple[list[FittedModel], Floats]:
    """The fits that answer, and their weights."""
    held = _held_out(crowd)
    known, unknown = crowd.rows(~held), crowd.rows(held)
    told.of = 2 * len(MODELS) + len(SPLIT_MODELS)
    predicted = {model.name: told.fit(known, model).predict(unknown) for model in (*MODELS, *SPLIT_MODELS)}
    if _is_difficulty(unknown, predicted):
        told.of = len(predicted) + len(ONE_RATE_MODELS)
        fits = [told.fit(crowd, model) for model in ONE_RATE_MODELS]
        return fits, np.full(len(fits), 1.0 / len(fits))
    fitted = [(model, told.fit(crowd, model)) for model in MODELS]
    kept = [(model, found) for model, found in fitted if not _lost_a_class(crowd, found)] or fitted[:1]
    weights = _stack(np.stack([predicted[model.name] for model, _ in kept], axis=1))
    return [found for _, found in kept], weights


def _held_out(crowd: CrowdLabels) -> NDArray[np.bool_]:
    """Every fifth label in an order without meaning, which only items' and workers' places decide."""
    step = (crowd.item.astype(np.uint64) << np.uint64(32)) + crowd.worker.astype(np.uint64)
    scattered = _scatter(_scatter(step * np.uint64(0x9E3779B97F4A7C15)))
    held = np.zeros(len(step), dtype=np.bool_)
    held[np.lexsort((crowd.label, crowd.worker, crowd.item, scattered))[2::HELD_OUT]] = True
    return held


def _scatter(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix all bits into all others. Source: the finaliser of splitmix64 (Steele, Lea and Flood, 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def _is_difficulty(unknown: CrowdLabels, predicted: dict[str, Floats]) -> bool:
    """Whether items of two kinds a class predict held-out labels surely better than any full matrix.

    Then what a full matrix takes for the truth is partly how hard items are, and its answers cannot be used
    for the truth however well they fit. Labels of one item are not independent: errors are taken by item.
    """
    plain, split = _best_prediction(predicted, MATRIX_MODELS), _best_prediction(predicted, SPLIT_MODELS)
    gain = np.bincount(unknown.item, np.log(split) - np.log(plain), unknown.items)
    return bool(gain.sum() > DIFFICULTY_EVIDENCE * np.sqrt(np.square(gain).sum()))


def _best_prediction(predicted: dict[str, Floats], models: Iterable[Model]) -> Floats:
    return max((predicted[model.name] for model in models), key=lambda found: float(np.log(found).sum()))


def _lost_a_class(crowd: CrowdLabels, found: FittedModel) -> bool:
    """Whether a fit all but emptied a class that has votes: noise read as one class that everybody misses."""
    votes = crowd.votes
    voted = (votes / votes.sum(axis=1, keepdims=True)).mean(axis=0)
    left = (found.causes.mean(axis=0) + SMALL_SHARE) / (voted + SMALL_SHARE)
    return bool(left.min() < VANISHED)


def _stack(predicted: Floats) -> Floats:
    """Weights of models by which their mixture predicts held-out labels best, from (N, models) probabilities.

    Source: stacking of predictive distributions (Yao et al., Bayesian Analysis 13, 2018), here with a prior.
    """
    weights = np.full(predicted.shape[1], 1.0 / predicted.shape[1])
    for _ in range(100):
        shares = predicted * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).sum(axis=0) + EVEN_START
        weights /= weights.sum()
    return weights


def _without_repeats(crowd: CrowdLabels) -> CrowdLabels:
    """One row for each item, worker and label, in that order."""
    cell = (crowd.item * crowd.workers + crowd.worker) * crowd.classes + crowd.label
    first = np.unique(cell, return_index=True)[1]
    rows = (crowd.item[first], crowd.worker[first], crowd.label[first])
    return CrowdLabels(*rows, crowd.items, crowd.workers, crowd.classes)


def _reliabilities(crowd: CrowdLabels, posteriors: Floats) -> Floats:
    """Each worker's expected share of right labels, drawn to that of all workers."""
    right = posteriors[crowd.item, crowd.label]
    total = np.bincount(crowd.worker, minlength=crowd.workers)
    pulled = np.bincount(crowd.worker, right, crowd.workers) + RELIABILITY_PULL * right.mean()
    return np.asarray(pulled / (total + RELIABILITY_PULL))
