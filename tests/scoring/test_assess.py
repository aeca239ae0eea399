"""What is concluded of a number: pure, from its rows, its kind and the day."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.classifier import Calibration, Classifier, Table
from ml.day_rows import DayRow
from ml.signals import FEATURES
from ml.words import VIOLATIONS, Verdict
from service.scoring.assess import MOST_REASONS, assess
from service.scoring.store import KnownNumber

TODAY = 20_000
PLAIN: dict[str, Any] = dict.fromkeys(DayRow._fields, 0)
CERTAIN = Classifier(
    "certain",
    10.0,
    tuple([Table((), (0.0,))] * len(FEATURES)),
    calibration=Calibration((0.0,), (10.0,)),
    environment={},
    metrics={},
)
"""A classifier that consents to everything."""


def row(**counts: Any) -> DayRow:
    """One day of one cluster with two reports of one seasoned reporter, but for what is named."""
    plain = PLAIN | {"day": TODAY, "cluster": 1, "reports": 2, "reporters": 1, "seasoned_for": 2.0}
    return DayRow(**(plain | {"violations": None, "is_vetted": True} | counts))


def badly(kind: str = "mobile") -> KnownNumber:
    """A number reported by twelve independent, seasoned reporters."""
    counts = [0, 3, 1, 3]
    return KnownNumber(
        kind, False, [row(cluster=n, third_party=2, evidence=2, violations=counts) for n in range(12)]
    )


def test_counts_and_days_are_summed_over_all_rows(model: Classifier) -> None:
    known = KnownNumber("mobile", True, [row(day=TODAY - 9, reporters=2), row(cluster=2), row(day=TODAY - 3)])
    concluded = assess(known, model, previous="unknown", today=TODAY)
    assert (concluded.reports, concluded.reporters) == (6, 4)
    assert (concluded.first_day, concluded.last_day) == (TODAY - 9, TODAY)
    assert concluded.is_simulated


def test_many_independent_reports_confirm_with_a_score_and_reasons(model: Classifier) -> None:
    concluded = assess(badly(), model, previous="unknown", today=TODAY)
    assert concluded.verdict == Verdict.CONFIRMED
    assert concluded.score is not None
    assert round(concluded.score, 2) == concluded.score >= 0.8
    assert 1 <= len(concluded.reasons) <= MOST_REASONS
    assert concluded.model_version == model.version


def test_the_category_is_the_violation_named_most_and_of_equals_the_first(model: Classifier) -> None:
    assert assess(badly(), model, previous="unknown", today=TODAY).category == VIOLATIONS[1]
    known = KnownNumber("mobile", False, [row(violations=[1]), row(cluster=2, violations=[0, 0, 2])])
    assert assess(known, model, previous="unknown", today=TODAY).category == VIOLATIONS[2]
    unnamed = KnownNumber("mobile", False, [row()])
    assert assess(unnamed, model, previous="unknown", today=TODAY).category is None


@pytest.mark.parametrize("kind", ["service_95", "service_96", "service_400", "public_service"])
def test_reports_never_accuse_a_protected_kind(model: Classifier, kind: str) -> None:
    assert assess(badly(kind), model, previous="unknown", today=TODAY).verdict == Verdict.UNKNOWN


@pytest.mark.parametrize("decided", [Verdict.DISPUTED, Verdict.CLEARED, Verdict.PROTECTED])
def test_what_people_decided_reports_do_not_undo(model: Classifier, decided: Verdict) -> None:
    assert assess(badly(), model, previous=decided, today=TODAY).verdict == decided


def test_without_a_model_there_is_no_score_and_nothing_new() -> None:
    concluded = assess(badly(), None, previous="unknown", today=TODAY)
    assert (concluded.verdict, concluded.score, concluded.reasons) == (Verdict.UNKNOWN, None, ())
    assert concluded.model_version is None
    assert assess(badly(), None, previous="confirmed", today=TODAY).verdict == Verdict.CONFIRMED


def test_a_caller_id_that_cannot_exist_is_suspected_to_be_forged(model: Classifier) -> None:
    assert assess(badly("impossible"), model, previous="unknown", today=TODAY).suspected_spoofing
    assert not assess(badly(), model, previous="unknown", today=TODAY).suspected_spoofing


def test_old_reports_fade(model: Classifier) -> None:
    concluded = assess(badly(), model, previous="confirmed", today=TODAY + 720)
    assert concluded.verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(("log_odds", "told"), [(40.0, 0.99), (-40.0, 0.01), (0.0, 0.5)])
def test_no_score_is_told_as_certain(model: Classifier, log_odds: float, told: float) -> None:
    certain = replace(model, calibration=Calibration((0.0,), (log_odds,)))
    assert assess(badly(), certain, previous="unknown", today=TODAY).score == told


@st.composite
def crowds(draw: st.DrawFn, *, most_seasoned: int) -> list[DayRow]:
    """Rows of any number of fresh accounts in many clusters, and of some seasoned clusters of any size."""
    days = st.integers(TODAY - 60, TODAY)
    weights = st.floats(0.0, 1e4)
    fresh = draw(st.lists(st.tuples(days, st.integers(0, 400), st.integers(1, 500), weights), max_size=40))
    seasoned = draw(st.lists(st.tuples(days, st.integers(1, 500), weights), max_size=most_seasoned))
    rows = [
        row(day=day, cluster=cluster, reports=count, reporters=count, seasoned_for=0.0, fresh_for=weight)
        for day, cluster, count, weight in {one[:2]: one for one in fresh}.values()
    ]
    return rows + [
        row(day=day, cluster=-1 - place, reports=count, reporters=count, seasoned_for=weight)
        for place, (day, count, weight) in enumerate(seasoned)
    ]


@settings(deadline=None)
@given(rows=crowds(most_seasoned=0))
def test_no_number_of_fresh_accounts_confirms_or_passes_the_documented_trust(rows: list[DayRow]) -> None:
    if rows:
        concluded = assess(KnownNumber("mobile", False, rows), CERTAIN, previous="unknown", today=TODAY)
        assert concluded.verdict == Verdict.UNKNOWN
        assert concluded.trust.probability <= 0.649


@settings(deadline=None)
@given(rows=crowds(most_seasoned=2))
def test_fresh_accounts_and_two_seasoned_clusters_of_any_size_never_confirm(rows: list[DayRow]) -> None:
    if rows:
        concluded = assess(KnownNumber("mobile", False, rows), CERTAIN, previous="unknown", today=TODAY)
        assert concluded.verdict != Verdict.CONFIRMED


@settings(deadline=None)
@given(against=st.lists(st.tuples(st.integers(TODAY - 60, TODAY), st.floats(0.0, 1e4)), max_size=30))
def test_no_number_of_fresh_accounts_ends_a_listing(against: list[tuple[int, float]]) -> None:
    support = [row(cluster=n, reporters=1, reports=1, seasoned_for=1.2) for n in range(3)]
    opposition = [
        row(
            day=day,
            cluster=-1 - place,
            reports=1,
            reporters=1,
            legitimate=1,
            seasoned_for=0.0,
            fresh_against=weight,
        )
        for place, (day, weight) in enumerate(against)
    ]
    known = KnownNumber("mobile", False, support + opposition)
    assert assess(known, CERTAIN, previous="suspected", today=TODAY).verdict == Verdict.SUSPECTED


def test_seasoned_opposition_ends_a_suspicion() -> None:
    support = [row(cluster=n, reporters=1, reports=1, seasoned_for=1.2) for n in range(3)]
    opposition = [
        row(cluster=-n, reports=1, reporters=1, legitimate=1, seasoned_for=0.0, seasoned_against=3.0)
        for n in (1, 2)
    ]
    known = KnownNumber("mobile", False, support + opposition)
    assert assess(known, CERTAIN, previous="suspected", today=TODAY).verdict == Verdict.UNKNOWN


def test_while_a_burst_is_held_everything_is_told_as_before_it(model: Classifier) -> None:
    before = [row(day=TODAY - 9, cluster=n, reports=1, reporters=1) for n in range(3)]
    crowd = [
        row(
            cluster=n,
            reports=1,
            reporters=1,
            seasoned_for=0.0,
            fresh_for=0.8,
            violations=[1, 1, 1],
            third_party=1,
        )
        for n in range(50, 90)
    ]
    held = assess(KnownNumber("mobile", False, before + crowd), model, previous="unknown", today=TODAY)
    earlier = assess(KnownNumber("mobile", False, before), model, previous="unknown", today=TODAY)
    assert "burst" in held.reviews
    for name in ("verdict", "score", "category", "reports", "reporters", "last_day", "trust"):
        assert getattr(held, name) == getattr(earlier, name), name


def test_a_number_that_only_opposition_holds_back_is_looked_ahead_for() -> None:
    support = [row(day=TODAY, cluster=n, reports=1, reporters=1, seasoned_for=7.5) for n in range(6)]
    opposition = [
        row(
            day=TODAY,
            cluster=-1 - n,
            reports=1,
            reporters=1,
            legitimate=1,
            seasoned_for=0.0,
            seasoned_against=2.55,
        )
        for n in range(6)
    ]
    known = KnownNumber("mobile", False, support + opposition)
    today = assess(known, CERTAIN, previous="unknown", today=TODAY)
    assert (today.verdict, today.due_day is None) == (Verdict.UNKNOWN, False)
    assert today.due_day is not None
    assert assess(known, CERTAIN, previous="unknown", today=today.due_day - 7).verdict == Verdict.UNKNOWN
    assert assess(known, CERTAIN, previous="unknown", today=today.due_day).verdict == Verdict.SUSPECTED
    unopposed = KnownNumber(
        "mobile", False, [row(cluster=n, fresh_for=0.5, seasoned_for=0.0) for n in range(2)]
    )
    assert assess(unopposed, CERTAIN, previous="unknown", today=TODAY).due_day is None
