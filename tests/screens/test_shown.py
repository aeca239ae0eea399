"""Caller IDs as screens show them: a number without a mark is what the screen shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.screens.shown import read_shown


@pytest.mark.parametrize(
    ("text", "key", "count"),
    [
        ("197 9000 1234", "+8619790001234", 1),
        ("197 9000 1234 (6)", "+8619790001234", 6),
        ("19790001234（12）", "+8619790001234", 12),
        ("+86 197-9000-1234(2)", "+8619790001234", 2),
        ("197 9000 1234 6次", "+8619790001234", 6),
        ("010-1234 5678 [3]", "+861012345678", 3),
        ("95588", "95588", 1),
        ("110", "110", 1),
        ("10690001234567", "10690001234567", 1),
        ("400-123-4567(2)", "+864001234567", 2),
        ("未知号码 (3)", "withheld", 3),
        ("No Caller ID", "withheld", 1),
    ],
)
def test_a_number_is_read_with_its_count(text: str, key: str, count: int) -> None:
    shown = read_shown(text)
    assert shown is not None
    assert shown.number is not None
    assert (shown.number.key, shown.times, shown.doubts) == (key, count, ())


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("197****1234", "number_masked"),
        ("1979000…", "number_masked"),
        ("1979000123", "number_unsure"),  # a digit was lost
        ("719790001234", "number_unsure"),  # an icon was read as a digit
        ("955886)", "number_unsure"),  # 95588 (6), or a number of six digits
        ("95588 6", "number_unsure"),
        ("197 9000 1234 (6", "number_unsure"),
        ("19790O01234", "number_unsure"),
        ("催收 197 9000 1234", "number_in_name"),
        ("197 9000 1234 广东深圳", "number_in_name"),
    ],
)
def test_what_may_be_another_number_is_marked(text: str, doubt: str) -> None:
    shown = read_shown(text)
    assert shown is not None
    assert doubt in shown.doubts


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "昨天 19:10",
        "2026-11-20",
        "00:01:20",
        "12.50",
        "手机",
        "未知",
        "响铃25秒",
        "卡1",
        "5G",
        "¥128.00",
    ],
)
def test_other_things_are_no_caller_ids(text: str) -> None:
    assert read_shown(text) is None


@given(
    st.integers(0, 9999),
    st.sampled_from(["{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}", "+86 {0}{1}{2}"]),
    st.data(),
)
def test_a_digit_lost_or_added_is_never_taken_for_a_mobile_number(
    tail: int, form: str, data: st.DataObject
) -> None:
    written = form.format("197", "9000", f"{tail:04}")
    places = [place for place, letter in enumerate(written) if letter.isdigit() and place > 3]
    place = data.draw(st.sampled_from(places))
    for damaged in (written[:place] + written[place + 1 :], written[:place] + "7" + written[place:]):
        shown = read_shown(damaged)
        assert shown is None or shown.number is None or shown.doubts, damaged


def test_a_doubtful_line_gives_a_doubtful_number() -> None:
    shown = read_shown("197 9000 1234", is_doubtful=True)
    assert shown is not None
    assert "number_unsure" in shown.doubts
