"""Writes this host's replica: its generations, and what readers find in the one in use (see `replica.py`)."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import lmdb

from service.directories import make_private, remove
from service.edge.access import ApiKey
from service.lookup.replica import (
    ANSWERS,
    FORMAT,
    GENERATION,
    KEYS,
    LOCK_BYTES,
    MAX_READERS,
    META,
    ORGANISATIONS,
    ORGANISATIONS_REVISION,
    lay_out_lock,
    require_whole,
    sizes_of,
)


class ReplicaWriter:
    """Writes one generation of a host's replica; there is one writer at a time."""

    def __init__(self, path: Path, *, map_size: int, create: bool = False) -> None:
        self.path = path
        lay_out_lock(path)
        self._environment = lmdb.open(
            str(path), map_size=map_size, max_dbs=3, max_readers=MAX_READERS, create=create
        )
        require_whole(self._environment)
        self._answers = self._environment.open_db(ANSWERS, create=create)
        self._keys = self._environment.open_db(KEYS, create=create)
        self._meta = self._environment.open_db(META, create=create)
        self._length = _fill_up(self._environment)
        with self._environment.begin() as transaction:
            meta = dict(transaction.cursor(self._meta))
        self.revision = int(meta.get(b"revision", b"0"))
        self.keys_revision = int(meta.get(b"keys_revision", b"-1"))
        self.organisations_revision = int(meta.get(ORGANISATIONS_REVISION, b"-1"))
        self.feed_id = UUID(bytes=meta[b"feed_id"]) if b"feed_id" in meta else None
        self.is_current_format = meta.get(b"format") == FORMAT

    def check(self) -> None:
        """Read everything once; raises if a page is damaged or an answer is missing."""
        with self._environment.begin(self._answers) as transaction:
            entries = sum(1 for _ in transaction.cursor())
            if entries != transaction.stat(self._answers)["entries"]:
                raise lmdb.CorruptedError("entries are missing")

    def begin_feed(self, feed_id: UUID) -> None:
        """Make this empty replica follow a feed."""
        with self._environment.begin(self._meta, write=True) as transaction:
            transaction.put(b"format", FORMAT)
            transaction.put(b"feed_id", feed_id.bytes)
        self.feed_id, self.is_current_format = feed_id, True

    def apply(
        self, revision: int, changes: Iterable[tuple[bytes, bytes | None]], *, in_order: bool = False
    ) -> None:
        """Set answers or, with None, remove them, and advance to `revision`, all in one transaction.

        `in_order` promises keys above all existing ones, in byte order, so that pages are filled completely.
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

    def replace_organisations(self, revision: int, lines: bytes) -> None:
        """Replace the verified lines of organisations, which readers take over whole (`encode_lines`)."""
        with self._environment.begin(self._meta, write=True) as transaction:
            transaction.put(ORGANISATIONS, lines)
            transaction.put(ORGANISATIONS_REVISION, b"%d" % revision)
        self._length = _fill_up(self._environment)
        self.organisations_revision = revision

    def is_whole(self) -> bool:
        """Return whether its files are as long as they were left; does not touch a page."""
        try:
            lock = (self.path / "lock.mdb").stat().st_size
            return lock >= LOCK_BYTES and (self.path / "data.mdb").stat().st_size >= self._length
        except OSError:
            return False

    def free_dead_readers(self) -> None:
        """Release pages held by workers that were killed."""
        self._environment.reader_check()

    def close(self) -> None:
        """Unmap the file."""
        with suppress(OSError):
            lay_out_lock(self.path)  # closing writes to it: if it was cut short, that would be a fatal signal
        self._environment.close()


class ReplicaDirectory:
    """The generations of a host's replica, and which of them is in use."""

    def __init__(self, directory: Path, *, map_size: int) -> None:
        self._directory = directory
        self._map_size = map_size
        make_private(directory)

    def open_current(self) -> ReplicaWriter | None:
        """Return the generation in use, None if there is none; raises one of BROKEN if it is damaged."""
        link = self._directory / "current"
        if not link.is_symlink() or not link.readlink().name.startswith(GENERATION):
            return None
        writer = ReplicaWriter(self._directory / link.readlink(), map_size=self._map_size)
        writer.check()
        return writer

    def new_generation(self) -> ReplicaWriter:
        """Return an empty generation, which is not in use yet."""
        path = self._directory / f"{GENERATION}{uuid4().hex}"
        make_private(self._directory)
        path.mkdir(mode=0o700)
        try:
            return ReplicaWriter(path, map_size=self._map_size, create=True)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise

    def put_in_use(self, writer: ReplicaWriter) -> None:
        """Switch readers to this generation, and remove every other one."""
        draft, current = self._directory / "current.new", self._directory / "current"
        remove(draft)
        draft.symlink_to(writer.path.name)
        if not current.is_symlink():
            remove(current)  # whatever stands in its place
        draft.rename(current)
        remove(self._directory / "broken")
        for path in self._directory.glob(f"{GENERATION}*"):
            if path != writer.path:
                shutil.rmtree(path, ignore_errors=True)

    def discard(self, writer: ReplicaWriter) -> None:
        """Remove a generation that is not to be used."""
        shutil.rmtree(writer.path, ignore_errors=True)

    def is_in_use(self, writer: ReplicaWriter) -> bool:
        """Return whether readers are sent to this generation, its file is whole, and no reader complained."""
        link = self._directory / "current"
        return (
            link.is_symlink()
            and link.resolve() == writer.path.resolve()
            and writer.is_whole()
            and self._broken() != writer.path.name
        )

    def _broken(self) -> str | None:
        """Return the generation that a reader complained about; None if there is none."""
        try:
            return (self._directory / "broken").read_text()
        except OSError:
            return None

    def mark_synced(self) -> None:
        """Record that the replica has everything that the feed has."""
        (self._directory / "synced").touch()


def _fill_up(environment: lmdb.Environment) -> int:
    """Lengthen the file to its last page, which LMDB does not write while it is free; return the file's length."""
    path, length, needed = sizes_of(environment)
    if length < needed:
        os.truncate(path, needed)
    return max(length, needed)
