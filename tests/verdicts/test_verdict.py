"""What a look-up tells of a verdict: counts as lower bounds, and what is no change."""

from service.verdicts.verdict import BANDS, band, is_same_answer, nothing_known
from tests.clients import NUMBER


def test_counts_are_told_as_lower_bounds_of_bands() -> None:
    assert [band(count) for count in (0, 1, 4, 19, 123_456)] == [0, 1, 3, 10, 10_000]
    assert [band(bound) for bound in BANDS] == list(BANDS)
    assert [band(bound - 1) for bound in BANDS] == [0, *BANDS[:-1]]


def test_what_a_look_up_does_not_show_is_no_change() -> None:
    verdict = nothing_known(NUMBER, "mobile")._replace(reports_at_least=3, trust_probability=0.7)
    assert is_same_answer(verdict, verdict._replace(trust_probability=0.8))
    for change in (
        {"score": 0.5},
        {"verdict": "suspected"},
        {"reports_at_least": 5},
        {"reasons": ("x",)},
        {"model_version": "new"},
    ):
        assert not is_same_answer(verdict, verdict._replace(**change))
    assert is_same_answer(nothing_known(NUMBER, "mobile"), None)
