"""When reports come and what they repeat, as shares and entropies with documented values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import DayRow
from ml.profiles import MOST_SCRIPTS, PARTS_OF_DAY, entropy, hour_profile, repetition, sum_positions
from ml.signals import FEATURES, compute_signals
from tests.ml.number_rows import TODAY, repeatable, row


def signals(*rows: DayRow) -> dict[str, float]:
    values = compute_signals(rows, kind="mobile", today=TODAY)
    return dict(zip(FEATURES, values, strict=True))


def test_documented_entropies() -> None:
    assert entropy([7]) == entropy([]) == entropy([0, 0]) == 0.0
    assert entropy([4, 4, 4]) == pytest.approx(1.0986, abs=1e-4)


@repeatable
@given(counts=st.lists(st.integers(0, 1000), max_size=12))
def test_entropy_is_that_of_its_definition(counts: list[int]) -> None:
    total = sum(counts)
    defined = -sum(count / total * math.log(count / total) for count in counts if count)
    assert entropy(counts) == pytest.approx(defined, abs=1e-9)


@repeatable
@given(rows=st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=PARTS_OF_DAY), max_size=6))
def test_sums_by_position_are_those_of_a_naive_count(rows: list[list[int]]) -> None:
    longest = max((len(counts) for counts in rows), default=0)
    naive = [sum(counts[place] for counts in rows if place < len(counts)) for place in range(longest)]
    assert list(sum_positions(rows) if rows else []) == naive


def test_each_hour_of_the_day_counts_in_its_part() -> None:
    hours = [0] * PARTS_OF_DAY
    hours[3], hours[4], hours[8], hours[9], hours[10], hours[11] = (
        1,
        2,
        3,
        4,
        5,
        6,
    )  # from 6, 8, 16, 18, 20, 22
    early, working, evening, _ = hour_profile([hours], shrink=1.0)
    assert (early, working, evening) == (1, 5, 9)


def test_unknown_hours_and_missing_narratives_say_nothing() -> None:
    known = signals(row(reports=3))
    names = (
        "early_share",
        "working_hours_share",
        "evening_share",
        "hour_entropy",
        "repeated_narrative_share",
    )
    assert [known[name] for name in (*names, "distinct_scripts")] == [0.0] * 6


def test_scripts_that_several_reports_have_are_repeated_whoever_reports_them() -> None:
    rows = (row(cluster=1, reports=2, scripts=[5, 9]), row(cluster=2, reports=2, scripts=[5, 7]))
    told = signals(*rows)
    assert told["repeated_narrative_share"] == pytest.approx(2 / 5)
    assert told["distinct_scripts"] == 3.0
    assert signals(*reversed(rows)) == told


def test_distinct_scripts_end_somewhere() -> None:
    assert repetition(range(500), shrink=0.1) == [0.0, float(MOST_SCRIPTS)]


def test_reports_on_one_day_of_the_week_are_told_from_reports_on_all() -> None:
    assert signals(*[row(day=TODAY - 7 * n) for n in range(7)])["weekday_entropy"] == 0.0
    assert signals(*[row(day=TODAY - n) for n in range(7)])["weekday_entropy"] == pytest.approx(math.log(7))
