"""What a number's rows amount to as of a day."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.blocks import Activity
from ml.day_rows import DayRow
from ml.signals import (
    FEATURES,
    MOST_CLUSTERS,
    MOST_REPORTERS,
    NO_GAP,
    OLDEST_DAYS,
    Signals,
    compute_signals,
    sub_block_of,
)
from ml.words import KINDS, SEVERE_VIOLATIONS, VIOLATIONS
from tests.ml.number_rows import TODAY, day_rows, repeatable, row


def named(signals: Signals) -> dict[str, float]:
    return dict(zip(FEATURES, signals, strict=True))


def signals_of(*rows: DayRow, kind: str = "mobile") -> dict[str, float]:
    return named(compute_signals(rows, kind=kind, today=TODAY))


@repeatable
@given(rows=day_rows(), data=st.data())
def test_the_order_of_rows_changes_no_bit(rows: list[DayRow], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert compute_signals(shuffled, kind="mobile", today=TODAY) == compute_signals(
        rows, kind="mobile", today=TODAY
    )


@repeatable
@given(rows=day_rows())
def test_later_rows_are_ignored(rows: list[DayRow]) -> None:
    until_today = [row for row in rows if row.day <= TODAY]
    assert compute_signals(rows, kind="mobile", today=TODAY) == compute_signals(
        until_today, kind="mobile", today=TODAY
    )


@repeatable
@given(rows=day_rows(), kind=st.sampled_from(KINDS))
def test_signals_are_finite_floats_one_a_feature(rows: list[DayRow], kind: str) -> None:
    signals = compute_signals(rows, kind=kind, today=TODAY)
    assert len(signals) == len(FEATURES)
    assert all(type(value) is float and math.isfinite(value) and value >= 0.0 for value in signals)


def test_windows_count_today_as_their_first_day() -> None:
    signals = signals_of(*[row(day=TODAY - age, cluster=age) for age in (0, 1, 2, 3, 13, 14, 89, 90)])
    counts = [signals[f"reports_{days}d"] for days in (1, 3, 7, 14, 30, 90)]
    assert counts == [1.0, 3.0, 4.0, 5.0, 6.0, 7.0]


def test_recency_halves_at_its_half_life() -> None:
    signals = signals_of(row(day=TODAY - 7, reports=4), row(day=TODAY, cluster=2))
    assert signals["recency_7d"] == 4 * 0.5 + 1
    assert signals_of(row(day=TODAY - 60))["recency_60d"] == 0.5


def test_shares_are_shrunk_so_that_one_report_says_less_than_ten() -> None:
    assert signals_of(row(automated=1))["automated_share"] == 0.5
    assert signals_of(row(reports=10, automated=10))["automated_share"] == pytest.approx(10 / 11)


def test_a_burst_is_what_the_busiest_day_has_beyond_one_report() -> None:
    assert signals_of(row(), row(day=TODAY - 1))["burst_share"] == 0.0
    assert signals_of(row(reports=3), row(day=TODAY - 1))["burst_share"] == pytest.approx(2 / 5)


def test_severe_violations_are_counted_among_all() -> None:
    counts = [0] * len(VIOLATIONS)
    counts[VIOLATIONS.index("threat")], counts[VIOLATIONS.index("frequency")] = 2, 1
    signals = signals_of(row(reports=3, violations=counts), row(cluster=2, violations=[1]))
    assert signals["severe_per_report"] == pytest.approx(3 / 5)
    assert signals["violations_per_report"] == pytest.approx(4 / 5)


def test_opposing_reports_are_no_activity() -> None:
    signals = signals_of(row(reports=2, legitimate=2))
    assert signals["opposing_share"] == pytest.approx(2 / 3)
    assert (
        signals["reports_90d"] == signals["clusters"] == signals["days_active"] == signals["reporters"] == 0.0
    )
    assert signals["days_since_last"] == OLDEST_DAYS


def test_a_number_all_of_whose_reports_are_retracted_has_signals_too() -> None:
    empty = signals_of()
    assert empty == signals_of(row(reports=0))
    assert empty["days_since_first"] == OLDEST_DAYS
    far = ("days_since", "mean_gap", "last_gap", "silence")
    assert not any(value for feature, value in empty.items() if not feature.startswith(far))


def test_crowds_are_capped() -> None:
    signals = signals_of(*[row(cluster=place, reports=3) for place in range(300)])
    assert signals["reporters"] == MOST_REPORTERS
    assert signals["clusters"] == MOST_CLUSTERS


def test_gaps_and_silence_tell_how_steadily_a_number_is_reported() -> None:
    signals = signals_of(*[row(day=TODAY - age) for age in (6, 8, 14)])
    assert (signals["mean_gap"], signals["last_gap"]) == (4.0, 2.0)
    assert signals["silence"] == 6 / 4
    assert signals_of(row())["mean_gap"] == NO_GAP


def test_clusters_are_counted_in_windows_and_as_new() -> None:
    signals = signals_of(
        row(cluster=1, day=TODAY - 20), row(cluster=1), row(cluster=2), row(cluster=3, day=TODAY - 9)
    )
    assert (signals["clusters"], signals["clusters_3d"], signals["clusters_14d"]) == (3.0, 2.0, 3.0)
    assert signals["new_clusters_3d"] == 1.0
    assert signals["cluster_entropy"] == pytest.approx(-(0.5 * math.log(0.25) + 0.5 * math.log(0.5)))


def test_weekends_are_those_of_the_calendar() -> None:
    saturday = date(2026, 3, 7).toordinal() - date(1970, 1, 1).toordinal()
    for day, share in ((saturday - 1, 0.0), (saturday, 0.5), (saturday + 1, 0.5), (saturday + 2, 0.0)):
        signals = named(compute_signals([row(day=day)], kind="mobile", today=saturday + 3))
        assert signals["weekend_share"] == share


def test_the_activity_of_neighbours_is_told_block_by_block() -> None:
    neighbours = tuple(Activity(n, 10 * n, 100 * n, n) for n in range(1, 5))
    signals = named(compute_signals([row()], kind="mobile", today=TODAY, neighbours=neighbours))
    assert signals["block_10_reports_3d"] == 1.0
    assert signals["block_10000_reports_60d"] == 400.0
    assert signals["block_100_active"] == 2.0


def test_only_95_codes_have_a_sub_block() -> None:
    assert sub_block_of("95013123", "service_95") == 950.0
    assert sub_block_of("+8619790001234", "mobile") == 0.0


def test_days_since_first_and_last_report() -> None:
    signals = signals_of(row(day=TODAY - 40), row(day=TODAY - 5))
    assert (signals["days_since_first"], signals["days_since_last"], signals["days_active"]) == (
        40.0,
        5.0,
        2.0,
    )


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        compute_signals([row()], kind="pager", today=TODAY)


def test_stored_positions_of_violations_stay_what_they_are() -> None:
    assert VIOLATIONS[:3] == ("threat", "insult", "frequency")
    assert VIOLATIONS[16] == "after_refusal"
    assert len(set(VIOLATIONS)) == len(VIOLATIONS)
    assert set(VIOLATIONS) > SEVERE_VIOLATIONS
