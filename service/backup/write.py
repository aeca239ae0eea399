"""Writes a backup while the service runs: one snapshot of the database, and everything that belongs to it.

Evidence and exports are copied first. The snapshot is taken after that, and what has come since is copied while it is
held; an object that was deleted in between makes a new snapshot necessary. So whatever the snapshot names is in the backup.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from service.backup import manifest as places
from service.backup.draft import Draft, new_draft, read_file
from service.backup.manifest import BackupManifest, Facts
from service.backup.programs import dump_database
from service.backup.sources import (
    export_id_of,
    keys_for_all,
    list_exports,
    list_settings_files,
    read_keys,
    safe_name,
    settings_told,
    size_of,
    told_as_unreadable,
)
from service.backup.store import (
    fetch_facts,
    has_schema,
    list_done_exports,
    note_backup,
    open_snapshot,
    stream_evidence,
)
from service.backup.targets import check_targets, described, require_space, write_keys_apart
from service.backup.words import BackupError
from service.database import Connection, Database, DatabaseUnavailableError, database_url
from service.evidence.vault import Vault, open_vault
from service.ledger.copy import copy_ledger
from service.ledger.verify import CHECKPOINTS, ENTRIES
from service.secrets import load_key_ring
from service.settings import Settings

#: Snapshots that are taken before giving up because evidence is deleted all the time.
ATTEMPTS: Final = 10

Step: TypeAlias = Literal["evidence", "exports", "database", "check", "evidence check"]
#: Is told a step, how much of it is done, and of how much, if that is known.
Progress: TypeAlias = Callable[[Step, int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOrder:
    """Where a backup is to be written, and what becomes of the keys; `now` is the clock."""

    settings: Settings
    directory: Path
    backup_id: UUID
    now: Callable[[], datetime]
    keys_are: Literal["inside", "apart", "left out"] = "inside"
    keys_directory: Path | None = None


async def write_backup(database: Database, order: BackupOrder, progress: Progress) -> BackupManifest:
    """Write the backup, so that its directory appears whole or not at all; raises BackupError."""
    settings = order.settings
    first_keys = read_keys(settings.keys_dir)  # those that are missing are told before hours of work
    directory = check_targets(settings.data_dir, order.directory, order.keys_directory, first_keys)
    async with database.connection() as connection:
        if not await has_schema(connection):
            raise BackupError.of("schema_too_old")
    began = order.now()
    with new_draft(directory) as draft:
        backup = _Backup(database, order, draft, progress)
        await backup.copy_files()
        manifest = await backup.copy_snapshot()
        # again after the snapshot: the two readings together open all that it names
        keys = keys_for_all(first_keys, read_keys(settings.keys_dir))
        if order.keys_are == "inside":
            for name, content in keys.items():
                draft.write(f"{places.KEYS}/{name}", content)
        manifest = msgspec.structs.replace(
            manifest,
            keys=tuple(described(name, content) for name, content in sorted(keys.items())),
            files=draft.files,
            seconds=round((order.now() - began).total_seconds(), 1),
        ).signed(load_key_ring(settings.keys_dir).signer())
        draft.write(places.MANIFEST_NAME, manifest.render())
        if order.keys_directory is not None:
            write_keys_apart(order.keys_directory.resolve(), keys)
        await asyncio.sleep(0)  # the last moment at which Ctrl-C is heard
        draft.publish(directory)
    with contextlib.suppress(
        DatabaseUnavailableError
    ):  # the backup is whole, whether or not that can be noted
        async with database.connection() as connection:
            await note_backup(connection, manifest.taken_at)
    return manifest


@dataclass(slots=True)
class _Backup:
    """One attempt to write a backup."""

    database: Database
    order: BackupOrder
    draft: Draft
    progress: Progress
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        settings = self.order.settings
        self.vault = open_vault(settings, load_key_ring(settings.keys_dir))

    async def copy_files(self) -> None:
        """Copy what does not change any more once it is there, and what the operator has set."""
        settings = self.order.settings
        sizes = await self._evidence_sizes()
        exports = list_exports(settings.exports_dir)
        exported = sum(size_of(path) for paths in exports.values() for path in paths)
        require_space(self.draft.path, sum(sizes.values()) + exported)
        done = 0
        for evidence_id, size in sizes.items():
            await self._copy_object(evidence_id)
            self.progress("evidence", done := done + size, sum(sizes.values()))
        for place, (name, paths) in enumerate(exports.items(), 1):
            await self._copy_export(name, paths)
            self.progress("exports", place, len(exports))
        for name, path in list_settings_files(settings):
            await self.draft.write_from(name, read_file(path))
        self.draft.write(f"{places.SETTINGS}/settings.json", settings_told(settings))
        if settings.ledger_note.exists():  # before the snapshot, which therefore has what it says
            await self.draft.write_from(places.NOTE, read_file(settings.ledger_note))

    async def copy_snapshot(self) -> BackupManifest:
        """Copy the database as it is at one moment; return the manifest but for files, keys and signature."""
        missing: set[UUID] = set()
        for _attempt in range(ATTEMPTS):
            taken_at = self.order.now()
            async with open_snapshot(self.database) as (connection, name):
                known = missing
                wanted = {row.evidence_id async for row in stream_evidence(connection)}
                missing = {one for one in wanted if not await self._copy_object(one)}
                exports = await list_done_exports(connection)
                # what was missing already before this snapshot is lost; the rest was deleted under our hands
                if missing <= known and await self._copy_new_exports(exports):
                    self._drop_the_rest(wanted, exports)
                    facts = await self._copy_database(connection, name)
                    return self._manifest(taken_at, facts, missing)
        raise BackupError.of("changing")

    async def _copy_database(self, connection: Connection, snapshot: str) -> Facts:
        facts = await fetch_facts(connection)
        dump = dump_database(
            database_url(self.order.settings),
            snapshot,
            progress=lambda done: self.progress("database", done, None),
        )
        await self.draft.write_from(places.DUMP, dump)
        entries, checkpoints = await copy_ledger(connection)
        self.draft.write(f"{places.LEDGER}/{ENTRIES}", entries)
        self.draft.write(f"{places.LEDGER}/{CHECKPOINTS}", checkpoints)
        return facts

    def _manifest(self, taken_at: datetime, facts: Facts, lost: set[UUID]) -> BackupManifest:
        return BackupManifest(
            backup_id=self.order.backup_id,
            taken_at=taken_at,
            seconds=0,
            service_version=version("dunwatch"),
            facts=facts,
            files=(),
            keys=(),
            keys_are=self.order.keys_are,
            lost=tuple(sorted(lost)),
        )

    async def _evidence_sizes(self) -> dict[UUID, int]:
        sizes: dict[UUID, int] = {}
        with told_as_unreadable(self.order.settings):
            async for batch in self.vault.list_sizes(self.order.now() + timedelta(days=1)):
                sizes |= batch
        return sizes

    async def _copy_object(self, evidence_id: UUID) -> bool:
        """Copy an object unless that was done; return False when there is none."""
        name = f"{places.EVIDENCE}/{evidence_id}"
        if name in self.draft:
            return True
        try:
            with told_as_unreadable(self.order.settings):
                await self.draft.write_from(name, self.vault.read_sealed(evidence_id))
        except FileNotFoundError:
            return False
        return True

    async def _copy_export(self, export: str, paths: list[Path]) -> None:
        """Copy the files of an export that are there."""
        exports_dir = self.order.settings.exports_dir
        for path in paths:
            name = f"{places.EXPORTS}/{safe_name(path.relative_to(exports_dir))}"
            if name not in self.draft:
                with contextlib.suppress(FileNotFoundError):
                    await self.draft.write_from(name, read_file(path))

    async def _copy_new_exports(self, done: set[UUID]) -> bool:
        """Copy exports that were finished since; return False if one of them has expired meanwhile."""
        copied = {
            file.path.split("/")[1] for file in self.draft.files if file.path.startswith(places.EXPORTS)
        }
        found = list_exports(self.order.settings.exports_dir)
        new = {name: found[name] for name in map(str, done) if name in found and name not in copied}
        for name, paths in new.items():
            await self._copy_export(name, paths)
        if not new:
            return True
        # the row changes before the first file is removed: what is still done was there until now
        async with self.database.connection() as connection:
            return {UUID(name) for name in new} <= await list_done_exports(connection)

    def _drop_the_rest(self, evidence: set[UUID], exports: set[UUID]) -> None:
        """Remove what the snapshot does not name; an export with a name of its own is the operator's."""
        for file in self.draft.files:
            place, _, rest = file.path.partition("/")
            if (place == places.EVIDENCE and UUID(rest) not in evidence) or (
                place == places.EXPORTS and (export := export_id_of(rest)) and export not in exports
            ):
                self.draft.remove(file.path)
