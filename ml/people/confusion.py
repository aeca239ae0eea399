"""Models of how workers confuse classes, from one error rate for everybody to a full matrix for each worker.

Every model is fitted by the same expectation-maximisation and differs only in how far the rates of a worker are
shrunk towards those of the crowd. Shapes: n items, m workers, K classes, N labels, and C causes, where C = K, or 2K
if every class is split into an easy and a hard kind of item.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_ROUNDS: Final = 50
SETTLED: Final = 1e-4  # fitting ends when no probability changes by more
SLIP: Final = 0.001  # share of labels that even the best worker gives at random, so that no label is proof
START_COUNT: Final = 0.1  # prior labels per rate of the crowd; five times as many for the right class
WORKER_PULL: Final = 4.0  # prior labels that shrink a worker's overall accuracy towards the crowd's


@dataclass(frozen=True, slots=True)
class CrowdLabels:
    """The labels of a crowd, as indices of shape (N,), and the numbers of items, workers and classes."""

    item: Indices
    worker: Indices
    label: Indices
    items: int
    workers: int
    classes: int
    answer: Indices = field(init=False)  # worker and label as a single index

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", self.worker * self.classes + self.label)

    def rows(self, chosen: NDArray[np.bool_]) -> CrowdLabels:
        """Return the chosen labels (a mask of shape (N,)), with the same items, workers and classes."""
        return replace(self, item=self.item[chosen], worker=self.worker[chosen], label=self.label[chosen])

    @property
    def votes(self) -> Floats:
        """How often each item was labelled with each class, (n, K)."""
        cells = np.bincount(self.item * self.classes + self.label, minlength=self.items * self.classes)
        return cells.reshape(self.items, self.classes).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Model:
    """One way to estimate the rates at which workers confuse classes."""

    name: str
    rates: Callable[
        [Floats, float], Floats
    ]  # from counts of confusions (m, C, K) and `pooling` to rates (m, C, K)
    pooling: (
        float  # prior labels per class that shrink a worker's rates; infinite: all workers share their rates
    )
    causes_per_class: int = 1
    learns_shares: bool = True  # whether to learn how common the causes are; otherwise all are equally common


class FittedModel(NamedTuple):
    """A fitted model."""

    causes: Floats  # (n, C): probability of each cause of each item
    rates: Floats  # (m, C, K): probability of each label by worker and cause

    def predict(self, crowd: CrowdLabels) -> Floats:
        """Return the probability, (N,), of each label of a crowd with the same items and workers."""
        label_rates = self.rates[crowd.worker, :, crowd.label]
        return np.asarray((self.causes[crowd.item] * label_rates).sum(axis=1))


def one_rate(counts: Floats, pooling: float) -> Floats:
    """Return rates with one accuracy per worker, the same for all classes; errors fall on the others evenly."""
    classes = counts.shape[2]
    right = np.trace(counts, axis1=1, axis2=2)
    total = counts.sum(axis=(1, 2))
    accuracy = np.full_like(right, (right.sum() + 2.0) / (total.sum() + 3.0))
    if not math.isinf(pooling):
        accuracy = (right + pooling * accuracy) / (total + pooling)
    own = np.eye(classes)
    wrong = ((1.0 - accuracy) / max(classes - 1, 1))[:, None, None]
    return np.asarray(accuracy[:, None, None] * own + wrong * (1.0 - own))


def full_matrix(counts: Floats, pooling: float) -> Floats:
    """Return separate rates for every class, shrunk towards the crowd's rates as adjusted to the worker's accuracy."""
    crowd = _crowd_rates(counts)
    if counts.shape[1] == counts.shape[2]:
        towards = _as_good_as(counts, crowd)
    else:
        towards = np.repeat(crowd[None], len(counts), axis=0)
    drawn = counts + pooling * towards
    return np.asarray(drawn / drawn.sum(axis=2, keepdims=True))


def _crowd_rates(counts: Floats) -> Floats:
    """Return the rates of all workers taken together, (C, K)."""
    classes = counts.shape[2]
    own = np.tile(np.eye(classes), (counts.shape[1] // classes, 1))
    pooled = counts.sum(axis=0) + START_COUNT * (1.0 + 4.0 * own)
    return np.asarray(pooled / pooled.sum(axis=1, keepdims=True))


def _as_good_as(counts: Floats, crowd: Floats) -> Floats:
    """Return the crowd's rates, with the odds of being right adjusted to each worker's own accuracy, (m, K, K).

    Accuracy is shared by all classes and the kinds of error come from the crowd, so a good worker with five labels in
    ten classes can be distinguished from one who guesses.
    """
    diagonal = np.arange(crowd.shape[0])
    total = counts.sum(axis=(1, 2))
    expected = (counts.sum(axis=2) @ crowd[diagonal, diagonal] + 1e-9) / (total + 1e-9)
    right = np.trace(counts, axis1=1, axis2=2)
    own = _odds((right + WORKER_PULL * expected) / (total + WORKER_PULL))
    towards = np.repeat(crowd[None], len(counts), axis=0)
    towards[:, diagonal, diagonal] *= (own / _odds(expected))[:, None]
    return np.asarray(towards / towards.sum(axis=2, keepdims=True))


def _odds(share: Floats) -> Floats:
    inside = np.clip(share, 1e-3, 1.0 - 1e-3)
    return np.asarray(inside / (1.0 - inside))


VOTE: Final = Model("vote", one_rate, math.inf, learns_shares=False)
"""Majority vote, as the limit in which all workers share their rates."""

ONE_RATE_MODELS: Final = (
    Model("one rate", one_rate, 4.0, learns_shares=False),
    Model("one rate, shares", one_rate, 4.0),
)

MATRIX_MODELS: Final = (
    Model("matrix, 1/4", full_matrix, 0.25),  # nearly plain Dawid-Skene
    Model("matrix, 2", full_matrix, 2.0),
    Model("matrix, 8", full_matrix, 8.0),
    Model("matrix, 32", full_matrix, 32.0),
)

SPLIT_MODELS: Final = (
    Model("easy and hard, 2", full_matrix, 2.0, causes_per_class=2),
    Model("easy and hard, 8", full_matrix, 8.0, causes_per_class=2),
)
"""Matrices with easy and hard items in every class: what Dawid-Skene takes for a class may be mere difficulty."""


def fit_model(crowd: CrowdLabels, model: Model) -> FittedModel:
    """Fit a model by expectation-maximisation, starting from the shares of votes."""
    causes = _start(crowd.votes, model.causes_per_class)
    for _ in range(MOST_ROUNDS):
        rates = model.rates(count_confusions(crowd, causes), model.pooling)
        rates = (1.0 - SLIP) * rates + SLIP / crowd.classes
        shares = (causes.sum(axis=0) + 1.0) / (len(causes) + causes.shape[1])
        log_shares = np.log(shares) if model.learns_shares else 0.0
        updated = normalise(log_likelihood(crowd, rates) + log_shares)
        change = float(np.abs(updated - causes).max())
        causes = updated
        if change < SETTLED:
            break
    return FittedModel(causes, rates)


def count_confusions(crowd: CrowdLabels, causes: Floats) -> Floats:
    """Return the expected counts by worker, cause and label, (m, C, K)."""
    sums = _sums(causes, crowd.item, by=crowd.answer, number=crowd.workers * crowd.classes)
    return sums.reshape(crowd.workers, crowd.classes, -1).transpose(0, 2, 1)


def normalise(log_weights: Floats) -> Floats:
    """Return probabilities for unnormalised logarithms, row by row."""
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _start(votes: Floats, causes_per_class: int) -> Floats:
    """Return the shares of votes as starting values, (n, C).

    If classes are split into easy and hard items, an item counts as easier the more unanimous its votes are.
    """
    spread = votes + 0.1 / votes.shape[1]
    shares = np.asarray(spread / spread.sum(axis=1, keepdims=True))
    if causes_per_class == 1:
        return shares
    divided = (1.0 - shares.max(axis=1, keepdims=True)) / (1.0 - 1.0 / votes.shape[1])
    hard = np.clip(divided, 0.05, 0.95)
    return np.hstack([shares * (1.0 - hard), shares * hard])


def log_likelihood(crowd: CrowdLabels, rates: Floats) -> Floats:
    """Return the log-likelihood of each item's labels under each cause, (n, C)."""
    by_answer = np.log(rates).transpose(0, 2, 1).reshape(crowd.workers * crowd.classes, -1)
    return _sums(by_answer, crowd.answer, by=crowd.item, number=crowd.items)


def _sums(values: Floats, at: Indices, *, by: Indices, number: int) -> Floats:
    """Sum the rows `at` of (R, C) values by group into an array of shape (number, C).

    The sums are made column by column, which is several times faster than adding short rows.
    """
    columns = np.ascontiguousarray(values.T)
    return np.stack([np.bincount(by, column.take(at), number) for column in columns], axis=1)
