"""Days in Asia/Shanghai: signals count by them, from 1970-01-01."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")
FIRST_DAY: Final = date(1970, 1, 1)


def day_of(moment: datetime) -> int:
    """The day in which a moment falls: 2026-01-01 00:00 +08:00 gives 20454."""
    return (moment.astimezone(CHINA).date() - FIRST_DAY).days


def date_of(day: int) -> date:
    """The date of a day."""
    return FIRST_DAY + timedelta(days=day)


def midnight_of(day: int) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(date_of(day), time.min, CHINA)
