"""Text messages, chats and bills from lines at places."""

from datetime import date, datetime, time

import pytest

from service.screens.calls import Seen
from service.screens.drafts import draft_of
from service.screens.lines import Line
from service.screens.reading import shown
from service.screens.schemas import ScreenDraft
from tests.screens.made_up import TAKEN, line, right, rows, screen

BAR = [line("19:25", 60, 20, size=36), line("5G 86%", 900, 20, size=36)]


def middle(text: str, top: float, size: float = 32) -> Line:
    made = line(text, 0, top, size=size)
    width = made.right
    return made._replace(left=540 - width / 2, right=540 + width / 2)


def read(lines: list[Line], taken: datetime | date | None = TAKEN) -> ScreenDraft:
    return shown(screen([*BAR, *lines]), Seen(taken, TAKEN), "said" if taken else None)


THREAD = [
    middle("1069 7900 1234 5678", 130, size=44),
    middle("短信", 300),
    middle("昨天 下午7:10", 340),
    line("【某某金融】您的欠款已严重逾期，今日", 70, 420, size=44),
    line("不还款我们将派人上门，通知您家人", 70, 480, size=44),
    line("和单位。", 70, 540, size=44),
    middle("今天 08:05", 680),
    line("最后通知：再不处理就让你身败名裂。", 70, 760, size=44),
    right("我已经还清了请不要再发", 900, size=44),
    line("短信/彩信", 120, 2250, size=40),
]


def test_a_thread_gives_sender_time_text_and_what_it_speaks_of() -> None:
    draft = read(THREAD)
    assert (draft.kind, draft.calls) == ("messages", [])
    first, second, own = draft.messages
    assert {one.number for one in draft.messages} == {"1069790012345678"}
    assert (first.time.day, first.time.clock) == (date(2026, 11, 29), time(19, 10))
    assert first.text == "【某某金融】您的欠款已严重逾期，今日不还款我们将派人上门，通知您家人和单位。"
    assert "visit_threat" in {one.violation for one in first.suggestions}
    assert first.doubts == []
    assert (second.time.day, second.time.clock) == (TAKEN.date(), time(8, 5))
    assert [one.direction for one in draft.messages] == ["incoming", "incoming", "outgoing"]
    assert own.suggestions == []


def test_words_of_a_suggestion_stand_where_it_says() -> None:
    (first, *_) = read(THREAD).messages
    for suggestion in first.suggestions:
        for word in suggestion.words:
            assert first.text[word.start : word.end] == word.text


def test_without_the_day_of_the_screenshot_it_is_asked_for() -> None:
    draft = read(THREAD, None)
    assert draft.asks == ["taken"]
    assert all(one.time.at is None and "day_unknown" in one.doubts for one in draft.messages)


def test_a_message_without_a_time_above_it_may_be_cut_and_has_none() -> None:
    draft = read([THREAD[0], *THREAD[3:]])
    assert {"time_missing", "text_cut"} <= set(draft.messages[0].doubts)


def test_a_chat_with_a_name_has_no_number() -> None:
    lines = [
        middle("催收小王", 130, size=44),
        middle("昨天 19:10", 300),
        line("你再不还钱我就去你单位找你领导谈谈", 160, 380, size=44),
        line("按住 说话", 400, 2250, size=40),
    ]
    draft = read(lines)
    assert draft.kind == "chat"
    (message,) = draft.messages
    assert (message.sender, message.number) == ("催收小王", None)
    assert "number_missing" in message.doubts


def test_a_list_of_conversations_gives_the_beginning_of_each() -> None:
    lines = [line("信息", 60, 150, size=70)]
    for place, (sender, when) in enumerate(
        [("1069790012345678", "昨天"), ("197 9000 1234", "星期三"), ("95588", "11月20日")]
    ):
        y = 400 + 200 * place
        lines += [
            line(sender, 60, y),
            right(when, y),
            line("您的欠款已严重逾期今日不还款将上门处理", 60, y + 70, size=40),
        ]
    draft = read(lines)
    assert draft.kind == "messages"
    assert [one.number for one in draft.messages] == ["1069790012345678", "+8619790001234", "95588"]
    assert all("text_cut" in one.doubts for one in draft.messages)
    assert draft.messages[0].time.day == date(2026, 11, 29)


HEADS = ("对方号码", "起始时间", "通话类型", "通话时长")
LEFTS = (40, 320, 640, 860)


def bill(*told: tuple[str, str, str, str]) -> list[Line]:
    lines = [line("通话详单 2026年11月", 60, 130, size=44)]
    lines += [line(head, left, 300, size=40) for head, left in zip(HEADS, LEFTS, strict=True)]
    for place, cells in enumerate(told):
        y = 400 + 120 * place
        for cell, left in zip(cells, LEFTS, strict=True):
            for further, part in enumerate(cell.split("|")):
                lines.append(line(part, left, y + 40 * further, size=32))
    return lines


def test_a_bill_with_headings_is_a_call_log() -> None:
    draft = read(
        bill(
            ("19790001234", "11-29 19:10:22", "被叫", "00:01:20"),
            ("95588", "2026-11-28|08:00:05", "主叫", "65"),
            ("197****5678", "11-27 10:00:00", "被叫", "3分5秒"),
        )
    )
    assert draft.kind == "bill"
    first, second, masked = draft.calls
    assert (first.number, first.direction, first.duration_seconds) == ("+8619790001234", "incoming", 80)
    assert first.time.at == datetime.fromisoformat("2026-11-29T19:10:22+08:00")
    assert (second.number, second.direction, second.duration_seconds) == ("95588", "outgoing", 65)
    assert second.time.at == datetime.fromisoformat("2026-11-28T08:00:05+08:00")
    assert (masked.number, masked.doubts) == (None, ["number_masked"])


def test_a_call_list_is_one_and_a_page_of_settings_is_none() -> None:
    lines = [line("通话记录", 60, 150, size=70), *rows(("197 9000 1234 (6)", "响铃 25 秒", "昨天 19:10"))]
    draft = read(lines)
    assert (draft.kind, [one.number for one in draft.calls]) == ("calls", ["+8619790001234"])
    assert (draft.calls[0].place.top, draft.calls[0].place.bottom) == (400, 501)
    assert (
        read([line("设置", 60, 150, size=70), line("蓝牙", 60, 400), line("显示与亮度", 60, 500)]).kind
        == "unknown"
    )
    assert read([]).kind == "unknown"


@pytest.mark.parametrize("text", ["", "  ", "…", "0" * 400, "(" * 300, "昨天" * 200, "197 9000 1234 " * 40])
def test_any_lines_are_read_or_are_unknown(text: str) -> None:
    for left, top in ((0, 0), (60, 400), (900, 2300)):
        draft_of(
            screen([*BAR, line(text, left, top), *rows(("197 9000 1234", "呼入 3秒", "昨天 19:10"))]),
            Seen(TAKEN, TAKEN),
        )
