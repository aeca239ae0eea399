"""Spreadsheets that tests make: `.xlsx` by the library that exports use, `.xls` (BIFF8 in OLE) byte by byte."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

import xlsxwriter

Cells = Sequence[Sequence[str | float]]
_SECTOR = 512


def xlsx(sheets: Mapping[str, Cells], *, dates: Sequence[int] = (), durations: Sequence[int] = ()) -> bytes:
    """A workbook; numbers in the columns `dates` are days of a sheet, in `durations` parts of a day."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    date_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    duration_format = book.add_format({"num_format": "hh:mm:ss"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                chosen = date_format if column in dates else duration_format if column in durations else None
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                else:
                    sheet.write_number(line, column, cell, chosen)
    book.close()
    return file.getvalue()


def xls(
    rows: Cells, *, stream: str = "Workbook", more: bytes = b"", corner: tuple[int, int] | None = None
) -> bytes:
    """A workbook of one sheet as Excel 97 writes it; with a cell at `corner` (row, column), however far.

    `more` stands where an entry of the directory may stand.
    """
    book = _biff(rows, corner)
    return _ole(stream, book + bytes(-len(book) % 128) + more)


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """An OpenDocument spreadsheet of texts."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = ("".join(cell.format(text) for text in row) for row in rows)
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    spaces = ("office", "table", "text")
    names = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in spaces)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<?xml version='1.0'?><office:document-content{names}><office:body><office:spreadsheet>"
            f'<table:table table:name="x">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return file.getvalue()


def bomb(size: int, *, declared: int | None = None) -> bytes:
    """An `.xlsx` with a part that inflates to `size` bytes, whatever its directory declares."""
    file = io.BytesIO(xlsx({"x": [["a"]]}))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/large.xml", b"\0" * size)
    content = bytearray(file.getvalue())
    if declared is not None:
        place = content.rindex(b"PK\x01\x02")
        struct.pack_into("<I", content, place + 24, declared)
    return bytes(content)


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _biff(rows: Cells, corner: tuple[int, int] | None) -> bytes:
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    head = _record(0x0809, begin) + _record(0x0042, struct.pack("<H", 1200))
    bound_size = 4 + 8 + len("calls")
    offset = len(head) + bound_size + 4
    bound = _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len("calls"), 0) + b"calls")
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    width = max(map(len, rows))
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<HHH", line, column, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                sheet += _record(0x0204, place + text)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", cell))
    if corner is not None:
        sheet += _record(0x0203, struct.pack("<HHHd", *corner, 0, 1.0))
    return head + bound + _record(0x000A) + sheet + _record(0x000A)


def _ole(stream: str, content: bytes) -> bytes:
    content = content.ljust(4096, b"\0")
    sectors = -(-len(content) // _SECTOR)
    content = content.ljust(sectors * _SECTOR, b"\0")
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    assert len(fat) == _SECTOR
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    directory = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)
    directory += _entry(stream, 2, child=0xFFFFFFFF, start=2, size=len(content))
    return header + fat + directory.ljust(_SECTOR, b"\0") + content


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBB", len(encoded), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
