"""The files through which the processes of a host share their metrics: their form, and how they are added up and folded.

The form is prometheus_client's. Files of processes that have ended are folded into one for each kind, so that totals stay
and files do not add up. `metric_values.py` writes them.
"""

import fcntl
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

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
        image += encoded_key(key) + VALUE.pack(*sample)
    HEADER.pack_into(image, 0, len(image))
    return bytes(image)


def encoded_key(key: str) -> bytes:
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
