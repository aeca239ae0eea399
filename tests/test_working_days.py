"""Periods end where the Chinese calendar says, and say where it does not know."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.working_days import (
    after_calendar_days,
    after_working_days,
    is_known,
    is_working_day,
    working_day_before,
    working_day_from,
)

DAYS = st.dates(date(2005, 1, 1), date(2040, 12, 31))
FEW = st.integers(1, 60)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),  # Friday
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 2, 28), True),  # another one
        (date(2026, 10, 1), False),  # National Day, a Thursday
        (date(2026, 10, 10), True),  # a Saturday worked for it
        (date(2031, 10, 1), True),  # a Wednesday of a year whose holidays nobody knows yet
        (date(2031, 10, 4), False),  # its Saturday
    ],
)
def test_holidays_and_bridged_weekends_are_those_of_the_notices(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_period_over_the_spring_festival_takes_longer() -> None:
    due = after_working_days(date(2026, 2, 10), 15)
    assert (due.on, due.is_certain) == (date(2026, 3, 9), True)
    assert after_working_days(date(2031, 2, 10), 15).on == date(2031, 3, 3)


def test_a_calendar_period_that_ends_on_a_holiday_ends_after_it() -> None:
    assert after_calendar_days(date(2026, 9, 1), 30).on == date(2026, 10, 8)
    assert after_calendar_days(date(2026, 9, 1), 29).on == date(2026, 9, 30)


def test_beyond_the_known_years_weekends_are_counted_and_it_is_said() -> None:
    due = after_working_days(date(2031, 1, 6), 5)
    assert (due.on, due.is_certain) == (date(2031, 1, 13), False)
    assert not after_calendar_days(date(2031, 1, 6), 5).is_certain
    assert not after_working_days(date(2026, 12, 31), 1).is_certain or is_known(date(2027, 1, 1))


@settings(deadline=None)
@given(DAYS, FEW)
def test_so_many_working_days_lie_in_the_period_and_the_last_is_one(start: date, days: int) -> None:
    due = after_working_days(start, days)
    inside = [start + timedelta(days=n) for n in range(1, (due.on - start).days + 1)]
    assert sum(map(is_working_day, inside)) == days
    assert is_working_day(due.on)
    assert due.is_certain is all(map(is_known, inside))


@settings(deadline=None)
@given(DAYS, FEW)
def test_a_calendar_period_never_ends_early_nor_on_a_day_off(start: date, days: int) -> None:
    due = after_calendar_days(start, days)
    nominal = start + timedelta(days=days)
    assert due.on >= nominal
    assert is_working_day(due.on)
    assert not any(is_working_day(nominal + timedelta(days=n)) for n in range((due.on - nominal).days))


@settings(deadline=None)
@given(DAYS, FEW)
def test_a_longer_period_never_ends_sooner(start: date, days: int) -> None:
    assert after_working_days(start, days).on < after_working_days(start, days + 1).on
    assert after_calendar_days(start, days).on <= after_calendar_days(start, days + 1).on


@settings(deadline=None)
@given(DAYS)
def test_the_working_days_around_a_day_have_none_between(day: date) -> None:
    assert working_day_before(day) < day <= working_day_from(day)
    between = [
        working_day_before(day) + timedelta(days=n)
        for n in range(1, (working_day_from(day) - working_day_before(day)).days)
    ]
    assert not any(map(is_working_day, between))
