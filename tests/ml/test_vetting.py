"""What sources that nobody vetted can do: nothing beyond a suspicion, whichever way they divide their reports."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.bursts import assess_outside_bursts, burst_day
from ml.conditions import conditions_of
from ml.day_rows import DayRow
from ml.explanation import explain_trust
from ml.log_odds import log_odds_of
from ml.people.standing import holds_without
from ml.reviews import ReviewReason, review_reasons
from ml.trust import Thresholds, assess_trust, decide, passes_gate
from ml.words import Verdict
from tests.ml.number_rows import TODAY, repeatable, row

KIND = "mobile"
THRESHOLDS = Thresholds()
WEIGHT = st.floats(0.0, 3.0) | st.just(1e6)


def groups(count: int, *, is_vetted: bool, weight: float = 3.0, first: int = 0) -> list[DayRow]:
    """Groups of one source or of several, each with strong reports of today."""
    return [row(cluster=first + n, seasoned_for=weight, is_vetted=is_vetted) for n in range(count)]


def verdict(
    rows: list[DayRow],
    *,
    previous: Verdict = Verdict.UNKNOWN,
    is_ruled: bool = False,
    today: int = TODAY,
    lost_vetting: bool = False,
) -> Verdict:
    """The verdict on these rows where the classifier is certain."""
    trust, _ = assess_outside_bursts(rows, kind=KIND, today=today)
    return decide(
        trust, 1.0, THRESHOLDS, previous=previous, kind=KIND, is_ruled=is_ruled, lost_vetting=lost_vetting
    )


@given(st.lists(st.tuples(st.integers(-40, 0), WEIGHT, WEIGHT, st.booleans()), max_size=12))
def test_unvetted_groups_confirm_nothing_and_carry_nobody_over_the_threshold(
    reported: list[tuple[int, float, float, bool]],
) -> None:
    rows = [
        row(day=TODAY + day, cluster=n, seasoned_for=seasoned, fresh_for=fresh, is_vetted=is_vetted)
        for n, (day, seasoned, fresh, is_vetted) in enumerate(reported)
    ]
    alone = [one for one in rows if one.is_vetted]
    for previous in (Verdict.UNKNOWN, Verdict.SUSPECTED):
        with_all, with_vetted = verdict(rows, previous=previous), verdict(alone, previous=previous)
        assert (with_all == Verdict.CONFIRMED) == (with_vetted == Verdict.CONFIRMED)
    conditions = conditions_of(assess_trust(rows, kind=KIND, today=TODAY), 1.0, THRESHOLDS)
    are_met = all(one.is_met for one in conditions if one.verdict == "confirmed")
    assert are_met == (verdict(rows) == Verdict.CONFIRMED)


@pytest.mark.parametrize("count", [1, 3, 6, 600])
def test_unvetted_groups_lead_to_a_suspicion_at_most_and_vetted_ones_further(count: int) -> None:
    assert verdict(groups(count, is_vetted=False)) == (Verdict.SUSPECTED if count > 1 else Verdict.UNKNOWN)
    assert (verdict(groups(count, is_vetted=True)) == Verdict.CONFIRMED) == (count >= 3)


def test_two_seasoned_people_and_an_unvetted_source_do_not_confirm_but_three_people_do() -> None:
    source = groups(6, is_vetted=False, first=100)
    assert verdict([*groups(2, is_vetted=True), *source]) == Verdict.SUSPECTED
    assert verdict([*groups(3, is_vetted=True), *source]) == Verdict.CONFIRMED


def test_a_number_that_a_source_confirmed_is_suspected_once_the_source_is_no_longer_vetted() -> None:
    assert verdict(groups(6, is_vetted=False), previous=Verdict.CONFIRMED) == Verdict.SUSPECTED


def left_after_retractions(*, days_ago: int = 30) -> list[DayRow]:
    """What is left of a crowd that confirmed a number: too little to confirm it anew, even on the day it was reported."""
    return [row(day=TODAY - days_ago, cluster=n, seasoned_for=0.9, is_vetted=True) for n in range(2)]


def test_who_accuses_a_number_does_not_end_what_the_crowd_confirmed() -> None:
    left = left_after_retractions()
    assert verdict(left) == Verdict.UNKNOWN
    assert verdict(left, previous=Verdict.CONFIRMED) == Verdict.CONFIRMED
    accused = [*left, *groups(4, is_vetted=False, first=100)]
    assert verdict(accused, previous=Verdict.CONFIRMED) == Verdict.CONFIRMED
    silent = [*left_after_retractions(days_ago=120), *groups(4, is_vetted=False, first=100)]
    assert verdict(silent, previous=Verdict.CONFIRMED) == Verdict.SUSPECTED  # nor holds it for ever
    trust = assess_trust(accused, kind=KIND, today=TODAY)
    reasons = review_reasons(
        trust,
        Verdict.CONFIRMED,
        kind=KIND,
        is_held=False,
        classifier_probability=1.0,
        since_decision=None,
        thresholds=THRESHOLDS,
    )
    assert reasons == (ReviewReason.TAKEN_BACK,)  # a person is still asked


@pytest.mark.parametrize("people", [0, 1, 2])
def test_some_people_beside_a_source_do_not_keep_what_it_confirmed_while_it_was_vetted(people: int) -> None:
    rows = [*left_after_retractions()[:people], *groups(6, is_vetted=False, first=100)]
    assert verdict(rows, previous=Verdict.CONFIRMED, lost_vetting=True) == Verdict.SUSPECTED


RANK = {Verdict.UNKNOWN: 0, Verdict.SUSPECTED: 1, Verdict.CONFIRMED: 2}
SOME = st.sampled_from([0.0, 0.5, 0.9, 1.5, 3.0, 1e6])
REPORTED = st.lists(st.tuples(st.integers(-120, 0), SOME, SOME, st.integers(0, 1)), max_size=5)


@repeatable
@given(
    by_crowd=REPORTED,
    by_source=REPORTED,
    previous=st.sampled_from(sorted(RANK)),
    is_ruled=st.booleans(),
    reports=st.sampled_from([1, 4, 60]),
)
def test_unvetted_support_never_lowers_a_verdict(
    by_crowd: list[tuple[int, float, float, int]],
    by_source: list[tuple[int, float, float, int]],
    previous: Verdict,
    is_ruled: bool,
    reports: int,
) -> None:
    crowd, source = [
        [
            row(
                day=TODAY + day,
                cluster=first + n,
                reports=reports + legitimate,
                legitimate=legitimate,
                seasoned_for=seasoned,
                fresh_for=fresh,
                fresh_against=0.5 * legitimate,
                is_vetted=is_vetted,
            )
            for n, (day, seasoned, fresh, legitimate) in enumerate(reported)
        ]
        for reported, first, is_vetted in ((by_crowd, 0, True), (by_source, 100, False))
    ]
    source = [one._replace(legitimate=0, fresh_against=0.0) for one in source]
    alone = verdict(crowd, previous=previous, is_ruled=is_ruled)
    assert RANK[verdict([*crowd, *source], previous=previous, is_ruled=is_ruled)] >= RANK[alone]


@pytest.mark.parametrize("is_seasoned", [True, False])
def test_a_source_neither_lifts_the_hold_on_a_burst_nor_causes_one(is_seasoned: bool) -> None:
    burst = [row(cluster=n, fresh_for=0.7) for n in range(20)]
    weights: dict[str, Any] = {"seasoned_for" if is_seasoned else "fresh_for": 3.0}
    many = [row(day=TODAY - n % 20, cluster=100 + n, is_vetted=False, **weights) for n in range(400)]
    assert burst_day(burst, today=TODAY) == TODAY
    assert burst_day([*burst, *many], today=TODAY) == TODAY
    few = [row(cluster=n, seasoned_for=3.0) for n in range(3)]
    assert burst_day([*few, *many], today=TODAY) is None


def test_what_a_person_found_abusive_stays_confirmed_whoever_reported_it() -> None:
    assert verdict(groups(6, is_vetted=False), previous=Verdict.CONFIRMED, is_ruled=True) == Verdict.CONFIRMED
    assert verdict(groups(6, is_vetted=False), is_ruled=True) == Verdict.SUSPECTED


def test_an_unvetted_source_ends_no_listing_by_calling_a_number_legitimate() -> None:
    accused = groups(2, is_vetted=True)
    opposed = [
        row(cluster=100 + n, legitimate=1, seasoned_against=3.0, is_vetted=is_vetted)
        for is_vetted in (True, False)
        for n in range(6)
    ]
    assert verdict(accused, previous=Verdict.SUSPECTED) == Verdict.SUSPECTED
    assert verdict([*accused, *opposed[:6]], previous=Verdict.SUSPECTED) == Verdict.UNKNOWN
    assert verdict([*accused, *opposed[6:]], previous=Verdict.SUSPECTED) == Verdict.SUSPECTED


def test_the_terms_of_an_explanation_add_up_with_unvetted_opposition() -> None:
    opposed = [row(cluster=9, legitimate=1, seasoned_against=3.0, is_vetted=False)]
    rows = [*groups(3, is_vetted=True), *opposed]
    terms = explain_trust(rows, kind=KIND, today=TODAY)
    assert (terms.opposition.seasoned, terms.opposition.fresh > 0.0) == (0.0, True)
    probability = assess_trust(rows, kind=KIND, today=TODAY).probability
    assert terms.log_odds == pytest.approx(log_odds_of(probability))


def test_nobody_earns_credit_by_a_source_that_is_not_vetted() -> None:
    rows = [*groups(1, is_vetted=True), *groups(6, is_vetted=False, first=100)]
    assert not holds_without(rows, 0, kind=KIND, today=TODAY)
    vetted = [*groups(1, is_vetted=True), *groups(6, is_vetted=True, first=100)]
    assert holds_without(vetted, 0, kind=KIND, today=TODAY)


def test_without_unvetted_rows_there_is_one_trust() -> None:
    trust = assess_trust(groups(3, is_vetted=True), kind=KIND, today=TODAY)
    assert (trust.vetted, trust.firm is trust, passes_gate(trust, THRESHOLDS)) == (None, True, True)
