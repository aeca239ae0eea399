"""This host's replica of published verdicts and API keys: an LMDB file that all workers map and one process writes.

`<directory>/current` is a link to the generation in use. A rebuilt replica is a new generation that is put in place
by renaming the link, so that readers switch in one step. The modification time of `<directory>/synced` says when the
replica last had everything that the feed had. `<directory>/broken` names a generation that a reader could not read:
the follower then builds another one. `replica_writer.py` writes what is read here.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import lmdb

from service.edge.access import ApiKey
from service.lookup.lines import decode_lines
from service.organisations.ranges import RangeTable

ANSWERS, KEYS, META = b"answers", b"keys", b"meta"
#: Of `META`, and beside what format 4 had: readers that do not know them answer as before.
ORGANISATIONS, ORGANISATIONS_REVISION = b"organisations", b"organisations_revision"
FORMAT = b"4"
REFRESH_SECONDS = 0.1
GENERATION = "generation-"
MAX_READERS = 1024
LOCK_BYTES = 1 << 17  # more than MAX_READERS need; all of it on disk before anybody maps it
WRITERS_MAP_SIZE = 0  # LMDB then takes the size that the file's writer gave it


class TornReplicaError(Exception):
    """A replica's file is shorter than its pages: reading them would kill the process."""


#: What opening or reading a replica raises if the file is not a replica, is cut short or is missing.
BROKEN = (lmdb.Error, OSError, TornReplicaError, ValueError)


class ReplicaUnavailableError(Exception):
    """There is no readable replica; the follower is about to build one."""


