"""What sources that nobody vetted can do: nothing beyond a suspicion, whichever way they divide their reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.conditions import conditions_of
from ml.day_rows import DayRow
from ml.explanation import explain_trust
from ml.log_odds import log_odds_of
from ml.people.standing import holds_without
from ml.trust import Thresholds, assess_trust, decide, passes_gate
from ml.words import Verdict
from tests.ml.number_rows import TODAY, row

KIND = "mobile"
THRESHOLDS = Thresholds()
WEIGHT = st.floats(0.0, 3.0) | st.just(1e6)


def groups(count: int, *, is_vetted: bool, weight: float = 3.0, first: int = 0) -> list[DayRow]:
    """Groups of one source or of several, each with strong reports of today."""
    return [row(cluster=first + n, seasoned_for=weight, is_vetted=is_vetted) for n in range(count)]


def verdict(
    rows: list[DayRow], *, previous: Verdict = Verdict.UNKNOWN, is_ruled: bool = False, today: int = TODAY
) -> Verdict:
    """The verdict on these rows where the classifier is certain."""
    trust = assess_trust(rows, kind=KIND, today=today)
    return decide(trust, 1.0, THRESHOLDS, previous=previous, kind=KIND, is_ruled=is_ruled)


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
