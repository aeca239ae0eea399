"""The Beta distribution in plain Python, so that serving does not need SciPy."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

_TINY: Final = 1e-300
_RELATIVE_ERROR: Final = 1e-15
_MOST_TERMS: Final = 20_000  # about sqrt(max(a, b)) terms are needed: enough for any reporter's history


def beta_cumulative(x: float, a: float, b: float) -> float:
    """Return the probability that a Beta(a, b) variable is at most x (the regularised incomplete beta function).

    The relative error is about 1e-12 for a and b up to 1e5. Source: continued fraction 8.17.22 of the NIST
    Digital Library of Mathematical Functions.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (
        a + b + 2.0
    ):  # beyond the mean, the continued fraction of the other tail converges faster
        return 1.0 - _tail(1.0 - x, b, a)
    return _tail(x, a, b)


@lru_cache(maxsize=65_536)
def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the x with I_x(a, b) = probability, exact to the last few bits.

    Raise ValueError unless 0 < probability < 1 and a and b are positive. Bisection needs neither a good starting
    value nor a derivative; thanks to the cache its 60 or so steps are paid once per reporter history.
    """
    if not 0.0 < probability < 1.0 or a <= 0.0 or b <= 0.0:
        raise ValueError(f"no quantile {probability} of Beta({a}, {b})")
    low, high = 0.0, 1.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        if beta_cumulative(middle, a, b) < probability:
            low = middle
        else:
            high = middle


def _tail(x: float, a: float, b: float) -> float:
    """Return I_x(a, b) for x below the mean, where the continued fraction converges fast."""
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
    """Evaluate the continued fraction 1 + d1/(1 + d2/(1 + ...)) forwards, by the modified Lentz method.

    Raise ArithmeticError if it does not converge.
    """
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
