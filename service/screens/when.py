"""Reads when something happened, as telephones write it beside a call or message: 19:10, 昨天, 星期三 下午7:10, 3月1日 …

Most of it is told from the day on which the picture was made. Where that is not known, or two days are possible, there is no
day: nothing is guessed.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from service.contacts.halves import HALVES, hour_of_day
from service.contacts.years import year_finder
from service.days import CHINA
from service.reports.when import CLOCK_TOLERANCE, EARLIEST
from service.screens.lines import plain

_DAYS_AGO: Final = {
    "今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2, "前日": 2,
}  # fmt: skip
_WEEK: Final = {name: number for number, names in enumerate(
    ("一 monday mon", "二 tuesday tue", "三 wednesday wed", "四 thursday thu", "五 friday fri", "六 saturday sat",
     "日 天 sunday sun")
) for name in names.split()}  # fmt: skip
_HALF: Final = "|".join(sorted(map(re.escape, HALVES), key=len, reverse=True))
_WEEKDAY: Final = (
    r"(?:星期|周|週|礼拜)\s?[一二三四五六日天]"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
)
_MONTH_DAY: Final = r"(?P<month>1[0-2]|0?[1-9])\s?[月/-]\s?(?P<day>3[01]|[12]\d|0?[1-9])(?:\s?[日号])?"
_DATE: Final = (
    r"(?P<year>20\d{2})\s?[年/.-]\s?(?P<month_of>1[0-2]|0?[1-9])\s?[月/.-]\s?(?P<day_of>3[01]|[12]\d|0?[1-9])(?:\s?[日号])?"
    rf"|{_MONTH_DAY}"
)
_CLOCK: Final = r"(?P<hour>2[0-3]|[01]?\d)\s?[::]\s?(?P<minute>[0-5]\d)(?:\s?[::]\s?(?P<second>[0-5]\d))?"
#: In front of a day there may be the number of the SIM card, 1 or 2, read together with it: 2昨天, 22026/11/21, 210:03.
_PATTERN: Final = re.compile(
    r"(?:(?<![\d*+:/.-])|(?<=\d)(?=[^\d\s])|(?:(?<=^[12])|(?<=\s[12]))(?=20\d\d[/.年-]|\d\d:\d\d))"
    rf"(?:(?:(?P<word>{'|'.join(_DAYS_AGO)})|{_DATE})?[\s,]*[(]?(?P<week>{_WEEKDAY})?[)]?[\s,]*"
    rf"(?P<half>{_HALF})?\s?(?:{_CLOCK})?\s?(?P<half_behind>[ap]\.?m\.?(?![a-z]))?)"
    r"(?:(?![\d*:/-])|(?<=[天日一二三四五六])(?=\d$))",  # an icon behind a day is read as a digit
    re.IGNORECASE,
)
_AGO: Final = re.compile(
    r"(?P<now>刚刚|刚才|just now)|(?<!\d)(?P<count>\d{1,2})\s?(?P<unit>分钟|小时|天)\s?前"
)
_MINUTES: Final = {"分钟": 1, "小时": 60}


class When(NamedTuple):
    """What a text says of when: a day or how to find it, and a clock; `start` and `end` are its place in the plain text."""

    text: str
    start: int
    end: int
    days_ago: int | None = None
    weekday: int | None = None
    date: tuple[int | None, int, int] | None = None
    clock: time | None = None
    minutes_ago: int | None = None
    is_unsure: bool = False

    @property
    def has_day(self) -> bool:
        """Whether it says anything of the day."""
        return (self.days_ago, self.weekday, self.date, self.minutes_ago) != (None, None, None, None)


class At(NamedTuple):
    """A moment as far as it is known: the day, the clock to how many seconds, and what is doubtful."""

    day: date | None
    clock: time | None
    precision: int
    doubts: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """The moment in China, None unless both are known."""
        return datetime.combine(self.day, self.clock, CHINA) if self.day and self.clock else None


def find_when(text: str) -> When | None:
    """Return the first mention of a time in a text, None if it has none."""
    written = plain(text)
    if ago := _AGO.search(written):
        return _of_ago(ago)
    for found in _PATTERN.finditer(written):
        if (when := _of_match(found, written)) is not None:
            return when
    return None


def is_only_when(text: str) -> bool:
    """Return whether a text says when, and nothing else."""
    when = find_when(text)
    if when is None:
        return False
    written = plain(text)
    return not re.search(r"\w", written[: when.start] + written[when.end :])


def _of_ago(found: re.Match[str]) -> When:
    if found["now"]:
        return When(found[0], *found.span(), minutes_ago=0)
    count, unit = int(found["count"]), found["unit"]
    if unit == "天":
        return When(found[0], *found.span(), days_ago=count)
    return When(found[0], *found.span(), minutes_ago=count * _MINUTES[unit])


def _of_match(found: re.Match[str], text: str) -> When | None:
    parts = found.groupdict()
    day = parts["month"] or parts["month_of"]
    if not (parts["word"] or day or parts["week"] or parts["hour"]):
        return None
    clock, is_wrong = _clock(parts)
    if is_wrong:
        return None
    is_short = parts["month"] is not None and parts["hour"] is None and "月" not in found[0]
    if is_short and re.search(r"\w", text[: found.start()] + text[found.end() :]):
        return None  # 1/2 beside other words is a page or a share, no day
    return When(
        found[0].strip(" ,"),
        found.start(),
        found.end(),
        days_ago=_DAYS_AGO[parts["word"].lower()] if parts["word"] else None,
        weekday=_weekday(parts["week"]) if parts["week"] else None,
        date=_date(parts) if day else None,
        clock=clock,
        is_unsure=bool(day) and _is_joined(found),
    )


def _clock(parts: dict[str, str | None]) -> tuple[time | None, bool]:
    """Return the time of the day, and whether it cannot be one."""
    if parts["hour"] is None:
        return None, False
    half = (parts["half"] or parts["half_behind"] or "").lower().replace(".", "") or None
    hour = hour_of_day(int(parts["hour"]), half)
    if hour is None:
        return None, True
    return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0)), False


def _date(parts: dict[str, str | None]) -> tuple[int | None, int, int]:
    year = int(parts["year"]) if parts["year"] else None
    return year, int(parts["month"] or parts["month_of"] or 0), int(parts["day"] or parts["day_of"] or 0)


def _weekday(written: str) -> int:
    name = written.strip().lower()
    return _WEEK[name[-1]] if name[-1] in _WEEK else _WEEK[name[:3]]


def _is_joined(found: re.Match[str]) -> bool:
    """Return whether day and hour stand together without anything between, so that a digit may belong to either."""
    if found["hour"] is None:
        return False
    day = "day" if found["day"] else "day_of"
    digits = found["day"] or found["day_of"]
    return found.end(day) == found.start("hour") and (len(digits) == 1 or len(found["hour"]) == 1)


def resolve(when: When, taken: datetime | date | None, *, now: datetime) -> At:
    """Return the moment that is meant, seen from the day or moment at which the picture was made."""
    today = _today(taken)
    if when.minutes_ago is not None:
        return _minutes_before(when.minutes_ago, taken)
    day, doubts = _day(when, today, now)
    precision = 1 if when.clock and re.search(r"\d:\d\d:\d\d", when.text.replace(" ", "")) else 60
    if when.is_unsure:
        day, doubts = None, ("day_unknown",)
    if when.clock is None:
        doubts = (*doubts, "time_missing")
    at = At(day, when.clock, precision, doubts)
    latest = taken if isinstance(taken, datetime) else now
    is_impossible = day is not None and (
        day < EARLIEST.date()
        or (at.moment or datetime.combine(day, time(), CHINA)) > latest + CLOCK_TOLERANCE
    )
    return At(None, when.clock, precision, (*doubts, "day_unknown")) if is_impossible else at


def _today(taken: datetime | date | None) -> date | None:
    return taken.astimezone(CHINA).date() if isinstance(taken, datetime) else taken


def _minutes_before(minutes: int, taken: datetime | date | None) -> At:
    if not isinstance(taken, datetime):
        return At(None, None, 60, ("day_unknown", "time_missing"))
    moment = (taken.astimezone(CHINA) - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    return At(moment.date(), moment.time(), 60 if minutes < 60 else 3600, ("time_rounded",))


def _day(when: When, today: date | None, now: datetime) -> tuple[date | None, tuple[str, ...]]:
    if when.date is not None:
        return _of_date(when.date, today, now)
    if today is None:
        return None, ("day_unknown",)
    if when.days_ago is not None:
        return today - timedelta(days=when.days_ago), ()
    if when.weekday is not None:
        back = (today.weekday() - when.weekday) % 7
        return (today - timedelta(days=back), ()) if back else (None, ("day_unknown",))
    return None, ("day_unknown",)


def _of_date(
    written: tuple[int | None, int, int], today: date | None, now: datetime
) -> tuple[date | None, tuple[str, ...]]:
    year, month, day = written
    if year is None:
        noon = datetime.combine(today, time(12), CHINA) if today else None
        year = year_finder(year=None, titles=(), reported_at=noon, now=noon or now)(month, day)
    if year is None:
        return None, ("year_unknown",)
    try:
        return date(year, month, day), ()
    except ValueError:
        return None, ("day_unknown",)
