"""Commands that back the service up and restore it: `dunwatch backup DIR`, `dunwatch restore DIR`."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from service.commands.process import console, settle, start
from service.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from service.backup.manifest import BackupManifest
    from service.backup.restore import Restored
    from service.backup.write import BackupOrder, Progress

#: The exit status of work that is done, with evidence that was lost before it began.
DONE_WITH_LOSSES: Final = 3

WithoutKeys = Annotated[bool, typer.Option("--without-keys", help="Leave the keys out.")]


def backup(
    directory: Annotated[Path, typer.Argument(help="The directory that is made; it must be new or empty.")],
    keys: Annotated[
        Path | None, typer.Option(help="Write the keys into this directory instead of into the backup.")
    ] = None,
    without_keys: WithoutKeys = False,
) -> None:
    """Copy database, evidence, exports, ledger, settings and keys into a directory, while the service runs.

    The directory appears whole or not at all. Whoever has a backup with its keys can read everything that is in it.
    """
    if keys is not None and without_keys:
        console.print("--keys 与 --without-keys 不能同用 / --keys and --without-keys exclude each other.")
        raise typer.Exit(2)
    settings = start()
    from service.backup.words import BackupError
    from service.backup.write import BackupOrder
    from service.host.supervisor import running_database

    if settings.database_url is None and not (settings.postgres_dir / "PG_VERSION").exists():
        raise BackupError.of("nothing_here", place=settings.data_dir.absolute())
    order = BackupOrder(
        settings=settings,
        directory=directory,
        backup_id=uuid4(),
        now=lambda: datetime.now(UTC),
        keys_are="left out" if without_keys else "inside" if keys is None else "apart",
        keys_directory=keys,
    )
    with running_database(settings, migrates=False), _bars() as progress:  # also right before an upgrade
        manifest = asyncio.run(_backup(order, progress))
    _tell_backup(order, manifest)
    if manifest.lost:
        raise typer.Exit(DONE_WITH_LOSSES)


def restore(
    directory: Annotated[Path, typer.Argument(help="The directory that holds the backup.")],
    keys: Annotated[
        Path | None, typer.Option(help="Read the keys from this directory instead of from the backup.")
    ] = None,
    without_keys: WithoutKeys = False,
    public_key: Annotated[
        str | None, typer.Option(help="Require that the backup is signed with this key.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the backup and change nothing.")] = False,
) -> None:
    """Check a backup and restore it into an empty data directory; an interrupted restore may be run again."""
    settings = settle()
    began = time.monotonic()
    trusted = _loaded(public_key) if public_key else None
    with _bars() as progress:
        manifest, keys_directory = _checked(directory, keys, trusted, progress, without_keys=without_keys)
        restored = None if check else _restored(settings, directory, manifest, keys_directory, progress)
    if restored is None:
        _tell_checked(manifest, is_trusted=bool(trusted or keys))
        raise typer.Exit(DONE_WITH_LOSSES if manifest.lost else 0)
    _tell_restored(settings, restored, time.monotonic() - began)
    if restored.unreadable:
        raise typer.Exit(DONE_WITH_LOSSES)


async def _backup(order: "BackupOrder", progress: "Progress") -> "BackupManifest":
    from service.backup.write import write_backup
    from service.database import open_database

    database = open_database(order.settings)
    try:
        return await write_backup(database, order, progress)
    finally:
        await database.close()


def _restored(
    settings: Settings,
    directory: Path,
    manifest: "BackupManifest",
    keys_directory: Path | None,
    progress: "Progress",
) -> "Restored":
    from service.backup.restore import RestoreOrder, restore_backup

    order = RestoreOrder(
        settings=settings,
        directory=directory,
        manifest=manifest,
        keys_directory=keys_directory,
        feed_id=uuid4(),
    )
    return restore_backup(order, progress)


def _checked(
    directory: Path,
    keys: Path | None,
    trusted: "Ed25519PublicKey | None",
    progress: "Progress",
    *,
    without_keys: bool,
) -> tuple["BackupManifest", Path | None]:
    """Return the manifest of a backup in which nothing is wrong, and where its keys are; end the command otherwise."""
    from service.backup.check import check_files, check_keys, check_signer, read_manifest
    from service.backup.manifest import KEYS, MANIFEST_NAME
    from service.backup.words import flaw

    manifest, flaws = read_manifest(directory)
    keys_directory = None if without_keys else keys
    if manifest is not None:
        if manifest.keys_are == "inside" and keys is None and not without_keys:
            keys_directory = directory / KEYS
        flaws += check_signer(manifest, trusted) if trusted else []
        flaws += check_files(directory, manifest, lambda done, total: progress("check", done, total))
        if keys_directory is not None:
            flaws += check_keys(keys_directory, manifest)
        elif not without_keys:
            flaws.append(flaw("keys_elsewhere", MANIFEST_NAME))
    if manifest is None or flaws:
        for one in flaws:
            console.print(str(one), markup=False)
        console.print("什么都没有改动 / Nothing was changed.")
        raise typer.Exit(1)
    return manifest, keys_directory


def _loaded(public_key: str) -> "Ed25519PublicKey":
    """Return the key that a text holds; end the command when it holds none."""
    from service.signed import load_public_key

    try:
        return load_public_key(public_key)
    except ValueError as error:
        console.print(f"--public-key: {error}", markup=False)
        raise typer.Exit(2) from error


@contextmanager
def _bars() -> Iterator["Progress"]:
    """Show a bar for each step, in the order in which steps begin; one of unknown length only moves."""
    from service.commands.progress import in_steps

    with in_steps() as bars:
        tasks: dict[str, object] = {}

        def show(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

        yield show


def _tell_backup(order: "BackupOrder", manifest: "BackupManifest") -> None:
    from service.backup.words import size_told

    facts, size = manifest.facts, size_told(sum(file.bytes for file in manifest.files))
    console.print(
        f"{order.directory}: {size}, {facts.reports:,} reports, {facts.evidence:,} pieces of evidence, "
        f"{facts.ledger_entries:,} entries of the ledger, in {manifest.seconds:,.0f} s",
        markup=False,
    )
    _tell_moment(manifest.taken_at)
    console.print(_KEYS_TOLD[manifest.keys_are].format(place=order.keys_directory), markup=False)
    _tell_lost(manifest.lost)


_KEYS_TOLD: Final = {
    "inside": (
        "备份含有密钥：拿到它的人可以读取一切，包括证据和举报人。请加密保存，或用 --keys 分开存放 / The backup holds the "
        "keys: whoever gets it can read everything, evidence and reporters included. Encrypt it, or keep them apart "
        "with --keys."
    ),
    "apart": (
        "密钥在 {place}，请与备份分开存放 / The keys are in {place}: keep them in another place than the backup. "
        "Without them, the backup cannot be read."
    ),
    "left out": (
        "备份不含密钥：没有密钥就无法读取证据和密封的内容 / The backup has no keys: without them, evidence and sealed "
        "fields cannot be read, and reporters' tokens stop working."
    ),
}


def _tell_moment(moment: datetime) -> None:
    told = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    console.print(
        f"包含 {told} 之前确认的全部内容 / The backup holds everything that was acknowledged before {told}."
    )


def _tell_lost(lost: tuple[object, ...]) -> None:
    if lost:
        console.print(
            f"{len(lost)} 件证据无法读取 / {len(lost):,} pieces of evidence cannot be read; "
            f"they were lost or damaged before: {', '.join(map(str, lost[:20]))}"
        )


def _tell_checked(manifest: "BackupManifest", *, is_trusted: bool) -> None:
    console.print("备份完整且未被改动 / The backup is complete and unaltered.")
    if not is_trusted:
        console.print("It was checked with the key it names: give --public-key to check who signed it.")
    _tell_moment(manifest.taken_at)
    _tell_lost(manifest.lost)


def _tell_restored(settings: Settings, restored: "Restored", seconds: float) -> None:
    if restored.is_finished_only:
        console.print("先前的恢复已完成 / The earlier restore, which was whole already, was finished.")
    else:
        console.print(
            f"{settings.data_dir.absolute()}: {restored.reports:,} reports, {restored.evidence:,} pieces of evidence, "
            f"restored in {seconds:,.0f} s",
            markup=False,
        )
        _tell_moment(restored.taken_at)
        age = _age((datetime.now(UTC) - restored.taken_at).total_seconds())
        console.print(
            f"此后的 {age} 内确认的内容已丢失 / What was acknowledged in the {age} since then is not there."
        )
    console.print(
        "Run `dunwatch serve`; each host builds its replica again. Run `dunwatch purge`, and repeat the deletions that "
        "people requested since. The settings of that time are in restored-settings/."
    )
    _tell_lost(restored.unreadable)


def _age(seconds: float) -> str:
    """Return how long something is ago: `1 h 5 min`."""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours:,} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
