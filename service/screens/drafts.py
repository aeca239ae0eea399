"""Finds out which kind of screen was read, and makes its draft."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from service.screens.bill import find_header, read_bill
from service.screens.calls import Call, Seen, read_calls
from service.screens.lines import Line, Screen, plain
from service.screens.messages import Message, read_overview, read_thread
from service.screens.rows import read_list
from service.screens.told import read_told
from service.screens.when import find_when, is_only_when

Kind = Literal["calls", "messages", "chat", "bill", "unknown"]
#: Chinese letters that a line of a message has, and a line of a call list has not.
LONG: Final = 11
_OF_CALLS: Final = re.compile(
    r"通话|来电|去电|未接|响铃|拨号|呼入|呼出|主叫|被叫|recents|missed", re.IGNORECASE
)
_OF_BILLS: Final = re.compile(r"详单|账单|话单|通话清单|通信费")
_OF_MESSAGES: Final = re.compile(r"短信|彩信|信息|text message|imessage", re.IGNORECASE)
_CJK: Final = re.compile(r"[\u4e00-\u9fff]")


class Draft(NamedTuple):
    """What a screen says, to be looked at and confirmed."""

    kind: Kind
    calls: Sequence[Call] = ()
    messages: Sequence[Message] = ()


def draft_of(screen: Screen, seen: Seen) -> Draft:
    """Return the draft of a screen; an unknown one has none."""
    lines, width, height = screen.lines, screen.width, screen.height
    if (headed := find_header(lines)) is not None:
        return Draft("bill", read_bill(headed, lines, seen))
    long = [one for one in lines if _is_sentence(one.text)]
    rows = read_list(lines, width, height).rows
    timed = [row for row in rows if any(find_when(one.text) for one in (*row.lines, row.anchor.line))]
    says_calls = any(_OF_CALLS.search(plain(one.text)) for one in lines if one not in long)
    if timed and len(long) < len(timed) and (says_calls or len(timed) > 1):
        calls = read_calls(lines, width, height, seen)
        is_bill = any(_OF_BILLS.search(one.text) for one in lines)
        return Draft("bill" if is_bill else "calls", calls)
    if not long and not any(_OF_MESSAGES.search(one.text) for one in lines):
        calls = read_calls(lines, width, height, seen) if says_calls else []
        return Draft("calls", calls) if calls else Draft("unknown")
    if len(timed) > 2 and len(timed) >= len(rows) - 1 and not _is_thread(lines, width):
        return Draft("messages", (), read_overview(lines, width, height, seen))
    messages = read_thread(lines, width, height, seen)
    if not messages:
        return Draft("unknown")
    is_text = any(one.shown for one in messages) or any(_OF_MESSAGES.search(one.text) for one in lines)
    return Draft("messages" if is_text else "chat", (), messages)


def _is_sentence(text: str) -> bool:
    told = read_told(text)
    return len(_CJK.findall(" ".join(told.rest))) >= LONG


def _is_thread(lines: Sequence[Line], width: int) -> bool:
    """Return whether times stand in the middle, over messages, rather than at the right, beside names."""
    times = [one for one in lines if is_only_when(one.text) and one.middle > 0.15 * width]
    return any(abs(one.center - width / 2) < 0.1 * width for one in times)
