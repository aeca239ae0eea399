"""Reads the moment of a call as phones, apps, carriers and spreadsheets write it, or says why it cannot be known."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Literal, NamedTuple

from service.contacts.halves import HALVES, hour_of_day
from service.contacts.zones import zone_of
from service.days import CHINA
from service.numbers.text import fold
from service.reports.when import CLOCK_TOLERANCE, EARLIEST

Order = Literal["dmy", "mdy", "ymd"]
Reason = Literal["call_log_time", "call_log_year", "call_log_order", "call_log_half", "call_log_moment"]
SURE_DECIMALS: Final = 5  # of a sheet's days: they tell the second
LONGEST_CALL: Final = 180  # minutes
MOST_CELL: Final = 200  # characters: no heading, time, direction or duration comes near it

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_MONTH: Final = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY_NAME: Final = r"(?:(?:星期|周|礼拜)[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
_NOISE: Final = re.compile(rf"[(\[]?{_DAY_NAME}[)\]]?[,.]?|(?<=[\d\s])at(?=\s)|\u202f|北京时间|中国标准时间")
_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?!\d)日?",
        r"(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?=$|\s|t|_|-|\d{4,6}$|\d{2}:)",
        r"(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.](?P<three>\d{4}|\d{2})(?!\d)",
        r"(?P<month>\d{1,2})\s?[-/月]\s?(?P<day>\d{1,2})(?!\d)日?",
        rf"{_MONTH}\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<year>\d{{4}}))?(?![\d:])",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]?{_MONTH}[\s-]?(?P<year>\d{{4}})?(?![\d:])",
    )
)
_HALF: Final = "|".join(sorted(map(re.escape, HALVES), key=len, reverse=True))
_ZONE: Final = r"[(\[]?(?P<zone>z|cst|asia/shanghai|(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?|utc|gmt)[)\]]?"
_CLOCK: Final = re.compile(
    rf"(?P<half>{_HALF})?\s?(?P<hour>\d{{1,2}})\s?[:时點点時]\s?(?P<minute>\d{{1,2}})分?"
    rf"(?:\s?:?\s?(?P<second>\d{{1,2}})(?:[.,]\d{{1,9}})?秒?)?\s?(?P<half_behind>{_HALF})?"
    rf"\s?(?:{_ZONE})?(?:\s(?P<year_behind>20\d{{2}}))?"
)
_COMPACT_CLOCK: Final = re.compile(r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?")
_COUNTED: Final = re.compile(r"(\d{5}|\d{9,10}|\d{13}|\d{16})(?:\.(\d{1,12}))?")
_TRIPLE: Final = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_PAIR: Final = re.compile(r"\s*(\d{1,2})[-/](\d{1,2})(?![-/.\d])")
_APPLE: Final = datetime(2001, 1, 1, tzinfo=UTC)
_EXCEL: Final = datetime(1899, 12, 30)  # without a zone: sheets count days where they were written


class Moment(NamedTuple):
    """When a call began, and to how many seconds the log tells it."""

    at: datetime
    precision: int


class Reading(NamedTuple):
    """How the times of one log are to be read: what its other rows, its title or the person tell of them."""

    now: datetime
    order: Order | None = None
    zone: tzinfo = CHINA
    year_of: Callable[[int, int], int | None] = lambda _month, _day: None
    is_clock_sure: bool = True


class _Clock(NamedTuple):
    hour: int
    minute: int
    second: int | None
    zone: tzinfo | None


def read_moment(cell: str, reading: Reading) -> Moment | Reason:
    """Return the moment in a cell, in the log's zone if it names none; the reason if it cannot be known.

    The parts of the day are read as `halves.py` says. A date whose order of day and month would have to be guessed, such as
    3/4/2026, needs the order of the log; one without a year the year.
    """
    if len(cell) > MOST_CELL:
        return "call_log_time"
    text = _plain(cell)
    if counted := _COUNTED.fullmatch(text):
        at = _of_count(counted[1], counted[2] or "", reading)
        return _within(at, 1, reading) if at else "call_log_time"
    for pattern in _DATES:
        found = pattern.match(text)
        if found and (clock := _clock(text[found.end() :])) is not None:
            return clock if isinstance(clock, str) else _moment(found.groupdict(), clock, text, reading)
    return "call_log_time"


def orders_of(cell: str, *, now: datetime) -> frozenset[Order] | None:
    """Return the orders of day, month and year in which a cell can be read; None if it tells nothing of them.

    A day and month without a year are month first, as people write them in China, unless a row of the log shows otherwise.
    """
    text = _plain(cell[:MOST_CELL])
    if pair := _PAIR.match(text):
        one, two = int(pair[1]), int(pair[2])
        fitting: tuple[tuple[Order, bool], ...] = (("dmy", two <= 12), ("mdy", one <= 12), ("ymd", one <= 12))
        return frozenset(order for order, fits in fitting if fits)
    found = _TRIPLE.match(text)
    if found is None:
        return None
    return frozenset(order for order in _ORDERS if _in_order(order, found[1], found[2], found[3], now))


def _plain(cell: str) -> str:
    text = _NOISE.sub(" ", fold(cell).lower())
    return " ".join(text.replace("\xa0", " ").split()).strip(" ,")


def _of_count(whole: str, rest: str, reading: Reading) -> datetime | None:
    """Return the moment of a count: seconds, milli- or microseconds since 1970, seconds since 2001, or a sheet's days."""
    match len(whole):
        case 5:
            if len(rest) < SURE_DECIMALS:
                return None  # a day without a time, or with one that a sheet rounded to minutes or hours
            days = timedelta(days=int(whole)) + timedelta(seconds=round(float(f"0.{rest}") * 86_400))
            return (_EXCEL + days).replace(tzinfo=reading.zone)
        case 9:
            return _APPLE + timedelta(seconds=int(whole))
        case 16:
            return datetime.fromtimestamp(int(whole[:10]), UTC)
        case _:
            return datetime.fromtimestamp(int(whole[:10]), UTC)


