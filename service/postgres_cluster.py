"""The files of an embedded PostgreSQL before it has ever run: made aside, put in place whole, made again when half made.

A cluster that may hold anything is never removed: what says so are the files that only a running server leaves.
"""

import errno
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import structlog

from service.directories import make_private, remove, sync, told_in_one_line

DRAFT_PREFIX: Final = ".postgres-being-made-"
FIRST_ID_OF_USERS: Final = 16384  # of a database that is not one of PostgreSQL's own
#: What a server, a backup or a standby leaves in its directory, and `initdb` does not.
SIGNS_OF_USE: Final = (
    "postmaster.opts",
    "log",
    "backup_label",
    "backup_manifest",
    "tablespace_map",
    "standby.signal",
    "recovery.signal",
)
FIRST_WAL_SEGMENTS: Final = frozenset({"000000010000000000000001"})
WAIT_SECONDS: Final = 60.0
MOST_LOG_BYTES: Final = 8 * 1024**2
KEPT_LOG_BYTES: Final = 64 * 1024

log = structlog.get_logger()


def make_cluster(directory: Path, *, owner: int, initdb: Callable[[Path], None]) -> None:
    """Make a cluster beside `directory`, durable on disk, and rename it into place; `initdb` fills an empty directory.

    What a killed first start left beside it is removed. Raises whatever `initdb` does, with nothing left behind.
    """
    remove_drafts(directory)
    with told_in_one_line(directory):
        if directory.is_mount():  # nothing can be renamed over it
            make_private(directory, owner=owner)
            initdb(directory)
            return
        draft = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=directory.parent))
        try:
            make_private(draft, owner=owner)
            initdb(draft)  # which makes durable what it writes
            draft.rename(directory)  # also over an empty directory
        except BaseException:
            remove(draft)
            raise
        sync(directory.parent)


def remove_drafts(directory: Path) -> None:
    """Remove the drafts of killed first starts."""
    with told_in_one_line(directory):
        for draft in directory.parent.glob(f"{DRAFT_PREFIX}????????"):
            remove(draft)


def set_half_made_aside(
    directory: Path, *, is_whole: Callable[[], bool], is_inhabited: Callable[[], bool]
) -> bool:
    """Remove a cluster that a killed first start left half made; return whether there is none in `directory` now.

    `is_whole` says whether PostgreSQL finds the cluster complete, `is_inhabited` whether something still works in it.
    """
    if not directory.exists() or not any(directory.iterdir()):
        return True
    if may_hold_data(directory) or is_whole():
        return False
    deadline = time.monotonic() + WAIT_SECONDS
    while is_inhabited():  # what the killed start had begun ends by itself
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    log.warning("a first start was interrupted; the half-made database, which holds nothing, is made again")
    with told_in_one_line(directory):
        if directory.is_mount():
            for path in sorted(directory.iterdir(), key=lambda path: path.name == "PG_VERSION"):
                remove(path)
            return True
        aside = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=directory.parent))
        directory.rename(aside)  # in one step: a kill from here on leaves a draft
        remove(aside)
    return True


def bound_log(path: Path) -> None:
    """Keep only the end of a log that has grown long; the server appends to it meanwhile, and may lose a line."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            if os.fstat(descriptor).st_size > MOST_LOG_BYTES:
                end = _end_of(file)
                file.truncate(0)
                file.write(end)  # where the disk is full, nothing is kept


def end_of_log(path: Path) -> str:
    """Return the end of a log; nothing if it cannot be read."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return _end_of(file).decode(errors="replace")
    return ""


def _end_of(file: IO[bytes]) -> bytes:
    file.seek(max(0, os.fstat(file.fileno()).st_size - KEPT_LOG_BYTES))
    return file.read()


def may_hold_data(directory: Path) -> bool:
    """Return whether a server has ever run on these files, or whether they came from one that has.

    Only files that `initdb` writes say no: anything else, also what somebody put there, says yes.
    """
    if any((directory / name).exists() for name in SIGNS_OF_USE) or _was_locked_by_server(directory):
        return True
    if not (directory / "PG_VERSION").exists() and not _begun_by_initdb(directory):
        return True
    names = {path.name for path in _entries(directory / "base")}
    if any(name.isdigit() and int(name) >= FIRST_ID_OF_USERS for name in names):
        return True
    segments = {path.name for path in _entries(directory / "pg_wal") if len(path.name) == 24}
    return bool(_entries(directory / "pg_tblspc")) or not segments <= FIRST_WAL_SEGMENTS


def _was_locked_by_server(directory: Path) -> bool:
    """Return whether a server locked the files; what `initdb` runs locks them with a negative process id."""
    try:
        return not (directory / "postmaster.pid").read_text().startswith("-")
    except FileNotFoundError:
        return False


def _begun_by_initdb(directory: Path) -> bool:
    """Return whether there are only the empty directories with which `initdb` begins."""
    return all(path.is_dir() and not path.is_symlink() for path in directory.iterdir()) and not any(
        path.is_file() for path in directory.rglob("*")
    )


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return []
        raise
