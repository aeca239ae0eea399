"""Days in China, whatever the clock of the machine says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.days import date_of, day_at, end_of
from service.days import day_of, midnight_of
from tests.ml.number_rows import repeatable

MOMENTS = st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_documented_days() -> None:
    assert day_at(1_767_196_800.0) == 20_454
    assert day_at(1_767_196_799.0) == 20_453
    assert date_of(20_454).isoformat() == "2026-01-01"
    assert end_of(20_453) == 1_767_196_800.0


@repeatable
@given(moment=MOMENTS)
def test_a_moment_in_seconds_falls_in_the_day_that_the_calendar_says(moment: datetime) -> None:
    day = day_of(moment)
    assert day_at(moment.timestamp()) == day
    assert end_of(day) == pytest.approx(midnight_of(day + 1).timestamp())
