"""How evidence decays: by half every half-life of the kind of number, and faster over long silences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from ml.words import LONG_LIVED_KINDS

MOBILE_HALF_LIFE_DAYS: Final = 60.0
LINE_HALF_LIFE_DAYS: Final = 180.0  # lines of organisations seldom change hands
ABROAD_HALF_LIFE_DAYS: Final = 30.0  # fitted to complaints (docs/scoring.md); the others await data
SILENCE_DAYS: Final = 90  # how long a mobile number usually rests before it is assigned to somebody else


DayEvidence: TypeAlias = tuple[int, int, float, float]
"""One day and cluster: day, cluster id, evidence of its seasoned and of its fresh reporters in log-odds."""


def half_life_days(kind: str) -> float:
    """Return the number of days in which a report about a number of this kind loses half of its weight."""
    if kind == "international":
        return ABROAD_HALF_LIFE_DAYS
    return LINE_HALF_LIFE_DAYS if kind in LONG_LIVED_KINDS else MOBILE_HALF_LIFE_DAYS


def fading_of(evidence: Sequence[DayEvidence], *, half_life: float, today: int) -> dict[int, float]:
    """Return, by day, the factor by which evidence of that day still counts.

    The factor halves every half-life and shrinks further with every silence longer than `SILENCE_DAYS` since then.
    Silences between reports count as much as the current one: otherwise the first report after a number changed
    hands would revive its past. With a half-life of 60: 0.7071 after 30 days, 0.3536 after 90, 0.0460 after 180.
    """
    fading: dict[int, float] = {}
    later, silent_days = today, 0
    for day in sorted({day for day, *_ in evidence}, reverse=True):
        silent_days += max(0, later - day - SILENCE_DAYS)
        fading[day] = 2.0 ** ((day - today) / half_life) * math.exp(-silent_days / SILENCE_DAYS)
        later = day
    return fading
