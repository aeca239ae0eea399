"""What rows say of calls in words: direction, answer, lengths and labels."""

import pytest

from service.screens.told import join, read_told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("响铃 25 秒 移动 卡1", (True, False, None, 25)),
        ("响铃25秒移动卡1", (True, False, None, 25)),
        ("响铃 5 声", (True, False, None, None)),
        ("未接来电", (True, False, None, None)),
        ("未接通", (None, False, None, None)),  # stands below calls of both directions
        ("呼出未接通", (False, False, None, None)),
        ("呼出 1分20秒", (False, True, 80, None)),
        ("呼入 00:25", (True, True, 25, None)),
        ("已接来电 3 分 5 秒", (True, True, 185, None)),
        ("去电 41 秒", (False, True, 41, None)),
        ("主叫 1小时2分3秒", (False, True, 3723, None)),
        ("被叫", (True, None, None, None)),
        ("已拒接", (True, False, None, None)),
        ("25秒", (None, True, 25, None)),
        ("5分钟前", (None, None, None, None)),
        ("北京 联通 卡2", (None, None, None, None)),
    ],
)
def test_words_say_who_called_and_how_long(text: str, told: tuple[object, ...]) -> None:
    assert read_told(text)[:4] == told


@pytest.mark.parametrize("text", ["被128人标记为催收", "标记为骚扰电话", "疑似诈骗", "骚扰电话", "12人标记"])
def test_a_label_is_kept(text: str) -> None:
    assert read_told(f"{text} 广东深圳").label == text


def test_what_contradicts_itself_is_not_known() -> None:
    told = join([read_told("呼入"), read_told("呼出 5秒")])
    assert (told.is_incoming, told.doubts) == (None, ("direction_unsure",))


def test_red_letters_are_a_missed_call_unless_words_say_otherwise() -> None:
    assert join([read_told("北京")], is_red=True)[:2] == (True, False)
    assert "direction_unsure" in join([read_told("呼出 5秒")], is_red=True).doubts
