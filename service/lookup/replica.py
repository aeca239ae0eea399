"""This host's replica of published verdicts and API keys: an LMDB file that all workers map, one writes.

`<directory>/current` is a link to the generation in use. A rebuilt replica is a new generation put in place
by renaming the link, so that readers change over whole. `<directory>/synced` carries in its modification time
when the replica last had everything the feed had. `<directory>/broken` names a generation that a reader found
unreadable: the follower then builds another.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID, uuid4

import lmdb

from service.edge.access import ApiKey

ANSWERS, KEYS, META = b"answers", b"keys", b"meta"
FORMAT = b"2"
REFRESH_SECONDS = 0.1
MAX_READERS = 1024
WRITERS_MAP_SIZE = 0  # LMDB then takes the size that the file's writer gave it


class TornReplicaError(Exception):
    """A replica's file is shorter than its pages: reading them would end the process."""


#: What opening or reading a replica raises when it is not one, torn, or gone.
BROKEN = (lmdb.Error, OSError, TornReplicaError, ValueError)


class ReplicaUnavailableError(Exception):
    """There is no replica that can be read; the follower is about to make one."""


class ReplicaReader:
    """A worker's view; `refresh` is cheap and called before use, at most every 100 ms."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock
        self._generation: str | None = None
        self._environment: lmdb.Environment | None = None
        self._data = directory / "none"
        self._length = 0
        self._next_refresh = 0.0
        self._looks = 0
        self._keys: dict[bytes, ApiKey | None] = {}
        self.synced_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether there is a replica to answer from."""
        return self._environment is not None

    @property
    def age_seconds(self) -> float:
        """Seconds since the replica last had everything the feed had."""
        return max(0.0, self._clock() - self.synced_at)

    def refresh(self) -> int:
        """Follow the current generation and its age; gives the number of the look, which goes up every 100 ms."""
        now = time.monotonic()
        if now < self._next_refresh:
            return self._looks
        self._looks += 1
        self._next_refresh = now + REFRESH_SECONDS
        self._keys.clear()
        with contextlib.suppress(OSError):
            self.synced_at = (self._directory / "synced").stat().st_mtime
        with contextlib.suppress(OSError):  # none yet, or the last good one goes on
            generation = str((self._directory / "current").readlink())
            if generation != self._generation:
                self._open(generation)
        self._follow_the_file()
        return self._looks

    def get(self, key: bytes) -> bytes | None:
        """The stored answer of a number's key; raises ReplicaUnavailableError."""
        if self._environment is None:
            raise ReplicaUnavailableError
        try:
            with self._environment.begin(self._answers) as transaction:
                found: bytes | None = transaction.get(key)
                return found
        except lmdb.Error as error:
            raise self.complain() from error

    def get_many(self, keys: Iterable[bytes]) -> list[bytes | None]:
        """The stored answers of many keys, all of one moment; raises ReplicaUnavailableError."""
        if self._environment is None:
            raise ReplicaUnavailableError
        try:
            with self._environment.begin(self._answers) as transaction:
                return [transaction.get(key) for key in keys]
        except lmdb.Error as error:
            raise self.complain() from error

    def find_key(self, key_hash: bytes) -> ApiKey | None:
        """The API key of a hash, remembered until the next refresh; raises ReplicaUnavailableError."""
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
        """Newest revision applied, 0 without a replica that can be read."""
        if self._environment is None:
            return 0
        try:
            with self._environment.begin(self._meta) as transaction:
                return int(transaction.get(b"revision", b"0"))
        except (lmdb.Error, ValueError):
            self.complain()
            return 0

    def complain(self) -> ReplicaUnavailableError:
        """Stop using a generation that cannot be read and tell the follower, once; gives what to raise."""
        if self._environment is not None and self._generation is not None:
            # a note that cannot be left is no loss: a follower looks at the whole file when it starts
            with contextlib.suppress(OSError):
                (self._directory / "broken").write_text(self._generation)
            self._environment = None  # not closed: a cursor may still stand on its pages
        return ReplicaUnavailableError()

    def close(self) -> None:
        """Unmap the file."""
        if self._environment is not None:
            self._environment.close()
            self._environment = None

    def _follow_the_file(self) -> None:
        """Map more when a writer has outgrown what is mapped, and nothing when the file was cut short."""
        if self._environment is None:
            return
        try:
            length = self._data.stat().st_size
            if length < self._length:  # a page beyond its end would end the process, not raise
                raise TornReplicaError("the file became shorter")
            self._length = length
            self._environment.begin().abort()
        except lmdb.MapResizedError:
            self._environment.set_mapsize(WRITERS_MAP_SIZE)
        except FileNotFoundError:
            return  # removed, but still mapped: it answers until the next generation is there
        except BROKEN:
            self.complain()

    def _open(self, generation: str) -> None:
        try:
            environment = lmdb.open(
                str(self._directory / generation), map_size=WRITERS_MAP_SIZE, readonly=True, max_dbs=3,
                max_readers=MAX_READERS, readahead=False,
            )  # fmt: skip
            _require_whole(environment)
            answers, keys, meta = (environment.open_db(name, create=False) for name in (ANSWERS, KEYS, META))
        except BROKEN:
            return  # the follower is about to replace it
        previous, self._environment = self._environment, environment
        self._answers, self._api_keys, self._meta = answers, keys, meta
        self._generation = generation
        self._data, self._length = self._directory / generation / "data.mdb", 0
        if previous is not None:
            previous.close()


