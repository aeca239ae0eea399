"""Turns the bytes of a file into rows of cells: spreadsheets, and texts separated by commas, semicolons or tabs.

Nothing is computed: of a formula the value that the file shows is read. What a file may unpack to is bounded before it is
read; it is read in a process that memory and time bound too (`service.host.beside`).
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from service.outcomes.words import heading_of
from service.spreadsheets import Bounds, Cell, Merged, SpreadsheetError, is_packed, open_sheets

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 256
MOST_PARTS: Final = 2000
MOST_UNPACKED: Final = 200 * 1024 * 1024
MOST_HEADING: Final = 100  # characters
MOST_HEAD: Final = 64 * 1024  # characters of a text among which its headings are
HEADER_WITHIN: Final = 20  # rows: titles and remarks may stand above the headings
_NAMED: Final = re.compile(r'"?sep=([,;\t|])"?(?:\r\n|\r|\n)', re.IGNORECASE)
#: Separators of texts, in the order in which they are tried.
SEPARATORS: Final = (",", "\t", ";")


class SheetError(ValueError):
    """A file that cannot be read, with the reason for people in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh, self.en = zh, en


class Sheet(NamedTuple):
    """A table: its name, empty for a text, and its rows from the first one on."""

    name: str
    rows: Sequence[Sequence[Cell]]


def read_sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of a file; raise SheetError for one that cannot be read whole."""
    if is_packed(content):
        return list(_spreadsheet(content))
    return [Sheet("", _separated(read_text(content)))]


def read_text(content: bytes) -> str:
    """Return a text in UTF-8, UTF-16 or GB18030; raise SheetError where it is none of them."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:4096]:  # UTF-16 without its mark: of ASCII, every other byte is zero
        is_big = content[:4096:2].count(0) > content[1:4096:2].count(0)
        encodings = ["utf-16-be" if is_big else "utf-16-le"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetError(
        "文件不是 UTF-8、UTF-16 或 GB18030 编码的文本，也不是电子表格",
        "The file is neither text in UTF-8, UTF-16 or GB18030 nor a spreadsheet",
    )


def _separated(text: str) -> list[list[Cell]]:
    """Return the rows of a text by the separator that Excel's own first line names, or that gives most headings."""
    if named := _NAMED.match(text):
        return [[], *_rows_of(text[named.end() :], named[1])]
    return list(_rows_of(text, max(SEPARATORS, key=lambda one: _headings_by(one, text[:MOST_HEAD]))))


def _headings_by(separator: str, head: str) -> tuple[int, int]:
    """Return how many headings, and cells, a separator makes of the row with most: titles may stand above it."""
    rows = islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), HEADER_WITHIN)
    try:
        return max(
            ((sum(heading_of(cell[:MOST_HEADING]) is not None for cell in row), len(row)) for row in rows),
            default=(0, 0),
        )
    except csv.Error:  # a cell that is too long
        return 0, 0


def _rows_of(text: str, separator: str) -> Iterator[list[Cell]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    place = 0
    try:
        for place, row in enumerate(reader, 1):
            _require_few(place, len(row))
            yield [_unwrapped(cell) for cell in row]
    except csv.Error:
        raise SheetError(
            f"第 {place + 1} 行无法读取：引号没有成对，或单元格过长",
            f"Row {place + 1} cannot be read: a quote is not closed, or a cell is too long",
        ) from None


def _unwrapped(cell: str) -> str:
    """Return what `="…"` wraps, so that spreadsheets leave it alone, and a text without the guard of our own CSV."""
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return (
        cell[1:]
        if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "'", "＝", "＋", "－", "＠")
        else cell
    )


def _spreadsheet(content: bytes) -> Iterator[Sheet]:
    rows = 0
    try:
        for sheet in open_sheets(content, Bounds(MOST_PARTS, MOST_UNPACKED)):
            _require_few(rows + sheet.height, sheet.width)
            rows += sheet.height
            yield Sheet(sheet.name, _filled_down(sheet.rows(), sheet.merged))
    except SpreadsheetError as error:
        if error.is_too_large:
            raise SheetError("电子表格解压后过大", "The spreadsheet would unpack to too much") from None
        raise SheetError(
            "电子表格已损坏、有密码保护、有单元格显示 #SPILL! 等错误，或不是 xlsx、xls、ods 格式",
            "The spreadsheet is damaged, protected by a password, has a cell with an error such as #SPILL!, or is none of "
            "xlsx, xls and ods",
        ) from None


def _filled_down(cells: Sequence[Sequence[Cell]], merged: Sequence[Merged]) -> Sequence[Sequence[Cell]]:
    """Return the rows, in each of which cells that were merged over several rows show what the merged cell does."""
    rows = [list(row) for row in cells]
    for (top, left), (bottom, _) in merged:
        if top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = rows[top][left]
    return rows


def _require_few(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise SheetError(
            f"最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列，请删去多余的行列或分成几份",
            f"At most {MOST_ROWS} rows and {MOST_COLUMNS} columns; delete what is not needed, or split the file",
        )
