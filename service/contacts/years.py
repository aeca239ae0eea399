"""Finds the year of dates that a log writes without one: told by the person, its title, its period, or the reported day."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from service.contacts.times import years_in
from service.days import CHINA

HALF_A_YEAR: Final = timedelta(days=182)


def year_finder(
    *, year: int | None, titles: Iterable[str], reported_at: datetime | None, now: datetime
) -> Callable[[int, int], int | None]:
    """Return what finds the year of a month and day, or None if nothing tells it.

    A person's word comes first, then the months that title, period and file name lie between, then the day of the report:
    the year in which the date is at most half a year away from it. A date in the future is no date of a call.
    """
    told = list(years_in(iter(titles)))
    reported_on = reported_at.astimezone(CHINA).date() if reported_at else None
    today = now.astimezone(CHINA).date()

    def find(month: int, day: int) -> int | None:
        if year is not None:
            return year
        fitting = [
            one for one in sorted({told_year for told_year, _ in told}) if _fits(one, month, day, told, today)
        ]
        if fitting or reported_on is None:
            return fitting[0] if len(fitting) == 1 else None
        near = [
            one
            for one in (reported_on.year - 1, reported_on.year, reported_on.year + 1)
            if (on := _day(one, month, day)) and abs(on - reported_on) <= HALF_A_YEAR and on <= today
        ]
        return near[0] if len(near) == 1 else None

    return find


def _fits(year: int, month: int, day: int, told: list[tuple[int, int | None]], today: date) -> bool:
    on = _day(year, month, day)
    if on is None or on > today:
        return False
    months = [(told_year, told_month) for told_year, told_month in told if told_month is not None]
    return not months or min(months) <= (year, month) <= max(months)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
