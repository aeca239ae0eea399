"""Simulated crowds of labels with known truth, of many kinds, so that a method is not tuned to a single crowd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator

CLASSES: Final = (2, 10)
ITEMS: Final = (200, 4000)
WORKERS: Final = (15, 200)
LABELS_AN_ITEM: Final = (1.5, 20.0)


class LabelledCrowd(NamedTuple):
    """The labels of a crowd, and the truth."""

    rows: list[tuple[str, str, str]]  # (item, worker, label)
    truth: dict[str, str]  # true label by item
    traits: str  # the size of the crowd and the kinds of its workers, in words


def simulate_labels(rng: Rng) -> LabelledCrowd:
    """Return a crowd whose size, and whose careless, hostile, biased and misled workers, are drawn from `rng`."""
    classes = int(rng.choice([2, 2, 2, 3, 4, CLASSES[1]]))
    items = int(np.exp(rng.uniform(*np.log(ITEMS))))
    workers = int(np.exp(rng.uniform(*np.log(WORKERS))))
    per_item = float(np.exp(rng.uniform(*np.log(LABELS_AN_ITEM))))
    shares = rng.dirichlet(np.full(classes, 2.0))
    truth = rng.choice(classes, items, p=shares)
    confusions, traits_of_workers = _confusions(rng, workers, classes)
    hard, misleading, traits_of_items = _difficulties(rng, items, truth, classes)
    activity = np.maximum(rng.dirichlet(np.full(workers, float(rng.choice([0.3, 1.0, 5.0])))), 1e-6)
    activity /= activity.sum()
    rows = []
    for item in range(items):
        count = min(workers, max(1, int(rng.poisson(per_item))))
        for worker in rng.choice(workers, count, replace=False, p=activity):
            if misleading[item] >= 0 and rng.random() < 0.5:
                label = misleading[item]
            elif hard[item] and rng.random() < 0.7:
                label = int(rng.integers(classes))
            else:
                label = int(rng.choice(classes, p=confusions[worker, truth[item]]))
            rows.append((f"i{item:05}", f"w{worker:04}", f"c{label}"))
    named = {f"i{item:05}": f"c{cause}" for item, cause in enumerate(truth)}
    size = f"{classes} classes, {items} items, {workers} workers, {len(rows) / items:.1f} labels"
    return LabelledCrowd(rows, named, f"{size}: {traits_of_workers}{traits_of_items}")


def _confusions(rng: Rng, workers: int, classes: int) -> tuple[NDArray[np.float64], str]:
    """Return the probability of each label by worker and true class, (m, K, K), and the traits of the workers."""
    mean = rng.uniform(0.55, 0.9)
    accuracy = np.clip(rng.beta(mean * 8, (1 - mean) * 8, workers), 1 / classes, 0.995)
    spammers, adversaries = rng.choice([0.0, 0.1, 0.3]), rng.choice([0.0, 0.0, 0.1])
    biased = rng.random() < 0.4
    found = np.empty((workers, classes, classes))
    for worker in range(workers):
        draw = rng.random()
        if draw < spammers:
            found[worker] = rng.dirichlet(np.full(classes, 0.5))
            continue
        wrong = rng.dirichlet(np.full(classes, 0.5 if biased else 50.0), classes)
        own = accuracy[worker] * rng.uniform(0.7 if biased else 1.0, 1.0, classes)
        for cause in range(classes):
            right = float(own[cause])
            if draw < spammers + adversaries:
                right = 1.0 - right if classes == 2 else 0.05
            wrong[cause, cause] = 0.0
            found[worker, cause] = wrong[cause] / wrong[cause].sum() * (1.0 - right)
            found[worker, cause, cause] = right
    traits = f"accuracy {mean:.2f}, {spammers:.0%} spammers, {adversaries:.0%} adversaries"
    return found, traits + (", biased by class" if biased else "")


def _difficulties(
    rng: Rng, items: int, truth: NDArray[np.intp], classes: int
) -> tuple[NDArray[np.bool_], list[int], str]:
    """Return which items are hard for everybody, which wrong class half of all workers see, and these traits in words.

    The wrong class is -1 for items that mislead nobody.
    """
    hard_share, misleading_share = rng.choice([0.0, 0.0, 0.2]), rng.choice([0.0, 0.0, 0.05])
    hard = rng.random(items) < hard_share
    misleading = [
        int((cause + rng.integers(1, classes)) % classes) if rng.random() < misleading_share else -1
        for cause in truth
    ]
    traits = f", {hard_share:.0%} hard" if hard_share else ""
    return hard, misleading, traits + (f", {misleading_share:.0%} misleading" if misleading_share else "")


def many_crowds(count: int, seed: int) -> Iterator[LabelledCrowd]:
    """Yield crowds, each of which depends only on the seed and its index."""
    for index in range(count):
        yield simulate_labels(np.random.default_rng([seed, index]))
