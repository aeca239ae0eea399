"""How evidence loses its weight: by half every half-life of its kind of number, and more over long silences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from ml.words import LONG_LIVED_KINDS

MOBILE_HALF_LIFE_DAYS: Final = 60.0
LINE_HALF_LIFE_DAYS: Final = 180.0  # lines of organisations change hands seldom
ABROAD_HALF_LIFE_DAYS: Final = 30.0  # fitted to complaints (docs/scoring.md); mobiles and lines await data
SILENCE_DAYS: Final = 90  # the usual rest of a mobile number before it is given to somebody else


DayEvidence: TypeAlias = tuple[
    int, int, float, float
]  # day, cluster, of its seasoned and its fresh reporters


def half_life_days(kind: str) -> float:
    """Days in which a report of a number of this kind loses half of its weight."""
    if kind == "international":
        return ABROAD_HALF_LIFE_DAYS
    return LINE_HALF_LIFE_DAYS if kind in LONG_LIVED_KINDS else MOBILE_HALF_LIFE_DAYS


def fading_of(evidence: Sequence[DayEvidence], *, half_life: float, today: int) -> dict[int, float]:
    """What is left of the evidence of each day: halved every half-life, and less for every long silence since.

    Silences between reports count like the last one, or the first report after a number changed hands would
    bring its past back. With a half-life of 60: after 30 days 0.7071, 90 days 0.3536, 180 days 0.0460.
    """
    fading: dict[int, float] = {}
    later, silent_days = today, 0
    for day in sorted({day for day, *_ in evidence}, reverse=True):
        silent_days += max(0, later - day - SILENCE_DAYS)
        fading[day] = 2.0 ** ((day - today) / half_life) * math.exp(-silent_days / SILENCE_DAYS)
        later = day
    return fading
