"""Reads the cells of a telephone's call log, as phones, apps and carriers in China write them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

from service.days import CHINA
from service.numbers.text import fold


class Direction(NamedTuple):
    """Who called, and whether the call was answered if the word alone says so."""

    is_incoming: bool
    is_answered: bool | None


#: Words in logs, in half width and lower case; digits are those of Android's CallLog.Calls.TYPE.
_WORDS: Final[Mapping[Direction, str]] = {
    Direction(True, None): """
        呼入 来电 已接 已接来电 已接电话 接听 被叫 接入 打入
        incoming received answered in inbound 1
    """,
    Direction(True, False): """
        未接 未接来电 未接电话 未接通 响铃未接 拒接 已拒接 拒接来电 已拒绝 拒绝 挂断 拦截 已拦截 骚扰拦截 语音信箱
        missed rejected declined blocked voicemail 3 4 5 6
    """,
    Direction(False, None): """
        呼出 去电 已拨 已拨电话 拨出 主叫 打出 呼叫
        outgoing dialed dialled out outbound 2
    """,
}
DIRECTIONS: Final = {word: direction for direction, words in _WORDS.items() for word in words.split()}
_KIND_PREFIXES: Final = re.compile(r"^(?:语音|视频|国内|本地|长途|漫游|hd|volte)+|(?:call|calls|电话|通话)$")

_DATE: Final = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_CLOCK: Final = (
    r"(?P<half>上午|下午|凌晨|早上|中午|晚上|am|pm)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})分?"
    r"(?:[:]?(?P<second>\d{1,2})(?:\.\d+)?秒?)?\s*(?P<half_behind>am|pm)?\s*(?P<zone>z|[+-]\d{2}:?\d{2})?"
)
_WRITTEN: Final = re.compile(rf"{_DATE}[\s,t]*(?:星期.|周.)?\s*{_CLOCK}")
_COMPACT: Final = re.compile(
    r"(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})\s?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?"
)
_EPOCH: Final = re.compile(r"1\d{9}(?:\d{3})?")
_ENGLISH: Final = (
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
)
_AFTERNOON: Final = frozenset({"下午", "晚上", "pm"})
_MORNING: Final = frozenset({"上午", "早上", "凌晨", "am"})

_COLONS: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})")
_UNITS: Final = re.compile(
    r"(?:(\d{1,6})(?:小时|时|hours?|hrs?|h))?(?:(\d{1,6})(?:分钟|分|minutes?|mins?|m))?"
    r"(?:(\d{1,6})(?:秒钟|秒|seconds?|secs?|s)?)?"
)
_NO_LENGTH: Final = frozenset({"", "-", "--", "未接", "未接通", "未接听", "无", "n/a"})
MOST_SECONDS: Final = 86_400
MOST_CELL: Final = 200  # characters: no heading, time, direction or duration comes near it


def read_time(cell: str) -> datetime | None:
    """Return the moment in a cell, in China's time if it names no zone; None if it cannot be read unambiguously.

    Dates such as 3/4/26, whose order or century would have to be guessed, are not read.
    """
    if len(cell) > MOST_CELL:
        return None
    text = " ".join(fold(cell).split()).lower()
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    for pattern in (_WRITTEN, _COMPACT):
        if found := pattern.fullmatch(text):
            return _moment(found.groupdict())
    for form in _ENGLISH:
        try:
            return datetime.strptime(text, form).replace(tzinfo=CHINA)
        except ValueError:
            continue
    return None


def read_seconds(cell: str, *, unit: int = 1) -> int | None:
    """Return the length of a call in seconds, 0 for an empty cell, None if it cannot be read.

    `65`, `1:05`, `0:01:05`, `1分5秒` and `1m 5s` are all 65 seconds. A bare number counts `unit` seconds; two numbers are
    minutes and seconds.
    """
    if len(cell) > MOST_CELL:
        return None
    text = re.sub(r"\s+", "", fold(cell)).lower()
    if text in _NO_LENGTH:
        return 0
    if re.fullmatch(r"\d{1,6}(?:\.0+)?", text):
        seconds = int(float(text)) * unit
    elif found := _COLONS.fullmatch(text) or _UNITS.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        return None
    return seconds if seconds <= MOST_SECONDS else None


def read_direction(cell: str) -> Direction | None:
    """Return who called, from the word in a log; None for a word that no known log uses."""
    if len(cell) > MOST_CELL:
        return None
    text = re.sub(r"[\s_()\[\]-]+", "", fold(cell)).lower()
    return DIRECTIONS.get(text) or DIRECTIONS.get(_KIND_PREFIXES.sub("", text))


def _moment(parts: dict[str, str | None]) -> datetime | None:
    half = parts.get("half") or parts.get("half_behind")
    hour = int(parts["hour"] or 0)
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    try:
        return datetime(
            int(parts["year"] or 0),
            int(parts["month"] or 0),
            int(parts["day"] or 0),
            hour,
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=_zone(parts.get("zone")),
        )
    except ValueError:
        return None


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return CHINA
    if text == "z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
