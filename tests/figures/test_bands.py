"""Published counts are bands, and what goes on from week to week never shows a single one."""

from hypothesis import given
from hypothesis import strategies as st

from service.figures.bands import BOUNDS, LEAST, band_of, held

COUNTS = st.integers(0, 3_000_000)


def test_bands_in_words() -> None:
    told = {
        count: (band_of(count).text.zh, band_of(count).text.en)
        for count in (0, 4, 5, 9, 10, 19, 1234, 1_000_000, 5_000_000)
    }
    assert told == {
        0: ("少于 5", "fewer than 5"),
        4: ("少于 5", "fewer than 5"),
        5: ("5 至 9", "5 to 9"),
        9: ("5 至 9", "5 to 9"),
        10: ("10 至 19", "10 to 19"),
        19: ("10 至 19", "10 to 19"),
        1234: ("1,000 至 1,999", "1,000 to 1,999"),
        1_000_000: ("1,000,000 以上", "1,000,000 or more"),
        5_000_000: ("1,000,000 以上", "1,000,000 or more"),
    }


@given(COUNTS)
def test_a_band_holds_its_count_and_no_band_is_narrower_than_five(count: int) -> None:
    band = band_of(count)
    assert band.at_least <= count
    assert band.below is None or (count < band.below and band.below - band.at_least >= LEAST)


def test_the_bounds_rise() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
    assert BOUNDS[:4] == (5, 10, 20, 50)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=30))
def test_a_band_that_changes_shows_that_five_came_or_went_at_least(counts: list[int]) -> None:
    """Two weeks that are subtracted never tell of fewer: not even to one who knows every count but one."""
    shown: int | None = None
    for count in counts:
        after = held(count, shown)
        if shown is not None and band_of(after) != band_of(shown):
            assert abs(count - shown) >= LEAST
        assert abs(count - after) < LEAST
        shown = after


def test_one_more_at_the_edge_of_a_band_shows_nothing() -> None:
    assert band_of(held(10, 9)) == band_of(9)
    assert band_of(held(13, 9)) == band_of(9)
    assert band_of(held(14, 9)) == band_of(14)
