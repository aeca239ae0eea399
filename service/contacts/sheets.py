"""Reads the sheets of a spreadsheet as rows of texts, within bounds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Final

from service.contacts.rows import MOST_CHARACTERS, MOST_COLUMNS, MOST_LINES, Row
from service.spreadsheets import Bounds, Cell, OpenSheet, SpreadsheetError, open_sheets

MOST_UNPACKED: Final = 64 * 1024 * 1024  # bytes: 100,000 calls take a third
MOST_PARTS: Final = 500
MOST_SHEETS: Final = 24
MOST_CELLS: Final = 2_000_000  # of a sheet, also empty ones: the corner of a sheet may be far away


def sheet_tables(content: bytes) -> Iterator[Iterator[Row]]:
    """Yield the rows of each sheet; raise SpreadsheetError if the workbook cannot be read within the bounds."""
    for sheet in islice(open_sheets(content, Bounds(MOST_PARTS, MOST_UNPACKED)), MOST_SHEETS):
        yield _rows(_cells(sheet))


def _cells(sheet: OpenSheet) -> Sequence[Sequence[Cell]]:
    if sheet.height * sheet.width > MOST_CELLS:
        raise SpreadsheetError(is_too_large=True)
    return sheet.rows()


def _rows(cells: Sequence[Sequence[Cell]]) -> Iterator[Row]:
    for line, row in enumerate(cells[: MOST_LINES + 1], start=1):
        yield Row(line, [_text(cell)[:MOST_CHARACTERS] for cell in row[:MOST_COLUMNS]])


def _text(cell: Cell) -> str:
    """Return a cell as a text: times to the second, since a sheet counts them in fractions of days."""
    match cell:
        case bool():
            text = "1" if cell else "0"
        case float():
            text = str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            text = f"{cell + timedelta(milliseconds=500):%Y-%m-%d %H:%M:%S}"
        case time():
            text = f"{cell:%H:%M:%S}"
        case timedelta():
            seconds = round(cell.total_seconds())
            text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case _:  # texts; and days, which are written as in ISO 8601
            text = str(cell)
    return text
