"""What earlier reports earn: early ones that others bore out, and nobody's own word."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import DayRow
from ml.people.standing import (
    HIT,
    MISS,
    FirstReport,
    Standing,
    Truth,
    holds_without,
    recent_numbers,
    settle_claims,
)
from ml.trust import Thresholds, assess_trust, passes_gate
from tests.ml.number_rows import TODAY, repeatable, row

CROWD = [row(cluster=place, seasoned_for=3.0) for place in range(5)]
CLAIMS = st.lists(
    st.builds(
        FirstReport,
        reporter=st.integers(0, 9),
        cluster=st.integers(0, 4),
        at=st.floats(0.0, 10.0),
        abusive=st.booleans(),
    ),
    unique_by=lambda claim: claim.reporter,
)


def settled(
    *claims: FirstReport, truth: Truth, visible_at: float | None = 5.0, rows: Sequence[DayRow] = CROWD
) -> dict[int, Standing]:
    return settle_claims(
        claims,
        truth,
        visible_at=visible_at,
        rows=rows,
        kind="mobile",
        today=TODAY,
    )


@pytest.mark.parametrize("truth", [Truth.ADJUDICATED_ABUSIVE, Truth.CROWD_CONFIRMED])
def test_only_reports_before_a_verdict_was_visible_earn_credit(truth: Truth) -> None:
    early, late = FirstReport(1, 1, 4.9, abusive=True), FirstReport(2, 2, 5.0, abusive=True)
    assert settled(early, late, truth=truth) == {1: HIT}
    assert settled(early, late, truth=truth, visible_at=None) == {1: HIT, 2: HIT}


def test_a_crowd_gives_credit_only_where_it_holds_without_the_reporters_cluster() -> None:
    three = CROWD[:3]
    assert passes_gate(assess_trust(three, kind="mobile", today=TODAY), Thresholds())
    assert not holds_without(three, 1, kind="mobile", today=TODAY)
    own = FirstReport(1, 1, 0.0, abusive=True)
    assert settled(own, truth=Truth.CROWD_CONFIRMED, rows=three) == {}
    assert settled(own, truth=Truth.CROWD_CONFIRMED) == {1: HIT}
    assert settled(own, truth=Truth.ADJUDICATED_ABUSIVE, rows=three) == {1: HIT}


def test_a_ring_of_three_clusters_cannot_vouch_for_itself() -> None:
    ring = [FirstReport(place, place % 3, 0.0, abusive=True) for place in range(30)]
    rows = [row(cluster=place, seasoned_for=1e6) for place in range(3)]
    assert settled(*ring, truth=Truth.CROWD_CONFIRMED, rows=rows) == {}


@repeatable
@given(claims=CLAIMS)
def test_only_overturned_and_adjudicated_numbers_cost_anything(claims: list[FirstReport]) -> None:
    assert MISS not in settled(*claims, truth=Truth.CROWD_CONFIRMED).values()
    assert settled(*claims, truth=Truth.OVERTURNED) == {
        claim.reporter: MISS for claim in claims if claim.abusive
    }


@repeatable
@given(claims=CLAIMS, truth=st.sampled_from(Truth))
def test_calling_a_number_legitimate_never_earns_credit(claims: list[FirstReport], truth: Truth) -> None:
    earned = settled(*claims, truth=truth)
    for claim in claims:
        if not claim.abusive:
            assert earned.get(claim.reporter) == (MISS if truth is Truth.ADJUDICATED_ABUSIVE else None)


def test_standing_adds_up_and_weighs_as_the_gate_says() -> None:
    assert HIT.plus(HIT).plus(MISS) == Standing(2, 1)
    assert Standing(10, 0).weight() == 3.0
    assert Standing(10, 0).weight(recent_numbers=120) == 1.5
    assert Standing(2, 0).is_seasoned(account_days=30)
    assert not Standing(2, 0).is_seasoned(account_days=29)


def test_recent_numbers_are_those_of_the_last_thirty_days_and_this_one() -> None:
    assert recent_numbers([], 100.0) == 1
    assert recent_numbers([10.0, 70.0, 70.5, 99.0], 100.0) == 3
