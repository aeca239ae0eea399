"""Conversion between probabilities and log-odds, and the saturation of evidence under a cap."""

from __future__ import annotations

import math


def saturating(evidence: float, cap: float) -> float:
    """Return evidence limited by a cap: nearly unchanged while small, and never above the cap."""
    return -cap * math.expm1(-evidence / cap)


def probability_of(log_odds: float) -> float:
    """Return the probability for log-odds of any size."""
    if log_odds < 0.0:  # avoids overflow of the exponential
        return math.exp(log_odds) / (1.0 + math.exp(log_odds))
    return 1.0 / (1.0 + math.exp(-log_odds))


def log_odds_of(probability: float) -> float:
    """Return the log-odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))
