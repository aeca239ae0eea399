"""Measures of whether a model still fits: population stability of its signals, and calibration error."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

CALIBRATION_BINS: Final = 15
LEAST_SHARE: Final = 1e-4  # an empty bin must stay finite


class Bins(NamedTuple):
    """The distribution of a signal: `shares[i]` is the share of values with edges[i-1] < x <= edges[i]."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def stability_index(reference: Bins, values: Sequence[float]) -> float:
    """Return the population stability index of values against their training data: Σ (now - then) · ln(now / then).

    It is 0 for an unchanged distribution; by convention 0.1 indicates some change and 0.25 a large one. Two bins of
    50 % each in training and of 80 % and 20 % now give 0.4159. `values` must hold at least one value.
    """
    counts = [0] * len(reference.shares)
    for value in values:
        counts[bisect_left(reference.edges, value)] += 1
    pairs = zip(_floored(reference.shares), _floored(count / len(values) for count in counts), strict=True)
    return sum([(now - then) * math.log(now / then) for then, now in pairs], 0.0)


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Return the expected calibration error, over 15 bins of equal width, of at least one probability.

    It is the mean gap between predicted and observed share: ten probabilities of 0.8 of which six come true
    give 0.2.
    """
    gaps = [0.0] * CALIBRATION_BINS
    for probability, outcome in zip(probabilities, outcomes, strict=True):
        gaps[min(int(probability * CALIBRATION_BINS), CALIBRATION_BINS - 1)] += probability - outcome
    return sum([abs(gap) for gap in gaps]) / len(probabilities)


def _floored(shares: Iterable[float]) -> list[float]:
    return [max(share, LEAST_SHARE) for share in shares]
