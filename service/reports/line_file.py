"""Text files read line by line, plain or gzip."""

import gzip
import io
from contextlib import ExitStack
from pathlib import Path


class LineFile:
    """The lines of a file, and how much of the file was read; closed together with `stack`."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._raw = stack.enter_context(path.open("rb"))
        is_gzip = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        content = stack.enter_context(gzip.GzipFile(fileobj=self._raw)) if is_gzip else self._raw
        self.texts = io.TextIOWrapper(content, "utf-8", errors="surrogateescape", newline="\n")

    @property
    def bytes_read(self) -> int:
        """Bytes read from the file, including those still in buffers: exact enough for a progress bar."""
        return self._raw.tell()
