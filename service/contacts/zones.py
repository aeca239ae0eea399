"""Reads the zone of clocks where a log names one: in a cell, in a heading, in a title, or in a column of its own."""

import re
from collections.abc import Iterable
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from service.days import CHINA
from service.numbers.text import fold

_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}")
_OF_CHINA: Final = frozenset({"北京时间", "中国标准时间", "china standard time", "东八区", "东8区", "prc"})
_OFFSET: Final = re.compile(r"z|cst|(?:utc|gmt)|(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?")
_PLACE: Final = re.compile(r"[A-Za-z]{1,20}/[A-Za-z_]{1,30}")


def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone of a clock, None if it names none; CST on a telephone of China is China's."""
    if text is None:
        return None
    if text in ("cst", "asia/shanghai"):
        return CHINA
    if text in ("z", "utc", "gmt"):
        return UTC
    digits = text.removeprefix("utc").removeprefix("gmt").strip()
    sign = -1 if digits[0] == "-" else 1
    hours, minutes = _hours_and_minutes(digits[1:])
    if minutes not in (0, 30, 45) or hours > (12 if sign < 0 else 14):
        raise ValueError  # no zone: 21:30-21:31 is from when to when
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _hours_and_minutes(digits: str) -> tuple[int, int]:
    hours, _, minutes = digits.partition(":")
    if len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    if int(minutes or 0) > 59:
        raise ValueError
    return int(hours), int(minutes or 0)


def zone_in(heading: str) -> tzinfo | None:
    """Return the zone that a heading names, as in `Date (UTC)`; None if it names none."""
    found = re.search(
        r"(?<![a-z])((?:utc|gmt)\s?(?:[+-]\d{1,2}(?::?\d{2})?)?)(?![a-z])", fold(heading).lower()
    )
    try:
        return zone_of(found[1].strip()) if found else None
    except ValueError:
        return None


def zone_in_titles(titles: Iterable[str]) -> tzinfo | None:
    """Return the zone that a title names for all clocks; one beside a moment, as of the export, is that moment's."""
    for title in titles:
        text = fold(title[:1000])
        if (zone := zone_in(text)) is not None and not _CLOCK.search(
            re.sub(r"(?i)(?:utc|gmt)\s?[+-]\d{1,2}:\d{2}", "", text)
        ):
            return zone
    return None


def zone_in_cell(cell: str) -> tzinfo | None:
    """Return the zone in a cell of a column of zones; raise ValueError if it cannot be read, None of an empty one."""
    text = fold(cell[:60]).strip(" ()[]")
    if not text:
        return None
    if text.lower() in _OF_CHINA:
        return CHINA
    if _OFFSET.fullmatch(text.lower()):
        return zone_of(text.lower())
    if not _PLACE.fullmatch(text):
        raise ValueError
    try:
        return ZoneInfo(text)
    except (KeyError, OSError):
        raise ValueError from None
