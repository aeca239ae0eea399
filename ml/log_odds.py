"""Log-odds and back, and evidence under a ceiling."""

from __future__ import annotations

import math


def saturating(evidence: float, cap: float) -> float:
    """Evidence under a ceiling that it never passes and, while small, does not feel."""
    return -cap * math.expm1(-evidence / cap)


def probability_of(log_odds: float) -> float:
    """The probability of log-odds, however large."""
    if log_odds < 0.0:  # so that no exponential overflows
        return math.exp(log_odds) / (1.0 + math.exp(log_odds))
    return 1.0 / (1.0 + math.exp(-log_odds))


def log_odds_of(probability: float) -> float:
    """The log-odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))
