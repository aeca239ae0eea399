"""Reads the calls of one number from a telephone's call log (CSV), or names every cell that cannot be read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from service.contacts.cells import MOST_CELL, Direction, read_direction, read_seconds, read_time
from service.contacts.counting import Contact
from service.contacts.rows import (
    HEADER_WITHIN,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    Row,
    read_rows,
)
from service.edge.problems import CALL_LOG_INVALID, FieldError, ProblemError
from service.edge.validation import message
from service.numbers.parse import NumberError, parse_number
from service.numbers.text import fold
from service.reports.schemas import CLOCK_TOLERANCE, EARLIEST

Column = Literal["number", "time", "date", "clock", "direction", "length"]
#: Words in header cells, in half width and lower case, without spaces, units and punctuation.
_WORDS: Final[Mapping[Column, str]] = {
    "number": """
        号码 电话 电话号码 手机号 手机号码 对方号码 对方电话 对方手机号 来电号码 通话号码 联系号码 主叫号码 呼叫号码
        number phone phonenumber phoneno callernumber callnumber tel telephone contactnumber mobile from othernumber
    """,
    "time": """
        时间 通话时间 呼叫时间 来电时间 开始时间 起始时间 通话开始时间 通话起始时间 日期时间 通话日期时间 拨打时间
        time calltime datetime dateandtime starttime timestamp calldatetime dateandtimeofcall started startedat
    """,
    "date": "日期 通话日期 呼叫日期 date calldate day",
    "clock": "时刻 钟点 timeofday clock",
    "direction": """
        类型 呼叫类型 通话类型 通信方式 通话方式 呼叫状态 通话状态 方向 呼叫方向 状态
        type calltype direction calldirection status callstatus
    """,
    "length": """
        时长 通话时长 通话长度 通信时长 持续时间 通话持续时间
        duration callduration length seconds talktime durationinseconds durationinsecs
    """,
}
HEADERS: Final = {word: column for column, words in _WORDS.items() for word in words.split()}
MOST_CALLS: Final = 5_000
MOST_NUMBER: Final = 40  # characters: a number with its country, a name in brackets and an extension
MOST_DIGITS: Final = 22  # in such a cell: a Chinese number behind 0086, and an extension, have so many
MOST_ERRORS: Final = 20
_UNIT: Final = re.compile(
    r"[(\[](?:秒|s|sec|secs|seconds|分|分钟|min|mins|minutes|hh:mm:ss|mm:ss|h:mm:ss|时:分:秒|分:秒)[)\]]"
)
_IN_MINUTES: Final = re.compile(r"[(\[](?:分|分钟|min|mins|minutes)[)\]]")


@dataclass(frozen=True, slots=True)
class Header:
    """The line of the header, and the place of each column, counted from 0."""

    line: int
    places: Mapping[Column, int]
    seconds_a_unit: int


def has_call_log_header(text: str) -> bool:
    """Return whether a text is meant as a call log: its headings name a number, a time and a direction."""
    return _find_header(read_rows(text)) is not None


def read_call_log(text: str, number: str, *, now: datetime) -> list[Contact]:
    """Return the calls of a number, given by its key, in a log; rows of other numbers are not read.

    Raise call_log_invalid with line and column of each cell that cannot be read, with each line that is beyond the bounds,
    or with whatever else is missing; raise TooManyLinesError for a log that is too long to be read at all.
    """
    header = _find_header(read_rows(text))
    if header is None:
        raise _invalid([_error("call_log_columns", line=1)])
    calls, errors = _read_rows(read_rows(text), header, number, now)
    if errors:
        raise _invalid(errors[:MOST_ERRORS])
    if not calls:
        raise _invalid([_error("call_log_without_number", line=header.line)])
    return calls


def _find_header(rows: Iterator[Row]) -> Header | None:
    for line, cells in rows:
        if line > HEADER_WITHIN:
            break
        places: dict[Column, int] = {}
        unit = 1
        for place, cell in enumerate(cells or ()):
            column = HEADERS.get(_heading(cell)) if len(cell) <= MOST_CELL else None
            if column is not None and column not in places:
                places[column] = place
                if column == "length" and _IN_MINUTES.search(fold(cell).lower()):
                    unit = 60
        if "date" in places and "time" in places:
            places["clock"] = places.pop("time")
        if {"number", "direction"} <= set(places) and ("time" in places or "date" in places):
            return Header(line, places, unit)
    return None


def _heading(cell: str) -> str:
    return re.sub(r"[\s_/&.:#-]+", "", _UNIT.sub("", fold(cell).lower()))


def _read_rows(
    rows: Iterator[Row], header: Header, number: str, now: datetime
) -> tuple[list[Contact], list[FieldError]]:
    calls: dict[tuple[datetime, bool], Contact] = {}
    errors: list[FieldError] = []
    for line, cells in rows:
        if line <= header.line or (cells is not None and not _is_of(_cell(cells, header, "number"), number)):
            continue
        call = _beyond(line) if cells is None else _read_row(cells, line, header, now)
        if isinstance(call, Contact):
            calls[call.at, call.is_incoming] = call
        else:
            errors.append(call)
        if len(calls) > MOST_CALLS:
            errors.append(_error("call_log_too_long", line=line, most=MOST_CALLS))
        if len(errors) >= MOST_ERRORS:
            break
    return list(calls.values()), errors


def _read_row(row: Sequence[str], line: int, header: Header, now: datetime) -> Contact | FieldError:
    def wrong(code: str, column: Column) -> FieldError:
        return _error(code, line=line, column=header.places[column] + 1)

    when: Column = "time" if "time" in header.places else "date"
    at = read_time(f"{_cell(row, header, when)} {_cell(row, header, 'clock')}".strip())
    direction = read_direction(_cell(row, header, "direction"))
    if at is None:
        return wrong("call_log_time", when)
    if not EARLIEST <= at <= now + CLOCK_TOLERANCE:
        return wrong("call_log_moment", when)
    if direction is None:
        return wrong("call_log_direction", "direction")
    seconds = None
    if "length" in header.places:
        seconds = read_seconds(_cell(row, header, "length"), unit=header.seconds_a_unit)
        if seconds is None:
            return wrong("call_log_length", "length")
    return _contact(at, direction, seconds)


def _contact(at: datetime, direction: Direction, seconds: int | None) -> Contact:
    """Return the call of a row; the length of a missed call is how long it rang, so it counts as 0 seconds."""
    is_answered = direction.is_answered
    if is_answered is None and seconds is not None:
        is_answered = seconds > 0
    return Contact(
        at.replace(microsecond=0),
        is_incoming=direction.is_incoming,
        is_answered=is_answered,
        seconds=seconds if is_answered else 0 if is_answered is False else None,
    )


def _beyond(line: int) -> FieldError:
    return _error("call_log_line", line=line, most=MOST_CHARACTERS, columns=MOST_COLUMNS)


def _is_of(cell: str, number: str) -> bool:
    """Return whether a cell names this number; one that is no number's is not read, as a log may have 100,000 of them."""
    bare = cell.strip()
    if not 0 < len(bare) <= MOST_NUMBER or sum(map(str.isdigit, bare)) > MOST_DIGITS:
        return False
    try:
        return parse_number(bare).key == number
    except NumberError:
        return False


def _cell(row: Sequence[str], header: Header, column: Column) -> str:
    place = header.places.get(column)
    return row[place] if place is not None and place < len(row) else ""


def _error(code: str, *, line: int, **values: object) -> FieldError:
    field = f"file.line[{line}]" + (f".column[{values['column']}]" if "column" in values else "")
    return FieldError(field, code, *message(code, line=line, **values))


def _invalid(errors: Sequence[FieldError]) -> ProblemError:
    return ProblemError(CALL_LOG_INVALID, fields=errors)
