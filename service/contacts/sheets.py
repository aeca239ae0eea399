"""Reads spreadsheets through python-calamine, within bounds on what is unpacked that hold before anything is.

An `.xlsx` is a ZIP: what its directory says of its sizes is added up, and since a directory may lie, each part is inflated
once and counted before the library sees it. An `.xls` is no archive; its sheets and cells are bounded as they are read.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from service.contacts.rows import MOST_CHARACTERS, MOST_COLUMNS, MOST_LINES, Row

MOST_UNPACKED: Final = 64 * 1024 * 1024  # bytes: 100,000 calls take a third
MOST_PARTS: Final = 500
MOST_SHEETS: Final = 24
MOST_CELLS: Final = 2_000_000  # of a sheet, also empty ones: the corner of a sheet may be far away
_PIECE: Final = 64 * 1024
ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What a workbook has among its parts, and what makes it a program.
_WORKBOOK: Final = ("xl/workbook.xml", "xl/workbook.bin")
_PROGRAM: Final = "vbaproject.bin"
_OLE_WORKBOOK: Final = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))
_OLE_PROGRAM: Final = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "VBA\0"))


class SheetError(Exception):
    """A spreadsheet is damaged, locked, or beyond the bounds."""


def is_spreadsheet(content: bytes) -> bool:
    """Return whether a content is a workbook: told by its parts, not unpacked."""
    if content.startswith(ZIP):
        names = _names(content)
        return any(name in _WORKBOOK for name in names)
    return content.startswith(OLE) and any(name in content for name in _OLE_WORKBOOK)


def has_program(content: bytes) -> bool:
    """Return whether a workbook has macros in it."""
    if content.startswith(ZIP):
        return any(name.lower().endswith(_PROGRAM) for name in _names(content))
    return any(name in content for name in _OLE_PROGRAM)


def sheet_tables(content: bytes) -> Iterator[Iterator[Row]]:
    """Yield the rows of each sheet; raise SheetError if the workbook cannot be read within the bounds."""
    if content.startswith(ZIP):
        _require_bounds(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            for name in workbook.sheet_names[:MOST_SHEETS]:
                yield _rows(_cells(workbook.get_sheet_by_name(name)))
    except (CalamineError, OSError, ValueError) as error:
        raise SheetError from error
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # of the library: no Exception, and no class that can be imported
            raise SheetError from None
        raise


def _cells(sheet: CalamineSheet) -> Sequence[Sequence[object]]:
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise SheetError
    return sheet.to_python(skip_empty_area=False)


def _rows(cells: Sequence[Sequence[object]]) -> Iterator[Row]:
    for line, row in enumerate(cells[: MOST_LINES + 1], start=1):
        yield Row(line, [_text(cell)[:MOST_CHARACTERS] for cell in row[:MOST_COLUMNS]])


def _text(cell: object) -> str:
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


def _names(content: bytes) -> Sequence[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ()


def _require_bounds(content: bytes) -> None:
    """Raise SheetError if the parts of a workbook are too many or too large, as they say or as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetError from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise SheetError
    left = MOST_UNPACKED
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
        raise SheetError
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while not inflater.eof and (piece := inflater.decompress(packed, _PIECE)):
            size += len(piece)
            packed = memoryview(inflater.unconsumed_tail)
            if size > at_most:
                raise SheetError
    except zlib.error as error:
        raise SheetError from error
    return size
