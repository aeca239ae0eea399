"""When a verdict changes by itself is found exactly, with few looks at the future."""

from hypothesis import given
from hypothesis import strategies as st

from ml.expiry import LONGEST_DAYS, next_change
from tests.ml.number_rows import TODAY, repeatable


@repeatable
@given(days=st.integers(1, LONGEST_DAYS))
def test_the_first_day_of_the_other_verdict_is_found(days: int) -> None:
    looks = []

    def verdict_on(day: int) -> bool:
        looks.append(day)
        return day < TODAY + days

    assert next_change(verdict_on, TODAY) == TODAY + days
    assert len(looks) <= 2 * days.bit_length() + 2


def test_what_never_changes_is_looked_at_again_after_the_longest_time() -> None:
    assert next_change(lambda _day: "confirmed", TODAY) == TODAY + LONGEST_DAYS
