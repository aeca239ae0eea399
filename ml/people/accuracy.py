"""How often a crowd's judged labels are true, beside the two methods everybody knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ml.people.confusion import CrowdLabels, Floats, count_confusions, log_likelihood, normalise
from ml.people.reliability import index_labels, judge_labels, likeliest

DAWID_SKENE_ROUNDS: Final = 30
NEVER_ZERO: Final = 1e-10  # the usual floor: an answer never seen must not be impossible


class CrowdAccuracy(NamedTuple):
    """Counts, and the share of items with known truth on which each method is right."""

    items: int
    labels: int
    workers: int
    classes: int
    judged: int  # items with labels and known truth
    accuracy: float
    majority_vote: float  # a tie counts by the chance of drawing the truth from it
    dawid_skene: float


def measure_crowd(
    rows: Sequence[tuple[str, ...]],
    truth: Mapping[str, str],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> CrowdAccuracy:
    """Judge (item, worker, label) rows without the truth, then compare; `ValueError` if nothing can be."""
    items, workers, classes, crowd = index_labels(rows)
    place = {name: index for index, name in enumerate(classes)}
    known = [(index, place.get(truth[item], -1)) for index, item in enumerate(items) if item in truth]
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
    """Plain Dawid-Skene from the shares of votes, (n, K). Source: Dawid and Skene, Applied Statistics 28 (1979)."""
    votes = crowd.votes
    posteriors = np.asarray(votes / votes.sum(axis=1, keepdims=True))
    for _ in range(DAWID_SKENE_ROUNDS):
        rates = count_confusions(crowd, posteriors) + NEVER_ZERO
        rates /= rates.sum(axis=2, keepdims=True)
        shares = posteriors.mean(axis=0) + NEVER_ZERO
        posteriors = normalise(log_likelihood(crowd, rates) + np.log(shares))
    return posteriors


def _tied_share(votes: Floats, true: Floats) -> float:
    """Expected share of items whose truth has most votes, if ties are drawn by lot."""
    most = votes == votes.max(axis=1, keepdims=True)
    right = most & (np.arange(votes.shape[1]) == true[:, None])
    return float((right.any(axis=1) / most.sum(axis=1)).mean())
