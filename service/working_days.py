"""Working days in mainland China: by the State Council's yearly notices if they are known, otherwise by weekdays."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import chinese_calendar

ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day of a period; `is_certain` tells whether the holidays of all its days are known."""

    on: date
    is_certain: bool


def is_working_day(day: date) -> bool:
    """Return whether a day is a working day: weekends worked to make up for a holiday are, holidays are not."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the holidays of a year are announced in November of the year before
        return day.weekday() < SATURDAY


def is_known(day: date) -> bool:
    """Return whether the holidays of the day's year are known."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def after_working_days(start: date, days: int) -> DueDay:
    """Return the last of that many working days, counted from the day after `start`.

    15 working days from 2026-02-10 end on 2026-03-09: the Spring Festival takes nine days, and two Saturdays are worked.
    """
    day, left = start, days
    is_certain = True
    while left:
        day += ONE_DAY
        is_certain = is_certain and is_known(day)
        left -= is_working_day(day)
    return DueDay(day, is_certain)


def after_calendar_days(start: date, days: int) -> DueDay:
    """Return the last of that many days, counted from the day after `start`, or the next working day if it is a day off.

    Source: Civil Code, article 203.
    """
    day = working_day_from(start + timedelta(days=days))
    return DueDay(day, is_known(day))


def working_day_from(day: date) -> date:
    """Return the day itself if it is a working day, otherwise the next working day."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def working_day_before(day: date) -> date:
    """Return the last working day before a day."""
    day -= ONE_DAY
    while not is_working_day(day):
        day -= ONE_DAY
    return day
