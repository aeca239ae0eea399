"""The files of an export while they are written; each is counted, hashed and made durable."""

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
from service.exports.layouts import Layout
from service.exports.manifest import FileEntry
from service.exports.schemas import Format

CELL_BORDER: Final = "\0"  # before each cell: PostgreSQL holds no such text, nor half of a surrogate pair
ROW_BORDER: Final = "\ud800"
CELLS: Final = CELL_BORDER.encode()
ROWS: Final = (ROW_BORDER + CELL_BORDER).encode("utf-8", "surrogatepass")
#: What makes a spreadsheet read a cell as a formula or split it (OWASP, "CSV Injection"), also in full width;
#: the apostrophe itself, so that taking one away always gives the original.
GUARDED: Final = re.compile("\0(?=[=+\\-@\t\r\n＝＋－＠'])")
BOM: Final = "\ufeff".encode()  # without it Excel takes UTF-8 for the local code page


class ExportWriteError(RuntimeError):
    """The files could not be written: disk full, no permission, or another writer took the place."""


@contextmanager
def told_as_write_error() -> Iterator[None]:
    """Turns an `OSError` into `ExportWriteError`: where a connection is held it would mean PostgreSQL."""
    try:
        yield
    except OSError as error:
        raise ExportWriteError(str(error)) from error


class Rows(Protocol):
    """What writes the rows of one format to its file."""

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        """Append rows."""

    def close(self) -> None:
        """Write what is still to be written; the file itself stays open."""


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV (RFC 4180, CRLF, UTF-8): every field in quotes, and guarded against being read as a formula.

    Written for many rows at once, with what texts cannot hold as borders: twice as fast as a writer that looks at
    every field.
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
    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        file.write(BOM + csv_lines([layout.columns]))

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        self._file.write(csv_lines(self._layout.cells(rows)))

    def close(self) -> None:
        """Nothing is kept back."""


class _NdjsonRows:
    def __init__(self, file: BinaryIO, _layout: Layout) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        self._file.write(self._encoder.encode_lines(rows))

    def close(self) -> None:
        """Nothing is kept back."""


def _xlsx_rows(file: BinaryIO, layout: Layout) -> Rows:
    from service.exports.xlsx import XlsxRows  # noqa: PLC0415  most exports need no spreadsheet

    return XlsxRows(file, layout)


def _parquet_rows(file: BinaryIO, layout: Layout) -> Rows:
    from service.exports.parquet import ParquetRows  # noqa: PLC0415  its library takes 60 MB

    return ParquetRows(file, layout)


class FileFormat(NamedTuple):
    """How a format is named and filled."""

    suffix: str
    media_type: str
    rows: Callable[[BinaryIO, Layout], Rows]


FORMS: Final[Mapping[Format, FileFormat]] = {
    "csv": FileFormat("csv", "text/csv; charset=utf-8", _CsvRows),
    "ndjson": FileFormat("ndjson", "application/x-ndjson", _NdjsonRows),
    "xlsx": FileFormat(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx_rows
    ),
    "parquet": FileFormat("parquet", "application/vnd.apache.parquet", _parquet_rows),
}


class RemovedRow(msgspec.Struct, frozen=True, gc=False):
    """A row that the agency was handed and that is no longer there."""

    row_id: str


REMOVED_NAME: Final = "removed.csv"
REMOVED: Final = Layout("removed", "removed", RemovedRow, ("row_id",), tuple, needs_sealed=False)


class ExportFiles:
    """One file a format in `directory`, all with the same rows; raises `ExportWriteError`.

    With `removed`, a further one with the ids of rows that are no longer there.
    """

    def __init__(
        self, directory: Path, layout: Layout, formats: Sequence[Format], *, removed: bool = False
    ) -> None:
        self._stack = ExitStack()
        self._files: list[_File] = []
        self._removed: _File | None = None
        with told_as_write_error(), self._stack:
            for name in formats:
                form = FORMS[name]
                opened = self._stack.enter_context((directory / f"{layout.stem}.{form.suffix}").open("xb+"))
                self._files.append(_File(opened, form, layout))
            if removed:
                opened = self._stack.enter_context((directory / REMOVED_NAME).open("xb+"))
                self._removed = _File(opened, FORMS["csv"], REMOVED)
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
        """Append to the rows that are no longer there; only where they are asked for."""
        if self._removed is None:
            raise ValueError("this export tells no removed rows")
        with told_as_write_error():
            self._removed.write([RemovedRow(row_id) for row_id in row_ids])

    def finish(self) -> tuple[FileEntry, ...]:
        """Make every file durable and say what it holds; takes long where a format is packed at its end."""
        files = [*self._files, *([self._removed] if self._removed else [])]
        with told_as_write_error():
            return tuple(file.finish() for file in files)


class _File:
    """One file and what writes its rows."""

    def __init__(self, file: io.BufferedRandom, form: FileFormat, layout: Layout) -> None:
        self._file = file
        self._form = form
        self._rows = form.rows(file, layout)
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
