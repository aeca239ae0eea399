"""Days and moments: days are counted in Asia/Shanghai from 1970-01-01, moments are UTC seconds since 1970-01-01."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400
CHINA_SECONDS: Final = 28_800  # eight hours ahead, without summer time since 1991
QUIET_FROM: Final = 22  # hour of the day in China; the quiet hours end at QUIET_UNTIL on the next day
QUIET_UNTIL: Final = 8


def date_of(day: int) -> date:
    """Return the date of a day: 20454 is 2026-01-01."""
    return FIRST_DAY + timedelta(days=day)


def day_at(moment: float) -> int:
    """Return the day a moment falls on: 1,767,196,800.0, which is 2026-01-01 00:00 in China, gives 20454."""
    return math.floor((moment + CHINA_SECONDS) / DAY_SECONDS)


def end_of(day: int) -> float:
    """Return the moment at which a day ends."""
    return (day + 1) * DAY_SECONDS - CHINA_SECONDS


def hour_at(moment: int) -> int:
    """Return the hour of the day in China in which a moment falls, 0 to 23."""
    return (moment + CHINA_SECONDS) % DAY_SECONDS // 3600


def is_quiet(hour: int) -> bool:
    """Return whether an hour of the day lies in the quiet hours, in which the rules of the trade forbid collection calls."""
    return hour >= QUIET_FROM or hour < QUIET_UNTIL
