"""The data directory that a backup is restored into: empty, held, swept, and filled in one step."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from service.backup.draft import sync_directory, told_as_write_error
from service.backup.words import BackupError
from service.embedded_postgres import EmbeddedPostgres
from service.host.supervisor import make_data_dir
from service.settings import Settings

RESTORE_NOTE: Final = "restore.json"
#: What other commands make in a data directory that holds nothing yet.
NO_DATA: Final = frozenset({"metrics", "serve.lock", "database.lock", "lost+found", "postgres-socket"})
#: What a restore renames into place; no mount point can be renamed over.
PARTS: Final = frozenset({"keys", "evidence", "exports", "postgres", "restored-settings"})
MOUNTS: Final = Path(
    "/proc/self/mountinfo"
)  # of Linux: it also tells mounts of a directory of the same file system
LOCKS: Final = ("serve.lock", "database.lock")


class RestoreNote(msgspec.Struct, frozen=True):
    """Lies in an unfinished restore: which backup it is of, and the feed that its database gets."""

    backup_id: UUID
    feed_id: UUID


def require_empty(settings: Settings) -> None:
    """Raise BackupError if the data directory holds more than locks, empty directories and an unfinished restore.

    An empty directory that a restore could not replace at its last step is refused too.
    """
    ignored = NO_DATA | {settings.restoring_dir.name}
    for path in sorted(settings.data_dir.iterdir()):
        is_empty = path.is_dir() and not path.is_symlink() and not any(path.iterdir())
        if path.name not in ignored and not is_empty:
            raise BackupError.of("data_there", place=settings.data_dir.absolute(), found=path.name)
        if path.name in PARTS and _is_mounted(path):
            raise BackupError.of("mounted", place=path.absolute())


def _is_mounted(path: Path) -> bool:
    if path.is_mount():
        return True
    mounts = MOUNTS.read_text("utf-8", "surrogateescape").splitlines() if MOUNTS.exists() else []
    escaped = str(path.resolve()).replace("\\", r"\134").replace(" ", r"\040")
    return any(line.split()[4] == escaped for line in mounts)


def move_into_place(settings: Settings) -> None:
    """Finish a restore that is whole."""
    with told_as_write_error(settings.data_dir):
        (settings.restored_dir / RESTORE_NOTE).unlink(missing_ok=True)
        for part in sorted(settings.restored_dir.iterdir()):
            part.rename(settings.data_dir / part.name)
        sync_directory(settings.data_dir)
        settings.restored_dir.rmdir()
        sync_directory(settings.data_dir)


def sweep(settings: Settings) -> None:
    """Remove what an unfinished restore left, its server included."""
    if not settings.restoring_dir.exists():
        return
    EmbeddedPostgres(settings.restoring_dir / "postgres").stop()
    with told_as_write_error(settings.restoring_dir):
        shutil.rmtree(settings.restoring_dir)


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Keep every other command that uses this data directory from starting; raises BackupError if one runs."""
    with told_as_write_error(settings.data_dir):
        make_data_dir(settings)
    with contextlib.ExitStack() as stack:
        for name in LOCKS:
            with told_as_write_error(settings.data_dir / name):
                lock = stack.enter_context((settings.data_dir / name).open("ab"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupError.of("in_use", place=settings.data_dir.absolute()) from error
        yield
