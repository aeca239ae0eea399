"""Reads the cells of a returned file: row ids, days and numbers, as spreadsheets keep and change them."""

import math
import re
from datetime import date, datetime, timedelta
from typing import Final

from service.numbers.parse import NumberError, parse_number
from service.numbers.text import fold
from service.spreadsheets import Cell

ROW_ID: Final = re.compile(r"[rn][0-9a-f]{32}")
FIRST_DAY: Final = date(2000, 1, 1)
LAST_YEAR: Final = 2100
#: Day 0 of a spreadsheet, which counts a 29 February 1900 that never was.
EXCEL_EPOCH: Final = date(1899, 12, 30)
_SERIAL: Final = range((FIRST_DAY - EXCEL_EPOCH).days, (date(LAST_YEAR, 1, 1) - EXCEL_EPOCH).days)
_WRITTEN: Final = re.compile(
    r"(?P<year>\d{4})(?:年|[-/.])(?P<month>\d{1,2})(?:月|[-/.])(?P<day>\d{1,2})[日号]?"
    r"(?:(?:星期|周)[一二三四五六日天])?"
    r"(?:[ t]?(?:凌晨|早上|上午|中午|下午|晚上)?(?<!\d)\d{1,2}[:时点]\d{1,2}(?:[:分]\d{0,2}(?:\.\d+)?秒?)?"
    r"(?:[ap]m|z|[+-]\d\d:?\d\d)?)?"
)
#: Blanks that only set off what is written; one between two digits parts a day from a clock.
_BETWEEN_PARTS: Final = re.compile(r"(?<!\d) | (?!\d)")
_COMPACT: Final = re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_DIGITS: Final = re.compile(r"\d{1,8}(?:\.0+)?")
_ROUNDED: Final = re.compile(r"[+-]?\d(?:\.\d+)?e[+-]?\d+")
MOST_EXACT: Final = 10**15  # a spreadsheet keeps 15 digits and makes the others zeros
MOST_CELL: Final = 200


class RoundedError(ValueError):
    """A number of which a spreadsheet has kept only the first digits."""


def text_of(cell: Cell | None) -> str:
    """Return a cell as people read it; whole numbers without a fraction."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def row_id_of(cell: Cell | None) -> str | None:
    """Return the row id in a cell; None if there is none."""
    text = fold(text_of(cell)[:MOST_CELL]).strip().lower()
    return text if ROW_ID.fullmatch(text) else None


def day_of_cell(cell: Cell) -> date | None:
    """Return the day in a cell; None if its order or its century would have to be guessed.

    `2026/11/30`, `2026年11月30日`, 20261130, a cell formatted as a date, and 46356, which is how a spreadsheet counts it,
    are the same day. What comes behind as a clock is left out.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    if isinstance(cell, float) and not cell.is_integer():
        return _counted(int(cell)) if math.isfinite(cell) else None
    text = " ".join(fold(text_of(cell)[:MOST_CELL]).split()).lower()
    text = _BETWEEN_PARTS.sub("", text)
    if found := _WRITTEN.fullmatch(text) or _COMPACT.fullmatch(text):
        return _date(*(int(found[part]) for part in ("year", "month", "day")))
    return _counted(int(float(text))) if _DIGITS.fullmatch(text) else None


def number_of(cell: Cell | None) -> str | None:
    """Return the key of the number in a cell; None if it names none. Raises RoundedError where digits were lost."""
    text = fold(text_of(cell)[:MOST_CELL]).strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= MOST_EXACT:
        raise RoundedError
    if _ROUNDED.fullmatch(text.lower()):
        raise RoundedError
    try:
        parsed = parse_number(text) if text else None
    except NumberError:
        return None
    return parsed.key if parsed is not None and parsed.scored else None


def _counted(days: int) -> date | None:
    return EXCEL_EPOCH + timedelta(days=days) if days in _SERIAL else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
