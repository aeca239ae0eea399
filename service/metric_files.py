"""The files through which the processes of a host share their metrics: written by calls, never mapped.

prometheus_client maps its files into memory. They are sparse: on a full disk, or if somebody cuts one short, the next count
ends the process with SIGBUS. Here each value is kept in memory and written to the same file with `pwrite`, which can fail
without harm: the file is then written whole as soon as that succeeds. The library reads these files, whose form is its own.

Files of processes that have ended are folded into one for each kind, so that totals stay and files do not add up.
"""

import fcntl
import json
import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

AGAIN_SECONDS: Final = 1.0  # until a file that could not be written is tried again
LOOK_SECONDS: Final = 5.0  # until a file is compared with what was written
FOLDED: Final = "0"  # in place of a process id: no process has this one
FOLDING: Final = ".folding"
DRAFT: Final = ".draft"
HEADER: Final = struct.Struct("i4x")
LENGTH: Final = struct.Struct("i")
VALUE: Final = struct.Struct("dd")
#: What reading a file raises that was cut short, overwritten or removed.
UNREADABLE: Final = (OSError, struct.error, ValueError, RecursionError)


class Sample(NamedTuple):
    """A value, and when it was set, which only gauges say."""

    value: float
    timestamp: float


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
        self._image += _encoded_key(key)
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


class FilesCollector(Collector):
    """Adds up the files of all processes; one that cannot be read is left out instead of failing all of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of all readable files."""
        with suppress(FileNotFoundError), _held(self._directory, fcntl.LOCK_SH):
            files = [str(path) for path in sorted(self._directory.glob("*.db")) if read_values(path)]
            metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
            return metrics
        return ()


def read_values(path: Path) -> dict[str, Sample]:
    """Return the values of a file; none if it cannot be read."""
    try:
        return dict(_entries(path.read_bytes()))
    except UNREADABLE:
        return {}


def _entries(content: bytes) -> Iterator[tuple[str, Sample]]:
    (end,) = HEADER.unpack_from(content)
    place = HEADER.size
    while place < end:
        (length,) = LENGTH.unpack_from(content, place)
        start = place + LENGTH.size
        place = start + length + 8 - (length + LENGTH.size) % 8
        if length < 0 or place + VALUE.size > min(end, len(content)):
            raise ValueError("a value is cut short")
        key = content[start : start + length].decode()
        match json.loads(key):
            case [str(), str(), dict(), str()]:
                yield key, Sample(*VALUE.unpack_from(content, place))
            case _:
                raise ValueError("not a metric's value")
        place += VALUE.size


def fold_ended(directory: Path, is_alive: Callable[[int], bool]) -> int:
    """Fold the files of processes that have ended into one of each kind; return how many there were.

    A crash in between is seen by the next call: while the folded file is away, nothing was added to it yet.
    """
    with suppress(FileNotFoundError), _held(directory, fcntl.LOCK_EX):
        _settle(directory)
        ended: dict[str, list[Path]] = {}
        for path in sorted(directory.glob("*_*.db")):
            prefix, _, pid = path.stem.rpartition("_")
            if pid.isdecimal() and pid != FOLDED and not is_alive(int(pid)):
                ended.setdefault(prefix, []).append(path)
        return sum(_fold(directory, prefix, paths) for prefix, paths in ended.items())
    return 0


def is_alive(pid: int) -> bool:
    """Return whether a process runs; of another user's it is only known that it does."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _fold(directory: Path, prefix: str, ended: list[Path]) -> int:
    folded = directory / f"{prefix}_{FOLDED}.db"
    draft = folded.with_suffix(DRAFT)
    sources = [*([folded] if folded.exists() else []), *ended]
    try:
        draft.write_bytes(_encoded(_sum(map(read_values, sources), is_gauge=prefix.startswith("gauge"))))
    except OSError:  # a full disk: the files stay as they are
        with suppress(OSError):
            draft.unlink()
        return 0
    for path in sources:
        path.rename(path.with_name(path.name + FOLDING))
    draft.rename(folded)
    _settle(directory)
    return len(ended)


def _settle(directory: Path) -> None:
    """Remove what was folded; or, if a crash came before the folded file was in place, put it back."""
    for path in list(
        directory.glob(f"*_{FOLDED}.db{FOLDING}")
    ):  # these first: they say how far the others came
        original = path.with_name(path.name.removesuffix(FOLDING))
        if not original.exists():
            for one in directory.glob(f"{original.stem.rpartition('_')[0]}_*{FOLDING}"):
                one.rename(one.with_name(one.name.removesuffix(FOLDING)))
    for path in directory.glob(f"*{FOLDING}"):
        original = path.with_name(path.name.removesuffix(FOLDING))
        prefix = original.stem.rpartition("_")[0]
        if (directory / f"{prefix}_{FOLDED}.db").exists():
            path.unlink()
        else:
            path.rename(original)


def _sum(files: Iterable[Mapping[str, Sample]], *, is_gauge: bool) -> dict[str, Sample]:
    """Add up counts; of a gauge the value that was set last counts."""
    total: dict[str, Sample] = {}
    for values in files:
        for key, sample in values.items():
            known = total.get(key)
            if known is None:
                total[key] = sample
            elif is_gauge:
                total[key] = max(known, sample, key=lambda one: one.timestamp)
            else:
                total[key] = Sample(known.value + sample.value, 0.0)
    return total


def _encoded(values: Mapping[str, Sample]) -> bytes:
    image = bytearray(HEADER.size)
    for key, sample in values.items():
        image += _encoded_key(key) + VALUE.pack(*sample)
    HEADER.pack_into(image, 0, len(image))
    return bytes(image)


def _encoded_key(key: str) -> bytes:
    encoded = key.encode()
    return LENGTH.pack(len(encoded)) + encoded + b" " * (8 - (len(encoded) + LENGTH.size) % 8)


@contextmanager
def _held(directory: Path, how: int) -> Iterator[None]:
    """Let nobody fold while others read."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