def _clock(text: str) -> _Clock | Reason | None:
    rest = text.strip(" ,t_-") if not text.startswith("t") else text[1:].strip()
    if compact := _COMPACT_CLOCK.fullmatch(rest):
        parts: Mapping[str, str | None] = compact.groupdict()
    elif found := _CLOCK.fullmatch(rest):
        parts = found.groupdict()
    else:
        return None
    halves = {half for half in (parts.get("half"), parts.get("half_behind")) if half}
    if len(halves) > 1:
        return "call_log_half"
    hour = hour_of_day(int(parts["hour"] or 0), next(iter(halves), None))
    if hour is None:
        return "call_log_half" if halves else "call_log_time"
    try:
        zone = zone_of(parts.get("zone"))
    except ValueError:
        return "call_log_time"
    second = parts.get("second")
    if _may_be_an_end(parts.get("zone") or "", hour * 60 + int(parts["minute"] or 0)):
        return "call_log_time"
    return _Clock(hour, int(parts["minute"] or 0), None if second is None else int(second), zone)


def _may_be_an_end(zone: str, begin: int) -> bool:
    """Return whether a zone behind a clock may as well be the clock at which the call ended, as in 8:00-9:00."""
    found = re.fullmatch(r"\s?-(\d{1,2}):(\d{2})", zone)
    return found is not None and 0 <= int(found[1]) * 60 + int(found[2]) - begin <= LONGEST_CALL


def _moment(parts: Mapping[str, str | None], clock: _Clock, text: str, reading: Reading) -> Moment | Reason:
    day = _date(parts, text, reading)
    if isinstance(day, str):
        return day
    try:
        at = datetime(
            day.year,
            day.month,
            day.day,
            clock.hour,
            clock.minute,
            clock.second or 0,
            tzinfo=clock.zone or reading.zone,
        )
    except ValueError:
        return "call_log_time"
    return _within(at, 60 if clock.second is None else 1, reading)


def _date(parts: Mapping[str, str | None], text: str, reading: Reading) -> date | Reason:
    if parts.get("one"):
        one, two, three = parts["one"] or "", parts["two"] or "", parts["three"] or ""
        fitting = [order for order in _ORDERS if _in_order(order, one, two, three, reading.now)]
        if reading.order in fitting:
            fitting = [reading.order]
        if len(fitting) > 1:
            return "call_log_order"
        return (_in_order(fitting[0], one, two, three, reading.now) if fitting else None) or "call_log_time"
    month = _MONTHS[parts["name"] or ""] if parts.get("name") else int(parts["month"] or 0)
    day = int(parts["day"] or 0)
    if not parts.get("year") and reading.order == "dmy" and _PAIR.match(text):
        month, day = day, month
    behind = re.search(r"\s(20\d{2})$", text)
    written = parts.get("year") or (behind[1] if behind else None)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return "call_log_time"
    year = int(written) if written else reading.year_of(month, day)
    if year is None:
        return "call_log_year"
    return _day(year, month, day) or "call_log_time"


_ORDERS: Final[tuple[Order, ...]] = ("ymd", "dmy", "mdy")


def _in_order(order: Order, one: str, two: str, three: str, now: datetime) -> date | None:
    """Return the date that three numbers are in an order, None if they are none that a call may have."""
    if order == "ymd":
        if len(three) == 4 or len(one) < 2:
            return None
        found = _day(2000 + int(one), int(two), int(three))
    else:
        year = int(three) + (2000 if len(three) == 2 else 0)
        day, month = (one, two) if order == "dmy" else (two, one)
        found = _day(year, int(month), int(day))
    return found if found and EARLIEST.date() <= found <= now.date() + timedelta(days=1) else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _within(at: datetime, precision: int, reading: Reading) -> Moment | Reason:
    try:
        moment = at.astimezone(CHINA)
    except OverflowError:
        return "call_log_moment"
    if not EARLIEST <= moment <= reading.now + CLOCK_TOLERANCE:
        return "call_log_moment"
    return Moment(moment.replace(microsecond=0), precision)


def years_in(texts: Iterator[str]) -> Iterator[tuple[int, int | None]]:
    """Yield the years that titles and periods name, each with its month if they name one."""
    for text in texts:
        for found in _YEARS.finditer(fold(text[:1000])):
            month = int(found[2] or 0)
            yield int(found[1]), month if 1 <= month <= 12 else None


_YEARS: Final = re.compile(
    r"(?<!\d)(20\d{2})(?:\s?[-/.年]\s?(\d{1,2})(?!\d)|(0[1-9]|1[0-2])(?:\d{2})?(?!\d)|年|(?!\d))"
)
