"""Days, results and headings as officers and spreadsheets write them."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.outcomes.cells import day_of_cell
from service.outcomes.words import RESULTS, YES_NO, heading_of, result_of, word_of

DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    "cell",
    [
        "2026/11/30",
        "2026-11-30",
        "2026.11.30",
        "2026年11月30日",
        "2026年11月30号",
        "20261130",
        20261130.0,
        46356,
        46356.4,
        "46356",
        "46356.0",
        date(2026, 11, 30),
        datetime(2026, 11, 30, 9, 5),
        "2026/11/30 9:05",
        "2026-11-30 09:05:07",
        "2026-11-30T09:05:07+08:00",
        "２０２６／１１／３０",
        " 2026-11-30 ",
        "2026 年 11 月 30 日",
        "2026年11月30日 星期一",
        "2026年11月30日周一",
        "2026/11/30 上午 9:05:00",
        "2026/11/30 9:05 AM",
        "2026-11-30 09:05:07 +0800",
    ],
)
def test_a_day_is_read_as_spreadsheets_and_people_write_it(cell: Any) -> None:
    assert day_of_cell(cell) == DAY


@pytest.mark.parametrize(
    "cell",
    [
        "11/30/2026",
        "30/11/2026",
        "26/11/30",
        "2026-13-01",
        "2026/2/30",
        "昨天",
        "2026",
        3,
        -1,
        1e300,
        float("inf"),
        float("nan"),
        "2026/11/3 0",
        "2026/1/113:04",
        True,
        "12:30",
        "9" * 300,
    ],
)
def test_a_day_that_would_have_to_be_guessed_is_none(cell: Any) -> None:
    assert day_of_cell(cell) is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_every_way_to_write_a_day_gives_that_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    written: list[Any] = [
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        day.isoformat(),
        serial,
        f"{day:%Y%m%d}",
    ]
    assert {day_of_cell(one) for one in written} == {day}


@pytest.mark.parametrize(
    ("text", "result", "note"),
    [
        ("属实", "upheld", ""),
        ("部分属实", "upheld", "部分属实"),
        ("不属实", "rejected", ""),
        ("无法核实", "no_finding", ""),
        ("属实，已处罚", "upheld", "已处罚"),
        ("部分属实（频次不符）", "upheld", "部分属实，频次不符"),
        (" 属 实 ", "upheld", ""),
        ("未发现违规", "no_finding", ""),
        ("Upheld", "upheld", ""),
        ("不属实。", "rejected", ""),
        ("不实：查无此事", "rejected", "查无此事"),
        ("查无实据", "no_finding", ""),
        ("未查实", "no_finding", ""),
        ("经核查不属实", "rejected", ""),
        ("不屬實", "rejected", ""),
        ("属实，已核实并处罚", "upheld", "已核实并处罚"),
        ("属实，已移送处理中", "upheld", "已移送处理中"),
    ],
)
def test_results_are_read_as_officers_write_them(text: str, result: str, note: str) -> None:
    assert result_of(text) == (result, note)


@pytest.mark.parametrize(
    "text",
    [
        "属实，不属实",
        "属实，经复核后认定不属实",
        "不属实，但部分属实",
        "不属实（举报人坚称属实）",
        "属实；其余无法核实",
        "属实（待复核）",
        "不属实，核查中",
        "属实，存疑",
        "不属实/属实",
        "属实性无法确认",
        "并非不属实",
        "已处罚",
        "是",
        "1",
        "?",
        "guilty",
        "属",
        "x" * 40_000,
    ],
)
def test_a_result_that_is_not_certain_is_none(text: str) -> None:
    assert result_of(text) is None


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("是", "upheld"),
        ("不是", "rejected"),
        ("部分属实", "upheld"),
        ("无法核实", "no_finding"),
        ("是，经查不属实", None),
    ],
)
def test_a_question_whether_it_is_true_is_answered_by_yes_no_or_any_result(
    text: str, result: str | None
) -> None:
    found = result_of(text, YES_NO)
    assert (found and found[0]) == result


@given(st.text(alphabet="属实不部分无法核，。 1a", max_size=12))
@example("属 实。")
@example("属实1")
def test_a_text_is_a_result_only_if_it_begins_with_a_word_for_one(text: str) -> None:
    """The word may have blanks in it, and something that is no part of a word stands after it."""
    beginnings = [text[:end] for end in range(1, len(text) + 1) if text[end : end + 1] in "，。 "]
    assert result_of(text) is None or any(word_of(beginning) in RESULTS for beginning in beginnings)


@pytest.mark.parametrize(
    "heading", ["结论", "下发日期", "举报内容", "投诉时间", "来电时间", "变更", "显示主叫号码", "日期", ""]
)
def test_columns_of_exports_are_not_taken_for_answers(heading: str) -> None:
    assert heading_of(heading) is None
