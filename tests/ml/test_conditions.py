"""The conditions that an explanation tells are those by which a number is listed."""

from hypothesis import given
from hypothesis import strategies as st

from ml.conditions import conditions_of
from ml.day_rows import DayRow
from ml.trust import Thresholds, assess_trust, decide
from ml.words import Verdict
from tests.ml.number_rows import TODAY, day_rows, repeatable

THRESHOLDS = Thresholds()
LISTED = {"suspected": (Verdict.SUSPECTED, Verdict.CONFIRMED), "confirmed": (Verdict.CONFIRMED,)}


@repeatable
@given(
    rows=day_rows(),
    consent=st.none() | st.floats(0.0, 1.0),
    kind=st.sampled_from(["mobile", "fixed", "international", "impossible"]),
)
def test_all_conditions_are_met_exactly_when_the_verdict_is_given(
    rows: list[DayRow], consent: float | None, kind: str
) -> None:
    trust = assess_trust(rows, kind=kind, today=TODAY)
    verdict = decide(trust, consent, THRESHOLDS, previous=Verdict.UNKNOWN, kind=kind)
    for name, higher in LISTED.items():
        asked = [one for one in conditions_of(trust, consent, THRESHOLDS) if one.verdict == name]
        assert all(one.is_met for one in asked) == (verdict in higher)
