"""How often `ml.people.reliability` finds the true labels of a crowd, compared with majority vote and Dawid-Skene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ml.people.confusion import CrowdLabels, Floats, count_confusions, log_likelihood, normalise
from ml.people.reliability import index_labels, judge_labels, likeliest

DAWID_SKENE_ROUNDS: Final = 30
NEVER_ZERO: Final = 1e-10  # the usual floor, so that an answer never seen is not impossible


class CrowdAccuracy(NamedTuple):
    """Counts of a labelled crowd, and the share of items with known truth on which each method is right."""

    items: int
    labels: int
    workers: int
    classes: int
    judged: int  # items with labels and known truth
    accuracy: float
    majority_vote: float  # a tie counts with the probability that the truth is drawn from it
    dawid_skene: float


def measure_crowd(
    rows: Sequence[tuple[str, ...]],
    truth: Mapping[str, str],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> CrowdAccuracy:
    """Judge (item, worker, label) rows without the truth, then compare with the true label of each item.

    `progress` is called with the number of fits done and their total. Raise ValueError if no labelled item has a known
    truth.
    """
    items, workers, classes, crowd = index_labels(rows)
    index_of = {name: index for index, name in enumerate(classes)}
    known = [(index, index_of.get(truth[item], -1)) for index, item in enumerate(items) if item in truth]
    if not known:
        raise ValueError("no labelled item has a known truth")
    at, true = np.array(known).T
    return CrowdAccuracy(
        items=len(items),
        labels=len(rows),
        workers=len(workers),
        classes=len(classes),
        judged=len(known),
        accuracy=float((likeliest(judge_labels(crowd, progress).posteriors)[at] == true).mean()),
        majority_vote=_tied_share(crowd.votes[at], true),
        dawid_skene=float((dawid_skene(crowd).argmax(axis=1)[at] == true).mean()),
    )


def dawid_skene(crowd: CrowdLabels) -> Floats:
    """Return posteriors, (n, K), by plain Dawid-Skene, started from the shares of votes.

    Source: Dawid and Skene, Applied Statistics 28 (1979).
    """
    votes = crowd.votes
    posteriors = np.asarray(votes / votes.sum(axis=1, keepdims=True))
    for _ in range(DAWID_SKENE_ROUNDS):
        rates = count_confusions(crowd, posteriors) + NEVER_ZERO
        rates /= rates.sum(axis=2, keepdims=True)
        shares = posteriors.mean(axis=0) + NEVER_ZERO
        posteriors = normalise(log_likelihood(crowd, rates) + np.log(shares))
    return posteriors


def _tied_share(votes: Floats, true: Floats) -> float:
    """Return the expected share of items whose true class has most votes, if ties are resolved at random."""
    most = votes == votes.max(axis=1, keepdims=True)
    right = most & (np.arange(votes.shape[1]) == true[:, None])
    return float((right.any(axis=1) / most.sum(axis=1)).mean())
