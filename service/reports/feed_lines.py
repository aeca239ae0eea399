"""One line of a complaint file: its cells, its days, and why it is refused."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from service.days import CHINA
from service.edge.validation import is_storable
from service.reports.line_facts import FeedError

_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T].*)?")
_FIRST_DAY: Final = date(2000, 1, 1)
_SAYS_SEPARATOR: Final = re.compile(r'\s*"?sep=.?"?[,;\s]*$', re.IGNORECASE)
_SEPARATORS: Final = ",;\t"  # tabs stand in what Excel calls Unicode text


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was not imported, and why; lines of one `kind` have the same fault."""

    line: int
    text: str
    reason: str
    kind: str


def is_blank(line: str) -> bool:
    """Return whether a line holds nothing: spreadsheets write separators alone, old programs fill up with zeros."""
    return not line.strip(f'{_SEPARATORS} "\0\x1a\ufeff')


def is_about_separators(line: str) -> bool:
    """Return whether a line is the one by which a spreadsheet says what separates cells: ``sep=;``."""
    return _SAYS_SEPARATOR.match(line) is not None


def header_of(line: str) -> tuple[tuple[str, ...], str]:
    """Return the names of columns and what separates cells; raise `FeedError` if a column is named twice."""
    separator = max(_SEPARATORS, key=line.count)
    names = [name.strip() for name in cells_of(line, separator)]
    while names and not names[-1]:  # columns that were emptied in a spreadsheet
        names.pop()
    columns = tuple(names)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise FeedError(
            f"列名重复 / columns named twice: {', '.join(name or '(blank)' for name in twice)}", "columns"
        )
    return columns, separator


def cells_of(line: str, separator: str = ",") -> list[str]:
    """Return the cells of a line; raise `FeedError` for quotes that are not closed and for what is no text."""
    if not is_storable(line):
        raise FeedError("含有不是文本的字节 / contains bytes that are not text", "not_text")
    try:
        return (
            next(csv.reader([line], strict=True, delimiter=separator), [])
            if '"' in line
            else line.split(separator)
        )
    except csv.Error as error:
        raise FeedError(
            f"引号不成对或单元格过长 / quotes that do not match, or an endless cell: {error}", "quotes"
        ) from error


def quoted_as_needed(line: str, separator: str = ",") -> str:
    """Return a line with commas, and quotes around those cells alone that need them: the same however it was written."""
    if '"' not in line and separator == ",":
        return line
    try:
        cells = cells_of(line, separator)
    except FeedError:
        return line
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def fitted(cells: Sequence[str], count: int) -> Sequence[str]:
    """Return so many cells, without blank ones behind them; raise `FeedError` if a line has fewer or more."""
    if len(cells) > count and not any(cell.strip() for cell in cells[count:]):
        return cells[:count]
    if len(cells) != count:
        raise FeedError(
            f"有 {len(cells)} 格，应为 {count} 列 / {len(cells)} cells where there are {count} columns",
            "cells",
        )
    return cells


@lru_cache(maxsize=4096)
def complaint_day(text: str, latest: date) -> date:
    """Return the day at the start of a text; raise `FeedError` for another form, a day before 2000 or after the latest."""
    match = _DAY.fullmatch(text)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is None:
        raise FeedError(
            "日期格式不正确，应为 2026-03-01 / this is not a day written as 2026-03-01", "day_format"
        )
    if day < _FIRST_DAY:
        raise FeedError("日期早于 2000 年 / the day is before 2000", "day_before_2000")
    if day > latest:
        raise FeedError("日期在将来 / the day is in the future", "day_in_the_future")
    return day


@lru_cache(maxsize=4096)
def complaint_moment(text: str, latest: date) -> datetime:
    """Return a time of the feed, which names no zone, as if it were UTC; raise `FeedError` as `complaint_day` does."""
    complaint_day(text, latest)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise FeedError(
            "时间格式不正确，应为 2026-03-01 21:30:00 / this is not a time written as 2026-03-01 21:30:00",
            "day_format",
        ) from error


def latest_day() -> date:
    """Return the day that begins last on earth: tomorrow in China."""
    return (datetime.now(CHINA) + timedelta(days=1)).date()