class ReplicaWriter:
    """The one writer of a host's replica."""

    def __init__(self, path: Path, *, map_size: int, create: bool = False) -> None:
        self.path = path
        if create:
            path.mkdir(mode=0o700, parents=True)
        self._environment = lmdb.open(
            str(path), map_size=map_size, max_dbs=3, max_readers=MAX_READERS, create=create
        )
        _require_whole(self._environment)
        self._answers = self._environment.open_db(ANSWERS, create=create)
        self._keys = self._environment.open_db(KEYS, create=create)
        self._meta = self._environment.open_db(META, create=create)
        self._length = _fill_up(self._environment)
        with self._environment.begin() as transaction:
            meta = dict(transaction.cursor(self._meta))
        self.revision = int(meta.get(b"revision", b"0"))
        self.keys_revision = int(meta.get(b"keys_revision", b"-1"))
        self.feed_id = UUID(bytes=meta[b"feed_id"]) if b"feed_id" in meta else None
        self.is_current_format = meta.get(b"format") == FORMAT

    def check(self) -> None:
        """Read everything once; raises when a page is torn or an answer is missing."""
        with self._environment.begin(self._answers) as transaction:
            entries = sum(1 for _ in transaction.cursor())
            if entries != transaction.stat(self._answers)["entries"]:
                raise lmdb.CorruptedError("entries are missing")

    def begin_feed(self, feed_id: UUID) -> None:
        """Make this empty replica one of that feed."""
        with self._environment.begin(self._meta, write=True) as transaction:
            transaction.put(b"format", FORMAT)
            transaction.put(b"feed_id", feed_id.bytes)
        self.feed_id, self.is_current_format = feed_id, True

    def apply(
        self, revision: int, changes: Iterable[tuple[bytes, bytes | None]], *, in_order: bool = False
    ) -> None:
        """Set or, with None, remove answers and move on to `revision`, all in one transaction.

        `in_order` promises keys above all that are there, in byte order, which fills pages whole.
        """
        with self._environment.begin(self._answers, write=True) as transaction:
            for key, answer in changes:
                if answer is None:
                    transaction.delete(key)
                else:
                    transaction.put(key, answer, append=in_order)
            transaction.put(b"revision", b"%d" % revision, db=self._meta)
        self._length = _fill_up(self._environment)
        self.revision = revision

    def replace_keys(self, keys_revision: int, keys: Iterable[tuple[bytes, ApiKey]]) -> None:
        """Replace all API keys."""
        with self._environment.begin(self._keys, write=True) as transaction:
            transaction.drop(self._keys, delete=False)
            for key_hash, key in keys:
                transaction.put(key_hash, key.encode())
            transaction.put(b"keys_revision", b"%d" % keys_revision, db=self._meta)
        self._length = _fill_up(self._environment)
        self.keys_revision = keys_revision

    def is_whole(self) -> bool:
        """Whether its file is as long as it was left; asked without touching a page."""
        try:
            return (self.path / "data.mdb").stat().st_size >= self._length
        except FileNotFoundError:
            return False

    def free_dead_readers(self) -> None:
        """Release pages held by workers that were killed."""
        self._environment.reader_check()

    def close(self) -> None:
        """Unmap the file."""
        self._environment.close()


class ReplicaDirectory:
    """The generations of a host's replica and which of them is in use."""

    def __init__(self, directory: Path, *, map_size: int) -> None:
        self._directory = directory
        self._map_size = map_size
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def open_current(self) -> ReplicaWriter | None:
        """The generation in use, None when there is none; raises one of BROKEN when it is damaged."""
        link = self._directory / "current"
        if not link.is_symlink():
            return None
        writer = ReplicaWriter(self._directory / link.readlink(), map_size=self._map_size)
        writer.check()
        return writer

    def new_generation(self) -> ReplicaWriter:
        """An empty generation, not in use yet."""
        path = self._directory / f"generation-{uuid4().hex}"
        return ReplicaWriter(path, map_size=self._map_size, create=True)

    def put_in_use(self, writer: ReplicaWriter) -> None:
        """Let readers change over, and remove every other generation."""
        draft = self._directory / "current.new"
        draft.unlink(missing_ok=True)
        draft.symlink_to(writer.path.name)
        draft.rename(self._directory / "current")
        (self._directory / "broken").unlink(missing_ok=True)
        for path in self._directory.glob("generation-*"):
            if path != writer.path:
                shutil.rmtree(path, ignore_errors=True)

    def discard(self, writer: ReplicaWriter) -> None:
        """Remove a generation that is not to be used."""
        shutil.rmtree(writer.path, ignore_errors=True)

    def is_in_use(self, writer: ReplicaWriter) -> bool:
        """Whether readers are sent to this generation, its file is whole, and none of them complained."""
        link = self._directory / "current"
        return (
            link.is_symlink()
            and link.resolve() == writer.path.resolve()
            and writer.is_whole()
            and self._broken() != writer.path.name
        )

    def _broken(self) -> str | None:
        """The generation that a reader complained about."""
        try:
            return (self._directory / "broken").read_text()
        except OSError:
            return None

    def mark_synced(self) -> None:
        """Note that the replica has everything the feed has."""
        (self._directory / "synced").touch()


def _sizes(environment: lmdb.Environment) -> tuple[Path, int, int]:
    """The file, its length, and the length that its pages take; in bytes."""
    path = Path(environment.path()) / "data.mdb"
    pages = environment.info()["last_pgno"] + 1
    return path, path.stat().st_size, pages * environment.stat()["psize"]


def _require_whole(environment: lmdb.Environment) -> None:
    """A page beyond the end of a mapped file is a fatal signal, not an exception: look before reading."""
    _, length, needed = _sizes(environment)
    if length < needed:
        raise TornReplicaError("the file is shorter than its pages")


def _fill_up(environment: lmdb.Environment) -> int:
    """Lengthen the file to its last page, which LMDB leaves unwritten when it is a free one; gives its length."""
    path, length, needed = _sizes(environment)
    if length < needed:
        os.truncate(path, needed)
    return max(length, needed)
