"""Makes drafts of text messages and chats: who wrote, when, what, and which violations the words speak of."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from service.screens.calls import Seen
from service.screens.lines import Line, bands, plain
from service.screens.rows import read_list
from service.screens.shown import Shown, read_shown
from service.screens.when import At, When, find_when, is_only_when, resolve

TITLE_WITHIN: Final = 0.32  # of the width: the bar of signal and clock, and the title under it
SAME_BUBBLE: Final = 0.9  # of a line's height, that the next line of one message is below it at most
_HINTS: Final = re.compile(
    r"(?:短信|彩信|短信/彩信|信息|文本信息|发送|发送短信|输入.*|按住\s?说话|imessage(?:\s?信息)?|text message|rcs.*"
    r"|已读|已送达|送达|未读|返回|更多|复制|删除|转发|[<>‹›+…·]+|sim\s?[12]|卡\s?[12]|(?:中国)?(?:移动|联通|电信))",
    re.IGNORECASE,
)
_CJK: Final = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


class Message(NamedTuple):
    """A message as a draft; `top` and `bottom` are its place in the picture."""

    sender: str | None
    shown: Shown | None
    when: str | None
    at: At | None
    text: str
    is_incoming: bool | None
    doubts: tuple[str, ...]
    top: float
    bottom: float


def read_thread(lines: Sequence[Line], width: int, height: int, seen: Seen) -> list[Message]:
    """Return the messages of one conversation, from above."""
    title = _title(lines, width)
    below = title.bottom if title else 0.1 * width
    body = [one for one in lines if one.top >= below and not _HINTS.fullmatch(plain(one.text))]
    shown = read_shown(_bare(title.text), is_doubtful=title.is_doubtful) if title else None
    messages: list[Message] = []
    when: When | None = None
    for bubble in _bubbles(body):
        if is_only_when(_without_hints(bubble)):
            found = find_when(bubble[0].text)
            if messages and abs(bubble[0].center - width / 2) > 0.12 * width:
                messages[-1] = _dated(messages[-1], found, seen)  # a small time under its own message
            else:
                when = found
            continue
        message = _message(bubble, title, shown, width)
        messages.append(_dated(message, when, seen))
    return [_marked(one, place, len(messages), height, width) for place, one in enumerate(messages)]


def read_overview(lines: Sequence[Line], width: int, height: int, seen: Seen) -> list[Message]:
    """Return the rows of a list of conversations: the beginning of the last message of each."""
    messages = []
    for row in read_list(lines, width, height).rows:
        found = [when for one in row.lines if (when := find_when(one.text)) and is_only_when(one.text)]
        text = joined([one for one in row.lines if not is_only_when(one.text)])
        shown = row.anchor.shown
        line = row.anchor.line
        doubts = (*(shown.doubts if shown else ("number_missing",)), "text_cut")
        message = Message(plain(line.text), shown, None, None, text, True, doubts, line.top, line.bottom)
        messages.append(_dated(message, found[0] if found else None, seen))
    return messages


def joined(lines: Sequence[Line]) -> str:
    """Return the text of lines that go on in one another: without a space where Chinese meets."""
    text = ""
    for line in lines:
        piece = " ".join(line.text.split())
        is_close = not text or _CJK.match(text[-1]) or _CJK.match(piece[:1])
        text += piece if is_close else f" {piece}"
    return text


def _title(lines: Sequence[Line], width: int) -> Line | None:
    """Return the line that names with whom the conversation is: a number if one stands at the top, else the middle name."""
    rows = bands(one for one in lines if one.middle < TITLE_WITHIN * width)
    if rows and any(is_only_when(one.text) for one in rows[0]):
        rows = rows[1:]
    top = [
        one
        for row in rows
        for one in row
        if not _HINTS.fullmatch(plain(one.text)) and not is_only_when(one.text)
    ]
    numbers = [one for one in top if read_shown(_bare(one.text))]
    if numbers:
        return numbers[0]
    return min(top, key=lambda one: abs(one.center - width / 2), default=None)


def _bare(title: str) -> str:
    return re.sub(r"^\s*[<‹]?\s*(?:\d{1,2}\s+(?=\D))?|\s*[>›]\s*$", "", title)


def _bubbles(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each message."""
    found: list[list[Line]] = []
    for row in bands(lines):
        line = (
            row[0]
            if len(row) == 1
            else row[0]._replace(text=" ".join(one.text for one in row), right=row[-1].right)
        )
        last = found[-1][-1] if found else None
        goes_on = (
            last is not None
            and line.top - last.bottom < SAME_BUBBLE * min(line.height, last.height)
            and abs(line.left - found[-1][0].left) < 1.2 * line.height
            and not is_only_when(line.text)
            and not is_only_when(last.text)
        )
        if goes_on:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _without_hints(bubble: Sequence[Line]) -> str:
    return (
        re.sub(r"^(?:短信|信息|imessage|text message)\s*", "", bubble[0].text, flags=re.IGNORECASE)
        if len(bubble) == 1
        else "x"
    )


def _message(bubble: Sequence[Line], title: Line | None, shown: Shown | None, width: int) -> Message:
    left, right = min(one.left for one in bubble), width - max(one.right for one in bubble)
    is_incoming = False if left > right + 0.05 * width else True if right > left - 0.02 * width else None
    doubts = [*(shown.doubts if shown else ("number_missing",))]
    if is_incoming is None:
        doubts.append("direction_unknown")
    if any(one.is_doubtful for one in bubble):
        doubts.append("text_unsure")
    sender = _bare(plain(title.text)) if title else None
    return Message(
        sender,
        shown,
        None,
        None,
        joined(bubble),
        is_incoming,
        tuple(doubts),
        bubble[0].top,
        bubble[-1].bottom,
    )


def _dated(message: Message, when: When | None, seen: Seen) -> Message:
    """Return a message with when it came; a clock alone is of today on most screens, which is to be looked at."""
    doubts = tuple(one for one in message.doubts if one not in ("time_missing", "day_unknown"))
    if when is None:
        return message._replace(doubts=(*doubts, "time_missing", "day_unknown"))
    at = resolve(when if when.has_day else when._replace(days_ago=0), seen.taken, now=seen.now)
    assumed = () if when.has_day or at.day is None else ("day_assumed",)
    return message._replace(when=when.text, at=at, doubts=(*doubts, *at.doubts, *assumed))


def _marked(message: Message, place: int, count: int, height: int, width: int) -> Message:
    is_last = place == count - 1
    is_cut = (place == 0 and message.when is None) or (is_last and message.bottom > height - 0.01 * width)
    return message._replace(doubts=(*message.doubts, "text_cut")) if is_cut else message
