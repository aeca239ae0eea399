"""A directory that appears whole or not at all: written aside, synchronised, and renamed into place."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator, Iterator
from glob import escape
from pathlib import Path
from typing import Final

from service.backup.manifest import BackupFile
from service.backup.words import BackupError

DRAFT_PREFIX: Final = ".partial-"  # of the directory's name, before that of the backup
CHUNK_BYTES: Final = 1 << 20


class Draft:
    """A hidden directory beside the one that it will be; its files are for its owner alone, and durable once written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, BackupFile] = {}

    @property
    def files(self) -> tuple[BackupFile, ...]:
        """What was written so far, in the order of paths."""
        return tuple(self._files[name] for name in sorted(self._files))

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def write(self, name: str, content: bytes) -> BackupFile:
        """Write a file from bytes."""
        with self._opened(name) as writer:
            writer.write(content)
        return self._noted(name, writer)

    async def write_from(self, name: str, chunks: AsyncGenerator[bytes, None]) -> BackupFile:
        """Write a file from chunks; nothing of it is left when they fail."""
        try:
            async with contextlib.aclosing(chunks):
                with self._opened(name) as writer:
                    async for chunk in chunks:
                        writer.write(chunk)
        except BaseException:
            (self.path / name).unlink(missing_ok=True)
            raise
        return self._noted(name, writer)

    def remove(self, name: str) -> None:
        """Remove a file that is not to be in the directory after all."""
        (self.path / name).unlink()
        del self._files[name]

    def publish(self, directory: Path) -> None:
        """Make every directory durable, then rename the draft so that it appears; an empty `directory` is replaced."""
        with told_as_write_error(directory):
            for parent, _, _ in os.walk(self.path):
                sync_directory(Path(parent))
            self.path.rename(directory)
            sync_directory(directory.parent)

    def _noted(self, name: str, writer: "_Writer") -> BackupFile:
        self._files[name] = BackupFile(name, writer.size, writer.digest.hexdigest())
        return self._files[name]

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator["_Writer"]:
        path = self.path / name
        with told_as_write_error(path):
            for parent in reversed(Path(name).parents):  # a mode is given only to the last of several
                (self.path / parent).mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            yield _Writer(path, descriptor)
            with told_as_write_error(path):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _Writer:
    """Writes a file and notes its size and digest."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        with told_as_write_error(self._path):
            while view:
                view = view[os.write(self._descriptor, view) :]
        self.digest.update(chunk)
        self.size += len(chunk)


@contextlib.contextmanager
def new_draft(directory: Path) -> Iterator[Draft]:
    """Yield an empty draft of `directory`; it is removed unless it was published.

    What killed attempts left is removed first. Raises BackupError if another process writes the same directory now.
    """
    with told_as_write_error(directory):
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    prefix = f"{DRAFT_PREFIX}{directory.name}."
    _sweep(directory, prefix)
    with told_as_write_error(directory):
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=directory.parent))
    try:
        with _held(path):
            yield Draft(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


async def read_file(path: Path) -> AsyncGenerator[bytes, None]:
    """Yield an ordinary file in chunks; raises BackupError for what is none, and for what cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        code = "not_a_file" if error.errno == errno.ELOOP else "cannot_read"  # ELOOP: it is a link
        raise BackupError.of(code, place=path, reason=error.strerror) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BackupError.of("not_a_file", place=path)
        while chunk := _read(path, descriptor):
            yield chunk
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def told_as_write_error(place: Path) -> Iterator[None]:
    """Tell an operator what the operating system refused, instead of a traceback."""
    try:
        yield
    except OSError as error:
        raise BackupError.of("cannot_write", place=place, reason=error.strerror or error) from error


def sync_directory(directory: Path) -> None:
    """Make the entries of a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int) -> bytes:
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except OSError as error:
        raise BackupError.of("cannot_read", place=path, reason=error.strerror) from error


def _sweep(directory: Path, prefix: str) -> None:
    """Remove drafts that nobody writes any more: the system lets go of a lock when its holder dies."""
    for abandoned in directory.parent.glob(f"{escape(prefix)}????????"):
        try:
            with _held(abandoned):
                shutil.rmtree(abandoned)
        except FileNotFoundError:
            continue  # its writer has just ended
        except BlockingIOError as error:
            raise BackupError.of("at_work", place=directory) from error
        except OSError as error:
            raise BackupError.of("cannot_write", place=abandoned, reason=error.strerror) from error


@contextlib.contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; raises BlockingIOError when somebody else does."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
