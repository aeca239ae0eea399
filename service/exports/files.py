"""The files of an export while they are written: CSV for people and spreadsheets, NDJSON for programs."""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple

import msgspec

from service.exports.columns import COLUMNS, Cell, Row, guarded
from service.exports.manifest import FileEntry
from service.exports.schemas import Format

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


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV (RFC 4180, CRLF, UTF-8), guarded against being read as formulas."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(guarded(row) for row in rows)
    return text.getvalue().encode()


def _csv_content(rows: Sequence[Row]) -> bytes:
    return csv_lines(row.cells() for row in rows)


def _ndjson_content(rows: Sequence[Row]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rows)


class _Form(NamedTuple):
    """How a format is named, begun and filled."""

    file_name: str
    media_type: str
    head: bytes
    content: Callable[[Sequence[Row]], bytes]


FORMS: Final[Mapping[Format, _Form]] = {
    "csv": _Form("reports.csv", "text/csv; charset=utf-8", BOM + csv_lines([COLUMNS]), _csv_content),
    "ndjson": _Form("reports.ndjson", "application/x-ndjson", b"", _ndjson_content),
}


class ExportFiles:
    """One file a format in `directory`, all with the same rows; raises `ExportWriteError`."""

    def __init__(self, directory: Path, formats: Sequence[Format]) -> None:
        self._stack = ExitStack()
        self._files: list[_File] = []
        with told_as_write_error(), self._stack:
            for name in formats:
                opened = self._stack.enter_context((directory / FORMS[name].file_name).open("xb"))
                self._files.append(_File(opened, FORMS[name]))
            self._stack = self._stack.pop_all()

    def __enter__(self) -> "ExportFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with told_as_write_error():
            self._stack.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows to every file."""
        with told_as_write_error():
            for file in self._files:
                file.write(rows)

    def finish(self) -> tuple[FileEntry, ...]:
        """Make every file durable and say what it holds."""
        with told_as_write_error():
            return tuple(file.finish() for file in self._files)


class _File:
    """One file, counted and hashed on the way."""

    def __init__(self, file: BinaryIO, form: _Form) -> None:
        self._file = file
        self._form = form
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._rows = 0
        self._append(form.head)

    def write(self, rows: Sequence[Row]) -> None:
        self._append(self._form.content(rows))
        self._rows += len(rows)

    def finish(self) -> FileEntry:
        self._file.flush()
        os.fsync(self._file.fileno())
        return FileEntry(
            name=self._form.file_name,
            media_type=self._form.media_type,
            rows=self._rows,
            bytes=self._bytes,
            sha256=self._digest.hexdigest(),
        )

    def _append(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self._bytes += len(content)
