"""The moment of a call is read as it is written, or the row is refused with the reason: nothing is guessed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts.halves import HALVES, hour_of_day
from service.contacts.times import Moment, Reading, read_moment
from service.days import CHINA

NOW = datetime(2026, 3, 10, tzinfo=UTC)
FAR = Reading(datetime(2099, 12, 31, tzinfo=UTC))
AT = datetime(2026, 3, 1, 21, 30, 5, tzinfo=CHINA)
FORMS = [
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H时%M分%S秒", "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%Y-%m-%d %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p",
    "%Y-%m-%d-%H:%M:%S", "%d %b %Y %H:%M:%S", "%a %b %d %H:%M:%S GMT+08:00 %Y", "%A, %B %d, %Y at %I:%M:%S %p",
    "%Y-%m-%dT%H:%M:%S+08:00", "%Y-%m-%d %H:%M:%S+08", "%Y-%m-%d %H:%M:%S +0800", "%Y-%m-%d %H:%M:%S GMT+8",
    "%a %b %d %H:%M:%S CST %Y", "%Y-%m-%d %H:%M:%S.123",
]  # fmt: skip


@given(st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1)), st.sampled_from(FORMS))
def test_a_time_is_read_as_it_was_written(moment: datetime, form: str) -> None:
    expected = Moment(moment.replace(microsecond=0, tzinfo=CHINA), 1)
    assert read_moment(f"{moment:{form}}", FAR) == expected


@pytest.mark.parametrize("cell", [
    "1772371805", "1772371805000", "1772371805000000", "1772371805.5", "794064605", "46082.8958912037",
    "2026-03-01T13:30:05Z", "2026年3月1日 星期日 下午9:30:05", "2026/3/1 (周日) 21:30:05",
    "Sunday, March 1, 2026 9:30:05 PM",
    "2026-03-01 09:30:05下午", "２０２６－０３－０１　２１：３０：０５",
    "2026-03-01 22:30:05 +09:00", "2026/3/1 晚上9:30:05",
])  # fmt: skip
def test_one_moment_in_many_ways(cell: str) -> None:
    assert read_moment(cell, Reading(NOW)) == Moment(AT, 1)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("02/03/2026 21:30", "call_log_order"),
        ("02/03/04 21:30", "call_log_order"),
        ("2026-02-30 21:30", "call_log_time"),
        ("2026-03-01", "call_log_time"),
        ("46082", "call_log_time"),
        ("25:00", "call_log_time"),
        ("01:07.0", "call_log_time"),
        ("昨天 21:30", "call_log_time"),
        ("1.77237E+12", "call_log_time"),
        ("2026-03-01 21:60", "call_log_time"),
        ("2026-03-01 24:10", "call_log_time"),
        ("2026-03-01 21:30:05+99:99", "call_log_time"),
        ("9999-12-31 23:59:59", "call_log_moment"),
        ("0001-01-01 00:00:00+14:00", "call_log_moment"),
        ("2026-03-11 21:30", "call_log_moment"),
        ("03-01 21:30:05", "call_log_year"),
        ("3月1日 21:30", "call_log_year"),
        ("2026-03-01 晚上12:10", "call_log_half"),
        ("2026-03-01 下午9:30 AM", "call_log_half"),
        ("2026-03-01 13:30 AM", "call_log_half"),
        ("1" * 5000, "call_log_time"),
    ],
)
def test_what_cannot_be_known_is_refused_with_its_reason(cell: str, reason: str) -> None:
    assert read_moment(cell, Reading(NOW)) == reason


@pytest.mark.parametrize(
    ("word", "hours"),
    [
        ("上午", {0: 0, 8: 8, 11: 11, 12: 0, 13: None}),
        ("am", {12: 0, 11: 11, 13: None}),
        ("pm", {12: 12, 1: 13, 11: 23, 0: 12, 15: 15}),
        ("下午", {12: 12, 1: 13, 6: 18, 14: 14, 24: None}),
        ("凌晨", {0: 0, 3: 3, 12: 0, 7: None, 15: None}),
        ("早上", {8: 8, 4: 4, 12: None, 1: None, 20: None}),
        ("中午", {0: 12, 11: 11, 12: 12, 1: 13, 2: 14, 3: None, 10: None}),
        ("傍晚", {5: 17, 6: 18, 19: 19, 12: None, 9: None}),
        ("晚上", {8: 20, 11: 23, 20: 20, 12: None, 0: None, 1: None, 4: None}),
        ("半夜", {0: 0, 1: 1, 2: 2, 11: 23, 23: 23, 12: None, 6: None}),
        ("夜里", {10: 22, 3: 3, 12: None, 13: None}),
    ],
)
def test_a_part_of_the_day_and_an_hour_fit_or_are_refused(word: str, hours: dict[int, int | None]) -> None:
    assert {hour: hour_of_day(hour, word) for hour in hours} == hours


@given(st.sampled_from(sorted(HALVES)), st.integers(0, 30))
def test_an_hour_beside_a_word_never_moves_by_anything_but_half_a_day(word: str, hour: int) -> None:
    found = hour_of_day(hour, word)
    assert found is None or (0 <= found < 24 and (found - hour) % 12 == 0)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_reason(cell: str) -> None:
    found = read_moment(cell, Reading(NOW))
    assert isinstance(found, Moment | str)
