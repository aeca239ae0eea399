"""Text files read line by line: plain or gzip, in the encodings and with the line ends that spreadsheets write."""

import codecs
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from service.reports.line_facts import FeedError, Flaw, Gunzip, LineFacts, facts_of

_UNREADABLE: Final = "dunwatch.unreadable"


class LineFile:
    """The lines of a file, and how much of the file was read; closed together with `stack`.

    The file is read through once before, to learn its digest, its encoding and whether it is whole. Raise `FeedError` for
    what is no text. Bytes that are no text become half surrogate pairs, which no reader accepts.
    """

    def __init__(self, path: Path, stack: ExitStack) -> None:
        try:
            self._raw = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise FeedError(f"文件无法打开 / the file cannot be opened: {error.strerror or error}") from error
        self._before = _version(self._raw)
        self.facts: LineFacts = facts_of(self._raw)
        self._raw.seek(0)
        self._source = _Source(self._raw, self.facts)
        codecs.register_error(_UNREADABLE, _unreadable)
        errors = "surrogateescape" if self.facts.encoding.startswith("utf-8") else _UNREADABLE
        self._texts = stack.enter_context(
            io.TextIOWrapper(
                io.BufferedReader(self._source, 1 << 18),
                self.facts.encoding,
                errors=errors,
                newline=self.facts.line_end,
            )
        )

    @property
    def bytes_read(self) -> int:
        """Bytes read from the file, including those still in buffers: exact enough for a progress bar."""
        return self._raw.tell()

    @property
    def is_changed(self) -> bool:
        """Whether somebody wrote to the file since it was opened."""
        return _version(self._raw) != self._before

    def __iter__(self) -> Iterator[str]:
        """Yield the lines without their ends; what a cut left of the last one is none."""
        for text in self._texts:
            line = text.rstrip("\r\n")
            if len(line) == len(text) and (self.facts.flaw is Flaw.CUT_OFF or self.is_changed):
                return
            yield line.removeprefix("\ufeff")  # files that were joined have marks in their middle, too


@dataclass(slots=True)
class _Content:
    left: int
    held: bytes = b""


class _Source(io.RawIOBase):
    """The content of a file up to where it ended when it was examined, unpacked if it is packed."""

    def __init__(self, raw: BinaryIO, facts: LineFacts) -> None:
        self._raw = raw
        self._content = _Content(facts.size)
        self._gunzip = Gunzip() if facts.is_gzip else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]  # of the stub's private types
        content = self._content
        while not content.held and content.left > 0:
            read = self._raw.read(min(1 << 16, content.left))
            content.left -= len(read)
            if not read:
                break
            content.held = self._gunzip.feed(read) if self._gunzip else read
        size = min(len(buffer), len(content.held))
        buffer[:size] = content.held[:size]
        content.held = content.held[size:]
        return size


def _version(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def _unreadable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end
