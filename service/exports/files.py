"""The files of an export while they are written; each is counted, hashed and made durable."""

import errno
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Protocol

import msgspec

from service.exports.columns import Cell
from service.exports.layouts import Table
from service.exports.manifest import FileEntry
from service.exports.words import MEDIA_TYPES, Format, Headings

CELL_BORDER: Final = "\0"  # before each cell: PostgreSQL holds no such text, nor half of a surrogate pair
ROW_BORDER: Final = "\ud800"
CELLS: Final = CELL_BORDER.encode()
ROWS: Final = (ROW_BORDER + CELL_BORDER).encode("utf-8", "surrogatepass")
#: What makes a spreadsheet read a cell as a formula or split it (OWASP, "CSV Injection"), also in full width;
#: the apostrophe itself, so that taking one away always gives the original.
GUARDED: Final = re.compile("\0(?=[=+\\-@\t\r\n＝＋－＠'])")
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
BOM: Final = "\ufeff".encode()  # without it Excel takes UTF-8 for the local code page


class ExportWriteError(RuntimeError):
    """The files could not be written: disk full, no permission, or another writer took the place."""

    @property
    def is_for_want_of_room(self) -> bool:
        """Whether the disk takes no files at the moment, as the system says."""
        return isinstance(self.__cause__, OSError) and self.__cause__.errno in NO_ROOM


@contextmanager
def told_as_write_error() -> Iterator[None]:
    """Turn an `OSError` into `ExportWriteError`: where a connection is held it would be taken for PostgreSQL's."""
    try:
        yield
    except OSError as error:
        raise ExportWriteError(str(error)) from error


class Rows(Protocol):
    """Writes the rows of one format to its file."""

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        """Append rows."""

    def close(self) -> None:
        """Write what is still pending; the file itself stays open."""


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV (RFC 4180, CRLF, UTF-8): every field in quotes, and guarded against being read as a formula.

    Many rows are joined at once, with characters as borders that no text can hold: twice as fast as the writer of the
    standard library (`csv`), which looks at every field.
    """
    lines = [
        CELL_BORDER.join([cell if type(cell) is str else "" if cell is None else str(cell) for cell in row])
        for row in rows
    ]
    if not lines:
        return b""
    text = CELL_BORDER + (ROW_BORDER + CELL_BORDER).join(lines)
    content = GUARDED.sub("\0'", text).replace('"', '""').encode("utf-8", "surrogatepass")
    return content.replace(ROWS, b'"\r\n"').replace(CELLS, b'","')[len(b'",') :] + b'"\r\n'


class _CsvRows:
    def __init__(self, file: BinaryIO, layout: Table, headings: Headings | None) -> None:
        self._file = file
        self._layout = layout
        file.write(BOM + csv_lines([layout.headings(headings or "names")]))

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        self._file.write(csv_lines(self._layout.cells(rows)))

    def close(self) -> None:
        """Nothing is kept back."""


class _NdjsonRows:
    def __init__(self, file: BinaryIO, _layout: Table, _headings: Headings | None) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        self._file.write(self._encoder.encode_lines(rows))

    def close(self) -> None:
        """Nothing is kept back."""


def _xlsx_rows(file: BinaryIO, layout: Table, headings: Headings | None) -> Rows:
    from service.exports.xlsx import XlsxRows  # noqa: PLC0415  most exports need no spreadsheet

    return XlsxRows(file, layout, headings=layout.headings(headings or "zh"))


def _parquet_rows(file: BinaryIO, layout: Table, _headings: Headings | None) -> Rows:
    from service.exports.parquet import ParquetRows  # noqa: PLC0415  its library takes 60 MB

    return ParquetRows(file, layout)


class FileFormat(NamedTuple):
    """A format of files: its suffix, its media type and what writes its rows."""

    suffix: Format
    rows: Callable[[BinaryIO, Table, Headings | None], Rows]

    @property
    def media_type(self) -> str:
        """The media type of such a file."""
        return MEDIA_TYPES[self.suffix]


FORMS: Final[Mapping[Format, FileFormat]] = {
    "csv": FileFormat("csv", _CsvRows),
    "ndjson": FileFormat("ndjson", _NdjsonRows),
    "xlsx": FileFormat("xlsx", _xlsx_rows),
    "parquet": FileFormat("parquet", _parquet_rows),
}


class RemovedRow(msgspec.Struct, frozen=True, gc=False):
    """A row that the agency was handed and that is no longer part of the export."""

    row_id: str


REMOVED_NAME: Final = "removed.csv"
REMOVED: Final = Table(stem="removed", title="removed", row=RemovedRow, columns=("row_id",), cells_of=tuple)


class ExportFiles:
    """One file for each format in `directory`, all with the same rows; every method raises `ExportWriteError`.

    With `removed`, one more file holds the ids of rows that are no longer part of the export.
    """

    def __init__(
        self,
        directory: Path,
        layout: Table,
        formats: Sequence[Format],
        *,
        removed: bool = False,
        headings: Headings | None = None,
    ) -> None:
        self._stack = ExitStack()
        self._files: list[_File] = []
        self._removed: _File | None = None
        with told_as_write_error(), self._stack:
            for name in formats:
                form = FORMS[name]
                opened = self._stack.enter_context((directory / f"{layout.stem}.{form.suffix}").open("xb+"))
                self._files.append(_File(opened, form, layout, headings))
            if removed:
                opened = self._stack.enter_context((directory / REMOVED_NAME).open("xb+"))
                self._removed = _File(opened, FORMS["csv"], REMOVED, headings)
            self._stack = self._stack.pop_all()

    def __enter__(self) -> "ExportFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with told_as_write_error():
            self._stack.close()

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        """Append rows to every file."""
        with told_as_write_error():
            for file in self._files:
                file.write(rows)

    def write_removed(self, row_ids: Sequence[str]) -> None:
        """Append ids of rows that are no longer part of the export; raises ValueError without `removed`."""
        if self._removed is None:
            raise ValueError("this export names no removed rows")
        with told_as_write_error():
            self._removed.write([RemovedRow(row_id) for row_id in row_ids])

    def finish(self) -> tuple[FileEntry, ...]:
        """Make every file durable and return what it holds; slow where a format is packed at its end."""
        files = [*self._files, *([self._removed] if self._removed else [])]
        with told_as_write_error():
            return tuple(file.finish() for file in files)


class _File:
    """One file and the writer of its rows."""

    def __init__(
        self, file: io.BufferedRandom, form: FileFormat, layout: Table, headings: Headings | None
    ) -> None:
        self._file = file
        self._form = form
        self._rows = form.rows(file, layout, headings)
        self._count = 0

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        self._rows.write(rows)
        self._count += len(rows)

    def finish(self) -> FileEntry:
        self._rows.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256")
        return FileEntry(
            name=Path(self._file.name).name,
            media_type=self._form.media_type,
            rows=self._count,
            bytes=self._file.tell(),
            sha256=digest.hexdigest(),
        )
