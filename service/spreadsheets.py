"""Opens spreadsheets through python-calamine, within bounds on what is unpacked that hold before anything is.

An `.xlsx` or `.ods` is a ZIP: what its directory says of its sizes is added up, and since a directory may lie, each part is
inflated once and counted before the library sees it. An `.xls` is no archive; whoever reads a sheet bounds its cells.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta

LEGACY_SPREADSHEET: Final = "application/vnd.ms-excel"
SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPEN_SPREADSHEET: Final = "application/vnd.oasis.opendocument.spreadsheet"
ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls
_PIECE: Final = 64 * 1024

Merged: TypeAlias = tuple[
    tuple[int, int], tuple[int, int]
]  # row and column of the first cell and of the last, from 0


class SpreadsheetError(Exception):
    """A spreadsheet is damaged or locked, or unpacks to more than the bounds allow."""

    def __init__(self, *, is_too_large: bool = False) -> None:
        super().__init__(is_too_large)
        self.is_too_large = is_too_large


class Bounds(NamedTuple):
    """How many parts a packed spreadsheet may have, and how many bytes they may unpack to together."""

    parts: int
    unpacked: int


class OpenSheet:
    """A sheet whose size is known and whose cells are not read yet."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._sheet = sheet
        self.name: str = sheet.name
        last_row, last_column = sheet.end or (-1, -1)  # counted from 0
        self.height: int = last_row + 1
        self.width: int = last_column + 1
        #: Cells that were merged; the library does not tell those of `.ods`.
        self.merged: Sequence[Merged] = sheet.merged_cell_ranges or ()

    def rows(self) -> Sequence[Sequence[Cell]]:
        """Return all cells, from the first row and column on; raise SpreadsheetError if they are damaged."""
        with _flaws_told():
            return self._sheet.to_python(skip_empty_area=False)


def open_sheets(content: bytes, bounds: Bounds) -> Iterator[OpenSheet]:
    """Yield the sheets; raise SpreadsheetError for what cannot be read within the bounds."""
    if content.startswith(ZIP):
        _require_bounds(content, bounds)
    with _flaws_told():
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        with _flaws_told():
            sheet = OpenSheet(book.get_sheet_by_name(name))
        yield sheet


def is_packed(content: bytes) -> bool:
    """Return whether a content begins as spreadsheets do, and is no text."""
    return content.startswith((ZIP, OLE))


@contextmanager
def _flaws_told() -> Iterator[None]:
    """Raise SpreadsheetError for whatever the library says or does about a file that it cannot read."""
    try:
        yield
    except (CalamineError, OSError, ValueError) as error:
        raise SpreadsheetError from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # no Exception, and no class that can be imported
            raise
        raise SpreadsheetError from None


def _require_bounds(content: bytes, bounds: Bounds) -> None:
    """Raise SpreadsheetError if the parts are too many or too large, as they say or as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SpreadsheetError from error
    if len(parts) > bounds.parts or sum(part.file_size for part in parts) > bounds.unpacked:
        raise SpreadsheetError(is_too_large=True)
    left = bounds.unpacked
    for part in parts:
        left -= _unpacked(content, part, left)


def _unpacked(content: bytes, part: zipfile.ZipInfo, at_most: int) -> int:
    """Return how many bytes a part has once it is inflated, whatever the directory says."""
    names = content[part.header_offset + 26 : part.header_offset + 30]
    begin = (
        part.header_offset + 30 + int.from_bytes(names[:2], "little") + int.from_bytes(names[2:], "little")
    )
    packed = memoryview(content)[begin : begin + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    if part.compress_type != zipfile.ZIP_DEFLATED or part.flag_bits & 1:
        raise SpreadsheetError
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while not inflater.eof and (piece := inflater.decompress(packed, _PIECE)):
            size += len(piece)
            packed = memoryview(inflater.unconsumed_tail)
            if size > at_most:
                raise SpreadsheetError(is_too_large=True)
    except zlib.error as error:
        raise SpreadsheetError from error
    return size
