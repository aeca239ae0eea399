"""Activity in the blocks around a number."""

from hypothesis import given
from hypothesis import strategies as st

from ml.blocks import NO_NEIGHBOURS, QUIET, Activity, activity_of, blocks_of, neighbours_of, sum_blocks

TODAY = 20_000
SUFFIXES = st.integers(0, 99_999).map(lambda suffix: f"+86197900{suffix:05d}")
DAYS = st.dictionaries(st.integers(TODAY - 80, TODAY + 3), st.integers(1, 5), max_size=5).map(
    lambda counts: sorted(counts.items())
)


def test_a_number_lies_in_four_blocks_and_a_code_in_none() -> None:
    assert blocks_of("+8619790001234") == ("+861979000123", "+86197900012", "+8619790001", "+861979000")
    assert blocks_of("95588") == ()
    assert neighbours_of("95588", QUIET, {}) == NO_NEIGHBOURS


def test_windows_count_today_as_their_first_day_and_nothing_later() -> None:
    days = [(TODAY - age, 1) for age in (60, 59, 14, 13, 3, 2, 0, -1)]
    assert activity_of(days, today=TODAY) == Activity(2, 4, 6, 1)
    assert activity_of(days[:1], today=TODAY) == QUIET


@given(st.dictionaries(SUFFIXES, DAYS, min_size=1, max_size=30))
def test_neighbours_are_all_others_that_share_the_leading_digits(
    history: dict[str, list[tuple[int, int]]],
) -> None:
    activity = {number: activity_of(days, today=TODAY) for number, days in history.items()}
    blocks = sum_blocks(activity.items())
    for number, own in activity.items():
        for digits, found in zip((1, 2, 3, 4), neighbours_of(number, own, blocks), strict=True):
            others = [
                other
                for name, other in activity.items()
                if name != number and name[:-digits] == number[:-digits]
            ]
            assert found == Activity(*(sum(column) for column in zip(QUIET, *others, strict=True)))