class ReplicaReader:
    """A worker's view of the replica; call the cheap `refresh` before use, it looks at the disk every 100 ms at most."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock
        self._generation: str | None = None
        self._environment: lmdb.Environment | None = None
        self._data = self._lock = directory / "none"
        self._length = 0
        self._next_refresh = 0.0
        self._looks = 0
        self._keys: dict[bytes, ApiKey | None] = {}
        self._lines_revision: bytes | None = None
        self.lines: RangeTable[bytes] = RangeTable()
        self.synced_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether there is a replica to answer from."""
        return self._environment is not None

    @property
    def age_seconds(self) -> float:
        """Seconds since the replica last had everything that the feed had."""
        return max(0.0, self._clock() - self.synced_at)

    def refresh(self) -> int:
        """Follow the current generation and its age; return how often the disk was looked at, at most every 100 ms."""
        now = time.monotonic()
        if now < self._next_refresh:
            return self._looks
        self._looks += 1
        self._next_refresh = now + REFRESH_SECONDS
        self._keys.clear()
        with contextlib.suppress(OSError):
            self.synced_at = (self._directory / "synced").stat().st_mtime
        with contextlib.suppress(OSError):  # none yet, or the last good one stays in use
            generation = str((self._directory / "current").readlink())
            if generation != self._generation:
                self._open(generation)
        self._follow_the_file()
        self._follow_lines()
        return self._looks

    def get(self, key: bytes) -> bytes | None:
        """Return the stored answer of a number's key, None if there is none; raises ReplicaUnavailableError."""
        if self._environment is None:
            raise ReplicaUnavailableError
        try:
            with self._environment.begin(self._answers) as transaction:
                found: bytes | None = transaction.get(key)
                return found
        except lmdb.Error as error:
            raise self.complain() from error

    def get_many(self, keys: Iterable[bytes]) -> list[bytes | None]:
        """Return the stored answers of many keys, all of one moment; raises ReplicaUnavailableError."""
        if self._environment is None:
            raise ReplicaUnavailableError
        try:
            with self._environment.begin(self._answers) as transaction:
                return [transaction.get(key) for key in keys]
        except lmdb.Error as error:
            raise self.complain() from error

    def find_key(self, key_hash: bytes) -> ApiKey | None:
        """Return the API key of a hash, remembered until the next refresh; raises ReplicaUnavailableError."""
        self.refresh()
        if key_hash in self._keys:
            return self._keys[key_hash]
        if self._environment is None:
            raise ReplicaUnavailableError
        try:
            with self._environment.begin(self._api_keys) as transaction:
                encoded = transaction.get(key_hash)
            key = ApiKey.decode(encoded) if encoded else None
        except (lmdb.Error, ValueError) as error:
            raise self.complain() from error
        self._keys[key_hash] = key
        return key

    def revision(self) -> int:
        """Return the newest revision applied, 0 without a readable replica."""
        if self._environment is None:
            return 0
        try:
            with self._environment.begin(self._meta) as transaction:
                return int(transaction.get(b"revision", b"0"))
        except (lmdb.Error, ValueError):
            self.complain()
            return 0

    def complain(self) -> ReplicaUnavailableError:
        """Stop using an unreadable generation and report it to the follower, once; return the error to raise."""
        if self._environment is not None and self._generation is not None:
            # if the note cannot be written, nothing is lost: a follower reads the whole file when it starts
            with contextlib.suppress(OSError):
                (self._directory / "broken").write_text(self._generation)
            # not closed yet: a cursor may still stand on its pages; when it is, that writes to the lock
            with contextlib.suppress(OSError):
                lay_out_lock(self._directory / self._generation)
            self._environment = None
        return ReplicaUnavailableError()

    def close(self) -> None:
        """Unmap the file."""
        if self._environment is not None:
            self._environment.close()
            self._environment = None

    def _follow_the_file(self) -> None:
        """Map more if the writer has outgrown what is mapped, and nothing if the file was cut short."""
        if self._environment is None:
            return
        try:
            length = self._data.stat().st_size
            # a page beyond the end of either file would kill the process, not raise
            if length < self._length or self._lock.stat().st_size < LOCK_BYTES:
                raise TornReplicaError("a file became shorter")
            self._length = length
            self._environment.begin().abort()
        except lmdb.MapResizedError:
            self._environment.set_mapsize(WRITERS_MAP_SIZE)
        except FileNotFoundError:
            return  # removed, but still mapped: it answers until there is another generation
        except BROKEN:
            self.complain()

    def _follow_lines(self) -> None:
        """Take over the verified lines of organisations when they have changed; what cannot be read stays as it was."""
        if self._environment is None:
            return
        try:
            with self._environment.begin(self._meta) as transaction:
                revision = transaction.get(ORGANISATIONS_REVISION)
                if revision == self._lines_revision:
                    return
                encoded = transaction.get(ORGANISATIONS)
            self.lines = decode_lines(encoded) if encoded else RangeTable()
            self._lines_revision = revision
        except (lmdb.Error, ValueError):
            self.complain()

    def _open(self, generation: str) -> None:
        try:
            if (self._directory / generation / "lock.mdb").stat().st_size < LOCK_BYTES:
                raise TornReplicaError("the lock file is cut short")
            environment = lmdb.open(
                str(self._directory / generation),
                map_size=WRITERS_MAP_SIZE,
                readonly=True,
                max_dbs=3,
                max_readers=MAX_READERS,
                readahead=False,
            )
            require_whole(environment)
            answers, keys, meta = (environment.open_db(name, create=False) for name in (ANSWERS, KEYS, META))
        except BROKEN:
            return  # the follower is about to replace it
        previous, self._environment = self._environment, environment
        self._answers, self._api_keys, self._meta = answers, keys, meta
        self._generation, self._lines_revision = generation, None
        self._lock = self._directory / generation / "lock.mdb"
        self._data, self._length = self._directory / generation / "data.mdb", 0
        if previous is not None:
            previous.close()


def lay_out_lock(path: Path) -> None:
    """Give the lock file all its blocks: readers write to it through a map, which on a full disk would kill them."""
    descriptor = os.open(path / "lock.mdb", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, LOCK_BYTES)
    finally:
        os.close(descriptor)


def sizes_of(environment: lmdb.Environment) -> tuple[Path, int, int]:
    """Return the file, its length, and the length of its pages, in bytes."""
    path = Path(environment.path()) / "data.mdb"
    pages = environment.info()["last_pgno"] + 1
    return path, path.stat().st_size, pages * environment.stat()["psize"]


def require_whole(environment: lmdb.Environment) -> None:
    """Raise TornReplicaError if pages are missing: reading one beyond the end of a mapped file would be a fatal signal."""
    _, length, needed = sizes_of(environment)
    if length < needed:
        raise TornReplicaError("the file is shorter than its pages")
