"""Quantiles of the Beta distribution in plain Python, so that serving needs no scipy."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

_TINY: Final = 1e-300
_RELATIVE_ERROR: Final = 1e-15
_MOST_TERMS: Final = (
    20_000  # the fraction needs about sqrt(max(a, b)) terms: enough for any reporter's history
)


def cumulative(x: float, a: float, b: float) -> float:
    """Probability that a Beta(a, b) variable is at most x: the regularised incomplete beta function.

    Relative error about 1e-12 for a, b up to 1e5. Source: continued fraction 8.17.22 of the NIST Digital
    Library of Mathematical Functions.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):  # beyond the mean the fraction of the other tail converges faster
        return 1.0 - _tail(1.0 - x, b, a)
    return _tail(x, a, b)


@lru_cache(maxsize=65_536)
def quantile(probability: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = probability, to the last few bits; `ValueError` outside 0 < probability < 1.

    Halving needs no good start and no derivative; the cache makes its 60 steps a cost paid once per history.
    """
    if not 0.0 < probability < 1.0 or a <= 0.0 or b <= 0.0:
        raise ValueError(f"no quantile {probability} of Beta({a}, {b})")
    low, high = 0.0, 1.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        if cumulative(middle, a, b) < probability:
            low = middle
        else:
            high = middle


def _tail(x: float, a: float, b: float) -> float:
    """I_x(a, b) where its continued fraction converges fast: x below the mean."""
    log_front = (
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log1p(-x)
        - math.log(a)
    )
    return math.exp(log_front) / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 1 + d1/(1 + d2/(1 + ...)), evaluated forwards (modified Lentz)."""
    value = numerator = 1.0
    denominator = 0.0
    for term in range(1, _MOST_TERMS):
        m = term // 2
        if term % 2:
            step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1.0 / ((1.0 + step * denominator) or _TINY)
        numerator = (1.0 + step / numerator) or _TINY
        change = numerator * denominator
        value *= change
        if abs(change - 1.0) < _RELATIVE_ERROR:
            return value
    raise ArithmeticError(f"I_{x}({a}, {b}) does not converge")
