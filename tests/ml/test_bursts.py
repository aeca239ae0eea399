"""Bursts of fresh accounts wait a day; steady and seasoned reports do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.bursts import (
    BURST_DISPERSION,
    BURST_LEAST,
    BURST_TAIL,
    HELD_DAYS,
    PRIOR_DAYS,
    PRIOR_REPORTS,
    USUAL_DAYS,
    assess_outside_bursts,
    burst_day,
    is_burst,
    negative_binomial_tail,
)
from ml.day_rows import DayRow
from ml.trust import assess_trust
from tests.ml.number_rows import TODAY, day_rows, repeatable, row


def crowd(reporters: int, *, day: int = TODAY, seasoned: int = 0) -> list[DayRow]:
    fresh = [row(day=day, cluster=place, fresh_for=0.7) for place in range(reporters - seasoned)]
    return fresh + [row(day=day, cluster=-1 - place, seasoned_for=3.0) for place in range(seasoned)]


@pytest.mark.parametrize(("count", "tail"), [(0, 1.0), (2, 0.0612), (12, 1.5e-06), (13, 5.6e-07)])
def test_documented_tails(count: int, tail: float) -> None:
    assert negative_binomial_tail(count, mean=0.3, dispersion=0.5) == pytest.approx(tail, rel=0.05)


@repeatable
@given(count=st.integers(1, 60), mean=st.floats(0.01, 30.0), dispersion=st.floats(0.1, 10.0))
def test_the_tail_is_the_sum_of_what_it_sums(count: int, mean: float, dispersion: float) -> None:
    share = mean / (mean + dispersion)
    term = below = (1 - share) ** dispersion
    for k in range(1, count):
        term *= (k - 1 + dispersion) / k * share
        below += term
    assert negative_binomial_tail(count, mean=mean, dispersion=dispersion) == pytest.approx(
        1 - below, abs=1e-9
    )


def test_no_past_is_so_quiet_that_fewer_than_the_least_are_a_burst() -> None:
    quietest = PRIOR_REPORTS / (PRIOR_DAYS + USUAL_DAYS)
    assert negative_binomial_tail(BURST_LEAST, mean=quietest, dispersion=BURST_DISPERSION) > BURST_TAIL


def test_a_burst_takes_numbers_and_fresh_accounts() -> None:
    assert is_burst(20, fresh=13, usual=0.3)
    assert not is_burst(20, fresh=12, usual=0.3)
    assert not is_burst(11, fresh=11, usual=0.3)
    assert not is_burst(20, fresh=20, usual=5.0)


def test_trust_during_a_burst_is_that_before_it_and_a_day_later_everything_counts() -> None:
    before = [row(day=TODAY - 5, cluster=99, seasoned_for=2.0)]
    rows = before + crowd(40)
    for today in range(TODAY, TODAY + HELD_DAYS + 1):
        assert assess_outside_bursts(rows, kind="mobile", today=today) == (
            assess_trust(before, kind="mobile", today=today),
            TODAY,
        )
    released = TODAY + HELD_DAYS + 1
    assert assess_outside_bursts(rows, kind="mobile", today=released) == (
        assess_trust(rows, kind="mobile", today=released),
        None,
    )


def test_a_seasoned_wave_and_a_number_that_is_always_reported_are_not_held() -> None:
    assert burst_day(crowd(40, seasoned=16), today=TODAY) is None
    assert burst_day(crowd(40, seasoned=15), today=TODAY) == TODAY
    steady = [one for age in range(28) for one in crowd(20, day=TODAY - age)]
    assert burst_day(steady, today=TODAY) is None


def test_opposing_reports_count_during_a_burst() -> None:
    against = row(cluster=-5, legitimate=1, seasoned_against=3.0)
    held, _ = assess_outside_bursts([*crowd(40), against], kind="mobile", today=TODAY)
    assert held.probability < 0.2


@repeatable
@given(rows=day_rows(opposed=False))
def test_waiting_for_a_burst_never_raises_trust(rows: list[DayRow]) -> None:
    held, _ = assess_outside_bursts(rows, kind="mobile", today=TODAY)
    assert held.probability <= assess_trust(rows, kind="mobile", today=TODAY).probability + 1e-12
