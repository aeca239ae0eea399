"""Reads the cells of a call log, as phones, apps and carriers in China write them: numbers, lengths, and kinds of call."""

import re
from typing import Final, NamedTuple

from service.contacts.times import MOST_CELL
from service.numbers.text import fold

MOST_SECONDS: Final = 86_400
_QUOTED: Final = re.compile(r'=\s*"([^"]*)"|=\s*([0-9.]+)')


class Kind(NamedTuple):
    """What a cell tells of a call; None where it tells nothing."""

    is_incoming: bool | None = None
    is_answered: bool | None = None
    is_message: bool = False
    is_elsewhere: bool = False  # forwarded, or taken by a machine: how long says nothing of the person


class Length(NamedTuple):
    """How long a call was; `seconds` is None if that is not given. Minutes alone may be rounded, up or down.

    `is_of_clock` if it was written as whole minutes of a clock: a sheet makes 0:09:00 of nine seconds, written 0:09.
    """

    seconds: int | None
    is_whole_minutes: bool = False
    is_of_clock: bool = False

    @property
    def may_be_rounded(self) -> bool:
        """Whether it may be rounded to minutes, or have been written as minutes and seconds."""
        return self.is_whole_minutes or self.is_of_clock

    def least(self) -> int | None:
        """Return the seconds that it lasted at least: three minutes may be 2 min 1 s, and one minute a single second."""
        if self.seconds is None:
            return None
        return max(1, self.seconds // 60 if self.is_of_clock else self.seconds - 60)


NOT_GIVEN: Final = Length(None)

#: What cells say, the first that fits; a cell that fits several of one kind that contradict each other is not read.
_SAYS: Final = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (
            r"短信|彩信|短消息|信息|^接收$|^发送$|收信|发信|\bsms\b|\bmms\b|message|\btext\b|imessage",
            Kind(is_message=True),
        ),
        (
            r"被叫|呼入|来电|打入|拨入|接入|incoming|inbound|received|^in$|\breceive\b|接收|callee",
            Kind(is_incoming=True),
        ),
        (
            r"主叫|呼出|去电|拨出|打出|已拨|拨打|外呼|outgoing|outbound|dial|placed|made|^out$|^sent$|发送|^呼叫$",
            Kind(is_incoming=False),
        ),
    )
)
_UNANSWERED: Final = re.compile(
    r"未接|没接|不接|无人接|没人接|无法接|不能接|未能接|未应答|无应答|没有接|未成功|不成功|未通|拒接|拒绝|拒听|拦截|黑名单|语音信箱|"
    r"留言|占线|忙|取消|失败|关机|停机|miss|no.?answer|unanswer|not.?answer|no.?reply|reject|declin|block|voice.?mail|busy|fail|cancel|"
    r"abandon|unreach|refus|not.?connect|unconnect|unsuccess|not.?success|not.?accept"
)
#: Hanging up, and 挂断, end calls that were answered as well as others: they say nothing of it.
_ANSWERED: Final = re.compile(
    r"已接|接通|接听|已应答|应答|通话成功|成功|answered|completed|(?<!dis)connected|success|accepted|^ok$|^normal$|externally"
)
#: Words for calls that missed the person who keeps the log, so that they came in.
_CAME_IN: Final = re.compile(
    r"未接|拒接|拒绝|拒听|拦截|骚扰|黑名单|已接|接听|语音信箱|miss|reject|declin|block|voice.?mail|externally"
)
_WENT_OUT: Final = re.compile(r"取消|cancel")
#: Words for calls that somebody or something else than the person took.
_ELSEWHERE: Final = re.compile(r"呼转|转移|前转|转接|秘书|代接|助理|forward|divert|assistant")
#: Android's CallLog.Calls.TYPE: incoming, outgoing, missed, voicemail, rejected, blocked, answered elsewhere.
_CODES: Final = {
    "1": Kind(is_incoming=True), "2": Kind(is_incoming=False), "3": Kind(True, False), "4": Kind(True, False),
    "5": Kind(True, False), "6": Kind(True, False), "7": Kind(True, True),
}  # fmt: skip

