"""Directories for their owner alone: made, or refused with one line that says why; never changed through a link.

A process of root that changes the owner or the mode of what a link names changes whatever somebody else has put there.
"""

import errno
import grp
import os
import pwd
import shutil
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o700
#: What a system call says about a place in which nothing can be stored, in Chinese; in English the system says it.
_REASONS_ZH: Final = {
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许此操作",
    errno.EROFS: "文件系统只读",
    errno.ENOSPC: "磁盘空间已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EEXIST: "已有同名文件",
    errno.ENAMETOOLONG: "路径过长",
    errno.ELOOP: "符号链接过多",
    errno.ENOENT: "路径中有一段不存在",
    errno.EIO: "磁盘读写出错",
}


class DirectoryError(RuntimeError):
    """A place in which the service cannot, or must not, store anything; the message says why, in Chinese and English."""

    def __init__(self, path: Path | str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {shown(path)}: {en}")


def shown(path: Path | str) -> str:
    """Return a path as one printable line, whatever its name is made of."""
    text = str(path)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


@contextmanager
def told_in_one_line(path: Path) -> Iterator[None]:
    """Turn what the system says about a place into a DirectoryError."""
    try:
        yield
    except OSError as error:
        zh = _REASONS_ZH.get(error.errno or 0, "无法使用")
        raise DirectoryError(path, f"目录无法使用：{zh}", error.strerror or type(error).__name__) from error
    except ValueError as error:  # a NUL character, or half of a surrogate pair
        raise DirectoryError(
            path, "目录无法使用：路径中有不允许的字符", "the path has an impossible character"
        ) from error


def make_private(
    path: Path, *, mode: int = PRIVATE, owner: int | None = None, trusts_parent: bool = True
) -> None:
    """Make a directory for its owner alone, with its parents; one that exists keeps its mode, unless `owner` is given.

    With `owner`, a user's id, it is handed to that user and gets the mode. Raises DirectoryError for what is not a
    directory, for somebody else's link or directory and, for root or without `trusts_parent`, where another ordinary
    user could put another directory in its place.
    """
    with told_in_one_line(path):
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        _refuse_links(path)
        is_root = os.geteuid() == 0
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if is_root else 0)
        descriptor = os.open(path, flags)
        try:
            _refuse_strangers(path, os.fstat(descriptor), owner)
            if is_root or not trusts_parent:
                _refuse_open_places(path, trusted={os.geteuid(), 0, owner})
            if owner is not None:
                _hand_over(descriptor, owner, mode)
        finally:
            os.close(descriptor)


def make_anew(path: Path) -> None:
    """Make an empty private directory; what was in it is removed, but nothing behind a link."""
    make_private(path)
    with told_in_one_line(path):
        for entry in path.iterdir():
            remove(entry)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole directory, if it is there."""
    if path.is_symlink() or not path.is_dir():
        with suppress(FileNotFoundError):
            path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def sync(directory: Path) -> None:
    """Make the entries of a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_links(path: Path) -> None:
    """An ordinary user may keep a directory elsewhere, by a link of his own; root changes nothing through links."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) and (os.geteuid() == 0 or found.st_uid != os.geteuid()):
        raise DirectoryError(
            path, "目录是符号链接，不予使用", "this is a link, which the service does not follow"
        )


def _refuse_strangers(path: Path, found: os.stat_result, owner: int | None) -> None:
    if found.st_uid not in {os.geteuid(), 0, owner}:
        raise DirectoryError(
            path, "目录属于其他用户，不予使用", f"this belongs to another user (id {found.st_uid})"
        )


def _refuse_open_places(path: Path, trusted: Collection[int | None]) -> None:
    """Refuse a path on which an untrusted user could put something else in the way."""
    for parent in sorted(_on_the_way(path.absolute())):
        found = parent.stat()
        is_sticky = bool(found.st_mode & stat.S_ISVTX)  # only owners replace what is in there
        if found.st_uid not in trusted:
            raise DirectoryError(
                parent,
                "其所有者能替换其中的目录，不予使用",
                f"its owner (user id {found.st_uid}) can replace what is in here; use a place that belongs to root",
            )
        if found.st_mode & stat.S_IWOTH and not is_sticky:
            raise DirectoryError(
                parent,
                "任何用户都能替换其中的目录，不予使用",
                "every user can replace what is in here; run chmod o-w on it",
            )
        if found.st_mode & stat.S_IWGRP and not is_sticky and _has_strangers(found.st_gid, trusted):
            raise DirectoryError(
                parent,
                "所属用户组的成员能替换其中的目录，不予使用",
                f"members of its group (id {found.st_gid}) can replace what is in here; run chmod g-w on it",
            )


def _on_the_way(path: Path) -> set[Path]:
    """Return every directory on the way to a path that exists, also those in which its links, and theirs, lie."""
    found = set(path.parents)
    for step in reversed((path, *path.parents)):
        if step.is_symlink():
            return found | _on_the_way(step.parent / step.readlink() / path.relative_to(step))
    return found


def _has_strangers(group: int, trusted: Collection[int | None]) -> bool:
    """Return whether an untrusted user is in a group; systems have groups of their own that nobody is in."""
    try:
        named = set(grp.getgrgid(group).gr_mem)
    except KeyError:
        named = set()
    return any(
        user.pw_uid not in trusted and (user.pw_gid == group or user.pw_name in named)
        for user in pwd.getpwall()
    )


def _hand_over(descriptor: int, owner: int, mode: int) -> None:
    if os.fstat(descriptor).st_uid != owner:
        os.fchown(descriptor, owner, pwd.getpwuid(owner).pw_gid)
    os.fchmod(descriptor, mode)
