"""Days in Asia/Shanghai: signals count by them, from 1970-01-01."""

from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from ml.days import FIRST_DAY, date_of

__all__ = ["CHINA", "FIRST_DAY", "date_of", "day_of", "midnight_of"]

CHINA: Final = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> int:
    """The day in which a moment falls: 2026-01-01 00:00 +08:00 gives 20454."""
    return (moment.astimezone(CHINA).date() - FIRST_DAY).days


def midnight_of(day: int) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(date_of(day), time.min, CHINA)
