"""Rows as a spreadsheet: every cell is a text, so that nothing is taken for a formula, a date or a rounded number."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from service.exports.layouts import Table

SHEET_ROWS: Final = 1_048_576  # of the format, with the header
CELL_LETTERS: Final = 32_767  # of the format
CUT: Final = "…【超出单元格上限，其余见 CSV 或 NDJSON】"
WIDTH: Final = 20
#: Letters that XML 1.0 cannot hold, and carriage returns, which its readers change.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XlsxRows:
    """Writes rows as they come, with one in memory at a time; rows that one sheet cannot hold go to further sheets."""

    def __init__(
        self, file: BinaryIO, layout: Table, *, headings: Sequence[str], sheet_rows: int = SHEET_ROWS
    ) -> None:
        self._layout = layout
        self._headings = headings
        self._sheet_rows = sheet_rows
        # beside the file: the system's own directory for temporary files is often small
        self._directory = tempfile.TemporaryDirectory(dir=Path(str(file.name)).parent, prefix=".sheets-")
        self._book = Workbook(file, {"constant_memory": True, "tmpdir": self._directory.name})
        self._text = self._book.add_format({"num_format": "@"})
        self._head = self._book.add_format({"num_format": "@", "bold": True})
        self._sheets = 0
        self._begin_sheet()

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        """Append rows."""
        for cells in self._layout.cells(rows):
            if self._next == self._sheet_rows:
                self._begin_sheet()
            write = self._sheet.write_string
            for column, cell in enumerate(cells):
                if cell is not None and cell != "":
                    write(self._next, column, spreadsheet_text(str(cell)), self._text)
            self._next += 1

    def close(self) -> None:
        """Pack the sheets."""
        self._book.close()
        self._directory.cleanup()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        title = self._layout.title
        self._sheet: Worksheet = self._book.add_worksheet(
            title if self._sheets == 1 else f"{title} {self._sheets}"
        )
        self._sheet.set_column(0, len(self._layout.columns) - 1, WIDTH, self._text)
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._headings):
            self._sheet.write_string(0, column, name, self._head)
        self._next = 1


def spreadsheet_text(text: str) -> str:
    """Return a text as a cell can hold it: LF for line breaks, U+FFFD for what XML forbids, cut where it is too long."""
    if not text.isprintable():
        text = _UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) <= CELL_LETTERS else text[: CELL_LETTERS - len(CUT)] + CUT
