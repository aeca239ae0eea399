"""The values of a process's metrics, written to its files by calls, never mapped (ADR 0025).

prometheus_client maps its files into memory. They are sparse: on a full disk, or if somebody cuts one short, the next count
ends the process with SIGBUS. Here each value is kept in memory and written to the same file with `pwrite`, which can fail
without harm: the file is then written whole as soon as that succeeds.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from prometheus_client.mmap_dict import mmap_key

from service.metric_files import HEADER, VALUE, Sample, encoded_key, read_values

AGAIN_SECONDS: Final = 1.0  # until a file that could not be written is tried again
LOOK_SECONDS: Final = 5.0  # until a file is compared with what was written


class ValueFile:
    """The values of one process and one kind of metric, in memory and, if the disk allows it, in a file."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Go on from what the file has: an ended process may have had the same id."""
        self._path = path
        self._clock = clock
        self._image = bytearray(HEADER.pack(HEADER.size))
        self._places: dict[str, int] = {}
        self._descriptor: int | None = None
        self._is_behind = True
        self._look_at = 0.0
        for key, sample in read_values(path).items():
            self._append(key, sample)
        self._write_whole()

    def get(self, key: str) -> Sample:
        """Return a value, 0 if there is none yet."""
        place = self._places.get(key)
        return Sample(0.0, 0.0) if place is None else Sample(*VALUE.unpack_from(self._image, place))

    def declare(self, key: str) -> None:
        """Begin a value with 0, unless the file has it."""
        if key not in self._places:
            self.set(key, 0.0, 0.0)

    def set(self, key: str, value: float, timestamp: float) -> None:
        """Set a value; a file that cannot be written, or was removed or cut short, is written whole later."""
        if self._clock() >= self._look_at:
            self._look()
        place = self._places.get(key)
        if place is None:
            start = len(self._image)
            self._append(key, Sample(value, timestamp))
            self._write(start, len(self._image))
            self._write(0, HEADER.size)  # last: readers go by it
        else:
            VALUE.pack_into(self._image, place, value, timestamp)
            self._write(place, place + VALUE.size)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._is_behind = True

    def _append(self, key: str, sample: Sample) -> None:
        self._image += encoded_key(key)
        self._places[key] = len(self._image)
        self._image += VALUE.pack(*sample)
        HEADER.pack_into(self._image, 0, len(self._image))

    def _write(self, start: int, end: int) -> None:
        if self._is_behind or self._descriptor is None:
            return
        try:
            written = os.pwrite(self._descriptor, self._image[start:end], start)
        except OSError:
            written = -1
        if written != end - start:
            self._is_behind = True
            self._look_at = self._clock() + AGAIN_SECONDS

    def _look(self) -> None:
        self._look_at = self._clock() + LOOK_SECONDS
        if not self._is_behind and not self._is_as_written():
            self.close()
        if self._is_behind:
            self._write_whole()

    def _is_as_written(self) -> bool:
        try:
            found, opened = self._path.stat(), os.fstat(self._descriptor or -1)
        except OSError:
            return False
        return found.st_ino == opened.st_ino and found.st_size >= len(self._image)

    def _write_whole(self) -> None:
        self._look_at = self._clock() + AGAIN_SECONDS
        with suppress(OSError):
            if self._descriptor is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._descriptor = os.open(self._path, flags, 0o600)
            self._is_behind = False
            self._write(HEADER.size, len(self._image))
            self._write(0, HEADER.size)


class _Files:
    """The files of this process, opened as its metrics need them; another set after a fork."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._pid = 0
        self._files: dict[str, ValueFile] = {}

    def file(self, prefix: str) -> ValueFile:
        """Return the file of a kind of metric; the lock is held."""
        pid = os.getpid()
        if pid != self._pid:
            for opened in self._files.values():
                opened.close()
            self._files, self._pid = {}, pid
        found = self._files.get(prefix)
        if found is None:
            path = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"], f"{prefix}_{pid}.db")
            found = self._files[prefix] = ValueFile(path)
        return found


@cache
def value_class() -> type:
    """Return what keeps a metric's value, for `prometheus_client.values.ValueClass`; one for all metrics of a process."""
    files = _Files()

    class WrittenValue:
        """A number that can be counted up or set; never raises."""

        _multiprocess = True

        def __init__(self, kind: str, metric_name: str, name: str, *about: Any, **options: Any) -> None:
            """As the library calls it; `about` has the names and values of the labels, and the metric's description."""
            labels, values, description = about
            multiprocess_mode = options.get("multiprocess_mode", "")
            self._prefix = f"{kind}_{multiprocess_mode}" if kind == "gauge" else kind
            self._key = mmap_key(metric_name, name, labels, values, description)
            with files.lock:
                files.file(self._prefix).declare(self._key)

        def inc(self, amount: float) -> None:
            with files.lock:
                file = files.file(self._prefix)
                file.set(self._key, file.get(self._key).value + amount, 0.0)

        def set(self, value: float, timestamp: float | None = None) -> None:
            with files.lock:
                files.file(self._prefix).set(self._key, value, timestamp or 0.0)

        def get(self) -> float:
            with files.lock:
                return files.file(self._prefix).get(self._key).value

        def set_exemplar(self, exemplar: object) -> None:
            """The files have no place for exemplars."""

        def get_exemplar(self) -> None:
            """The files have no place for exemplars."""

    return WrittenValue
