"""Where a backup may be written: into a new directory, outside of what it backs up, with enough space."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from service.backup.draft import new_draft, told_as_write_error
from service.backup.manifest import BackupFile
from service.backup.words import BackupError, size_told


def check_targets(
    data_dir: Path, directory: Path, keys_directory: Path | None, keys: Mapping[str, bytes]
) -> Path:
    """Return the directory with every link followed; raises BackupError if it, or that of the keys, cannot be one."""
    target = _outside(data_dir, directory)
    if target.is_mount():
        raise BackupError.of("mount_point", place=target)
    if not _is_free(target):
        raise BackupError.of("target_not_empty", place=target)
    if keys_directory is not None:
        beside = _outside(data_dir, keys_directory)
        if beside.is_relative_to(target) or target.is_relative_to(beside):
            raise BackupError.of("keys_beside", place=beside)
        _require_same_or_none(beside, keys)
    return target


def require_space(directory: Path, needed: int) -> None:
    """Raise BackupError unless the file system of a directory has so many bytes left."""
    with told_as_write_error(directory):
        free = shutil.disk_usage(directory).free
    if free < needed:
        raise BackupError.of("no_space", place=directory, needed=size_told(needed), free=size_told(free))


def described(name: str, content: bytes) -> BackupFile:
    """Return size and digest of a content."""
    return BackupFile(name, len(content), hashlib.sha256(content).hexdigest())


def write_keys_apart(directory: Path, keys: Mapping[str, bytes]) -> None:
    """Write the keys into a directory of their own, whole or not at all; the same keys may be there already."""
    if _require_same_or_none(directory, keys):
        return
    with new_draft(directory) as draft:
        for name, content in keys.items():
            draft.write(name, content)
        draft.publish(directory)


def _outside(data_dir: Path, directory: Path) -> Path:
    target, data = directory.resolve(), data_dir.resolve()
    if target.is_relative_to(data) or data.is_relative_to(target):
        raise BackupError.of("target_inside", place=target, data=data)
    return target


def _is_free(directory: Path) -> bool:
    """Return whether nothing is there but an empty directory at most."""
    if not directory.exists():
        return True
    with told_as_write_error(directory):
        return directory.is_dir() and not any(directory.iterdir())


def _require_same_or_none(directory: Path, keys: Mapping[str, bytes]) -> bool:
    """Return whether a directory holds exactly these keys, False if it is free; raises BackupError for anything else."""
    if _is_free(directory):
        return False
    with told_as_write_error(directory):
        found = {path.name: path.read_bytes() for path in directory.iterdir()} if directory.is_dir() else {}
    if found != dict(keys):
        raise BackupError.of("other_keys", place=directory)
    return True
