"""Days and moments: days are counted in Asia/Shanghai from 1970-01-01, moments are UTC seconds since 1970-01-01."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400.0
CHINA_SECONDS: Final = 28_800.0  # eight hours ahead, without summer time since 1991


def date_of(day: int) -> date:
    """Return the date of a day: 20454 is 2026-01-01."""
    return FIRST_DAY + timedelta(days=day)


def day_at(moment: float) -> int:
    """Return the day a moment falls on: 1,767,196,800.0, which is 2026-01-01 00:00 in China, gives 20454."""
    return math.floor((moment + CHINA_SECONDS) / DAY_SECONDS)


def end_of(day: int) -> float:
    """Return the moment at which a day ends."""
    return (day + 1) * DAY_SECONDS - CHINA_SECONDS