_NO_LENGTH: Final = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "—",
        "/",
        "未接",
        "未接通",
        "未接听",
        "无",
        "空",
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "unknown",
        "未知",
    }
)
_COLONS: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:\.\d{1,6})?")
_UNITS: Final = re.compile(
    r"(?:(\d{1,6})(?:小时|小時|时|時|hours?|hrs?|h))?(?:(\d{1,6})(?:分钟|分鐘|分|minutes?|mins?|m|['′]))?,?"
    r"(?:(\d{1,6})(?:\.\d{1,6})?(?:秒钟|秒鐘|秒|seconds?|secs?|s|\"|″)?)?"
)
_MINUTES: Final = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)(?:分钟|分鐘|分|minutes?|mins?|m)")
_ISO: Final = re.compile(r"pt(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})(?:\.\d{1,9})?s)?")


def plain(cell: str) -> str:
    """Return a cell without what keeps spreadsheets from reading it as a number: `="…"`, apostrophes, tabs."""
    text = cell.strip(" \t\r\n\ufeff\xa0'\u200e\u200f\u202a\u202c")
    if text.startswith("=") and len(text) <= MOST_CELL and (found := _QUOTED.fullmatch(text)):
        return (found[1] if found[1] is not None else found[2]).strip()
    return text


def read_length(cell: str, *, unit: float = 1) -> Length | None:
    """Return the length of a call; None for a cell that cannot be read.

    `65`, `1:05`, `0:01:05`, `01:05.0`, `1分5秒`, `1m 5s` and `PT1M5S` are all 65 seconds. A bare number counts `unit`
    seconds; two numbers are minutes and seconds.
    """
    if len(cell) > MOST_CELL:
        return None
    text = re.sub(r"\s+", "", fold(cell)).lower()
    if text in _NO_LENGTH:
        return NOT_GIVEN
    found: re.Match[str] | None
    is_whole_minutes = False
    if found := re.fullmatch(r"(\d{1,9})(?:\.(\d{1,18}))?", text):
        fraction = float(f"0.{found[2] or 0}")
        if (
            not int(found[1]) and fraction and unit == 1
        ):  # a sheet counts in days; less than a second is no length
            return Length(round(fraction * 86_400)) if len(found[2] or "") >= 5 else None
        seconds = int((int(found[1]) + fraction) * unit)
        is_whole_minutes = unit == 60 and not fraction
    elif found := re.fullmatch(r"(\d{1,9})(?:毫秒|ms|milliseconds?)", text):
        seconds = int(found[1]) // 1000
    elif found := _MINUTES.fullmatch(text):
        seconds = int(float(found[1]) * 60)
        is_whole_minutes = "." not in found[1]
    elif found := _COLONS.fullmatch(text) or _ISO.fullmatch(text) or _UNITS.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        if not any(found.groups()):
            return None
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        return None
    is_of_clock = re.fullmatch(r"\d+:\d+:\d+(?:\.0+)?", text) is not None and seconds % 60 == 0
    return Length(seconds, is_whole_minutes, is_of_clock) if seconds <= MOST_SECONDS else None


def read_kind(cell: str, *, is_coded: bool = True) -> Kind | None:
    """Return what a cell says of who called and what became of it; None if it says nothing that can be understood.

    Digits are read where they are Android's alone: carriers count otherwise, and states are no kinds.
    """
    if len(cell) > MOST_CELL:
        return None
    text = re.sub(r"[\s_()\[\]{}/、,;·.-]+", " ", fold(cell)).strip().lower()
    if is_coded and text in _CODES:
        return _CODES[text]
    is_message, ways = False, set()
    for pattern, kind in _SAYS:
        if pattern.search(text):
            is_message = is_message or kind.is_message
            if kind.is_incoming is not None:
                ways.add(kind.is_incoming)
    answered = False if _UNANSWERED.search(text) else True if _ANSWERED.search(text) else None
    if answered is None and "响铃" in text:
        answered = False
    if not ways:
        ways = {way for way, words in ((True, _CAME_IN), (False, _WENT_OUT)) if words.search(text)}
    is_elsewhere = _ELSEWHERE.search(text) is not None
    if is_elsewhere:
        answered = None
    if len(ways) > 1 or not (ways or answered is not None or is_message or is_elsewhere):
        return None
    return Kind(next(iter(ways), None), answered, is_message, is_elsewhere)
