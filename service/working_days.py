"""Working days in mainland China: by the State Council's yearly notices where they are known, else by weekdays."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import chinese_calendar

ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day of a period; `is_certain` where the holidays of every day on the way are known."""

    on: date
    is_certain: bool


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; weekends that are worked for a bridged holiday count, holidays do not."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the holidays of a year are announced in November of the year before
        return day.weekday() < SATURDAY


def is_known(day: date) -> bool:
    """Whether the holidays of the day's year are known."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def after_working_days(start: date, days: int) -> DueDay:
    """The last of so many working days, counted from the day after `start`.

    15 working days from 2026-02-10 end on 2026-03-09: the Spring Festival takes nine days, two Saturdays are worked.
    """
    day, left = start, days
    is_certain = True
    while left:
        day += ONE_DAY
        is_certain = is_certain and is_known(day)
        left -= is_working_day(day)
    return DueDay(day, is_certain)


def after_calendar_days(start: date, days: int) -> DueDay:
    """The last of so many days, counted from the day after `start`; a day off moves it to the next working day.

    Civil Code, article 203.
    """
    day = on_or_after(start + timedelta(days=days))
    return DueDay(day, is_known(day))


def on_or_after(day: date) -> date:
    """The day itself where it is a working day, else the next one."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def before(day: date) -> date:
    """The last working day before a day."""
    day -= ONE_DAY
    while not is_working_day(day):
        day -= ONE_DAY
    return day
