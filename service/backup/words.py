"""What can be wrong with a backup, or keep one from being made or restored, in the words shown to operators."""

from typing import Final, Self

from service.flaws import MANIFEST_FLAWS, Flaw, Wordings

BACKUP_FLAWS: Final[Wordings] = {
    **MANIFEST_FLAWS,
    "manifest_missing": (
        "没有清单：这不是完整的备份",
        "the manifest is missing: this is not a complete backup",
    ),
    "unsupported_format": (
        "清单格式为 {found}，本程序只能读取 {expected}",
        "the manifest has the format {found}; this program reads {expected}",
    ),
    "keys_elsewhere": (
        "该备份不含密钥：用 --keys 指明密钥目录，或用 --without-keys 放弃密钥",
        "the backup has no keys: name their directory with --keys, or give them up with --without-keys",
    ),
}

FAILURES: Final[Wordings] = {
    "nothing_here": (
        "{place} 中没有数据库，没有可备份的内容",
        "there is no database in {place}: there is nothing to back up",
    ),
    "schema_too_old": (
        "数据库结构过旧，请先运行 dunwatch migrate",
        "the schema of the database is too old: run `dunwatch migrate` first",
    ),
    "no_keys": (
        "{place} 中缺少密钥 {missing}；请在有密钥的主机上备份",
        "{place} lacks the keys {missing}: back up on a host that has them",
    ),
    "target_not_empty": ("{place} 已存在且不是空目录", "{place} exists and is not an empty directory"),
    "mount_point": (
        "{place} 是挂载点，请指定其中的一个新目录",
        "{place} is a mount point: name a new directory in it",
    ),
    "target_inside": (
        "{place} 在数据目录 {data} 之内，会随其一同丢失",
        "{place} is inside the data directory {data} and would be lost with it",
    ),
    "keys_beside": (
        "密钥目录 {place} 不能在备份目录之内，反之亦然",
        "the directory of the keys, {place}, must be neither inside the backup nor around it",
    ),
    "other_keys": (
        "{place} 中已有另一套密钥，未作改动",
        "{place} already holds other keys, which are left as they are",
    ),
    "at_work": (
        "另一个备份正在写入 {place}",
        "another backup is being written to {place} at this moment",
    ),
    "no_space": (
        "{place} 的可用空间不足：需要约 {needed}，只有 {free}",
        "there is too little space in {place}: about {needed} are needed, {free} are free",
    ),
    "cannot_write": ("无法写入 {place}：{reason}", "{place} cannot be written: {reason}"),
    "cannot_read": ("无法读取 {place}：{reason}", "{place} cannot be read: {reason}"),
    "not_a_file": ("{place} 不是普通文件，未作备份", "{place} is not an ordinary file"),
    "changing": (
        "证据变动过快，反复几次仍无法取得一致的快照，请重试",
        "evidence is deleted faster than it can be copied: run the command again",
    ),
    "program_failed": ("{program} 失败：{reason}", "{program} failed: {reason}"),
    "newer_release": (
        "备份的数据库结构为 {found}，只有更新的版本认识",
        "the backup has the schema {found}, which only a later release knows",
    ),
    "in_use": (
        "{place} 正被另一个 dunwatch 使用",
        "another dunwatch uses {place}",
    ),
    "data_there": (
        "{place} 中已有数据（{found}）；只恢复到空目录",
        "{place} has data already ({found}): a backup is restored only into an empty directory",
    ),
    "mounted": (
        "{place} 是挂载点，恢复无法替换它：请先卸载，恢复后再把文件移入",
        "{place} is a mount point, which a restore cannot replace: unmount it first, and move the files into it afterwards",
    ),
    "other_restore": (
        "另一个备份（{found}）的恢复尚未完成：先用它再次运行 restore；若要放弃，请清空数据库并删除 {place}",
        "the restore of another backup ({found}) is not finished: run restore with that one again. To give it up, empty the "
        "database and remove {place}",
    ),
    "keys_changing": (
        "备份期间证据密钥更换了不止一次，请重试",
        "the key of evidence was changed more than once meanwhile: run the command again",
    ),
    "database_not_empty": (
        "DUNWATCH_DATABASE_URL 指向的数据库不是空的",
        "the database at DUNWATCH_DATABASE_URL is not empty",
    ),
    "not_as_backed_up": (
        "恢复后的 {what} 为 {found}，备份记载 {expected}；文件未启用",
        "the restored {what} is {found}, the backup says {expected}: no file was put in place",
    ),
}


class BackupError(RuntimeError):
    """A backup or a restore that cannot go on; nothing half is left in place."""

    @classmethod
    def of(cls, code: str, **values: object) -> Self:
        """Return the error with this code, with what was found filled in."""
        return cls(" / ".join(text.format(**values) for text in FAILURES[code]))


def flaw(code: str, name: str, **values: object) -> Flaw:
    """Return the flaw of a file of a backup."""
    return Flaw.of(BACKUP_FLAWS, code, name, **values)


def size_told(count: int) -> str:
    """Return a number of bytes as people read it: `size_told(3 * 2**30)` is `3.0 GiB`."""
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
