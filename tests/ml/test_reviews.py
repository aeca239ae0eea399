"""What a person has to decide is what reports and model must not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import DayRow
from ml.reviews import ReviewReason, review_reasons
from ml.trust import Thresholds, Trust, assess_trust, decide, passes_gate
from ml.words import KINDS, PROTECTED_KINDS, Verdict
from tests.ml.number_rows import TODAY, day_rows, repeatable, row

THRESHOLDS = Thresholds()


def crowd(clusters: int = 6, **fields: Any) -> list[DayRow]:
    return [row(cluster=place, seasoned_for=3.0, **fields) for place in range(clusters)]


def opposition() -> list[DayRow]:
    return [row(cluster=100 + place, legitimate=1, seasoned_against=3.0, reporters=1) for place in range(8)]


def reasons(trust: Trust, verdict: Verdict, **given: Any) -> tuple[ReviewReason, ...]:
    plain: dict[str, Any] = {
        "kind": "mobile",
        "is_held": False,
        "classifier_probability": 0.95,
        "since_decision": None,
        "thresholds": THRESHOLDS,
    }
    return review_reasons(trust, verdict, **(plain | given))


def trust_of(rows: list[DayRow], kind: str = "mobile") -> Trust:
    return assess_trust(rows, kind=kind, today=TODAY)


def test_nobody_is_asked_about_an_ordinary_number() -> None:
    assert reasons(trust_of(crowd()), Verdict.CONFIRMED) == ()
    assert reasons(trust_of([row(fresh_for=0.7)]), Verdict.UNKNOWN) == ()


def test_a_confirmed_number_that_many_call_legitimate_waits_for_a_person() -> None:
    trust = trust_of(crowd() + opposition())
    assert decide(trust, 0.95, THRESHOLDS, previous=Verdict.CONFIRMED, kind="mobile") == Verdict.CONFIRMED
    assert reasons(trust, Verdict.CONFIRMED) == (ReviewReason.OPPOSED,)


def test_a_confirmed_number_whose_reports_were_taken_back_waits_for_a_person() -> None:
    trust = trust_of(crowd(1))
    assert decide(trust, 0.95, THRESHOLDS, previous=Verdict.CONFIRMED, kind="mobile") == Verdict.CONFIRMED
    assert reasons(trust, Verdict.CONFIRMED) == (ReviewReason.TAKEN_BACK,)


def test_a_held_burst_waits_for_a_person() -> None:
    assert reasons(trust_of(crowd(1)), Verdict.UNKNOWN, is_held=True) == (ReviewReason.BURST,)


@pytest.mark.parametrize("kind", sorted(PROTECTED_KINDS))
def test_an_organisations_line_that_a_crowd_reports_waits_for_a_person(kind: str) -> None:
    assert reasons(trust_of(crowd(), kind), Verdict.UNKNOWN, kind=kind) == (ReviewReason.ORGANISATION,)
    assert reasons(trust_of(crowd(2), kind), Verdict.UNKNOWN, kind=kind) == ()


def test_crowd_and_model_that_disagree_are_heard_by_a_person() -> None:
    assert reasons(trust_of(crowd()), Verdict.UNKNOWN, classifier_probability=0.4) == (
        ReviewReason.DISAGREEMENT,
    )
    assert reasons(trust_of(crowd()), Verdict.SUSPECTED, classifier_probability=0.6) == ()
    assert reasons(trust_of(crowd()), Verdict.UNKNOWN, classifier_probability=None) == ()


def test_a_decided_number_comes_back_to_a_person_only_by_reports_made_since() -> None:
    before = trust_of(crowd())
    assert reasons(before, Verdict.CLEARED, since_decision=trust_of([])) == ()
    assert reasons(before, Verdict.CLEARED, since_decision=before) == (ReviewReason.REPORTED_AGAIN,)


@repeatable
@given(rows=day_rows(), kind=st.sampled_from(KINDS), probability=st.none() | st.floats(0, 1))
def test_an_unlisted_number_waits_for_a_person_only_where_the_crowd_alone_would_confirm_it(
    rows: list[DayRow], kind: str, probability: float | None
) -> None:
    trust = trust_of(rows, kind)
    verdict = decide(trust, probability, THRESHOLDS, previous=Verdict.UNKNOWN, kind=kind)
    found = reasons(trust, verdict, kind=kind, classifier_probability=probability)
    if found:
        ordinary = assess_trust(rows, kind="fixed" if kind in PROTECTED_KINDS else kind, today=TODAY)
        assert passes_gate(ordinary._replace(probability=ordinary.probability + 1e-9), THRESHOLDS)
