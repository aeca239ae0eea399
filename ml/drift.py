"""Whether a model still fits: signals spread as in training, and probabilities that come true."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

CALIBRATION_BINS: Final = 15
LEAST_SHARE: Final = 1e-4  # an empty bin must stay finite


class Bins(NamedTuple):
    """How a signal was spread: `shares[i]` of values with edges[i-1] < x <= edges[i]."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def stability_index(reference: Bins, values: Sequence[float]) -> float:
    """Σ (now - then) · ln(now / then) over bins: 0 for the same spread; 0.1 is usually read as some change, 0.25 as much.

    Half and half in training, 80 and 20 % now gives 0.4159. At least one value.
    """
    counts = [0] * len(reference.shares)
    for value in values:
        counts[bisect_left(reference.edges, value)] += 1
    pairs = zip(_floored(reference.shares), _floored(count / len(values) for count in counts), strict=True)
    return sum([(now - then) * math.log(now / then) for then, now in pairs], 0.0)


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Expected calibration error: mean gap of predicted and found share over 15 bins of equal width; at least one.

    Ten probabilities of 0.8 of which six come true give 0.2.
    """
    gaps = [0.0] * CALIBRATION_BINS
    for probability, outcome in zip(probabilities, outcomes, strict=True):
        gaps[min(int(probability * CALIBRATION_BINS), CALIBRATION_BINS - 1)] += probability - outcome
    return sum([abs(gap) for gap in gaps]) / len(probabilities)


def _floored(shares: Iterable[float]) -> list[float]:
    return [max(share, LEAST_SHARE) for share in shares]
