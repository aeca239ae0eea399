"""Days in Asia/Shanghai, counted from 1970-01-01: the days of signals."""

from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from ml.days import FIRST_DAY, date_of

__all__ = ["CHINA", "FIRST_DAY", "date_of", "day_of", "midnight_of"]

CHINA: Final = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> int:
    """Return the day of a moment: 20454 for 2026-01-01 00:00 +08:00."""
    return (moment.astimezone(CHINA).date() - FIRST_DAY).days


def midnight_of(day: int) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(date_of(day), time.min, CHINA)
