"""Restores a backup into an empty data directory: put together aside, compared with the backup, then moved into place.

Everything is made in `.restoring`. Once it is whole, that becomes `.restored` in one step, and its parts are moved to
their places; a restore that is killed before begins anew, one that is killed after is finished. Until then no other
command starts in that data directory. An external database is filled in one transaction, the last step but for the moves.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from obstore.store import LocalStore

from migrations.revisions import list_revisions
from service.backup import manifest as places
from service.backup.draft import Draft, read_file, sync_directory, told_as_write_error
from service.backup.manifest import BackupFile, BackupManifest
from service.backup.place import RESTORE_NOTE, RestoreNote, held, move_into_place, require_empty, sweep
from service.backup.programs import load_database
from service.backup.store import fetch_facts, fetch_feed, has_relations, stream_evidence
from service.backup.targets import require_space
from service.backup.words import BackupError
from service.backup.write import Progress
from service.database import Database, migrate, open_database
from service.edge.problems import ProblemError
from service.embedded_postgres import EmbeddedPostgres
from service.evidence.sealing import DamagedError
from service.evidence.store import EvidenceRow
from service.evidence.vault import SealedVault, Vault, open_sealed_vault, open_vault
from service.secrets import load_key_ring
from service.settings import Settings

#: What a new cluster takes, and its write-ahead log while it is filled.
CLUSTER_BYTES: Final = 64 * 2**20
WAL_BYTES: Final = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOrder:
    """A backup that was checked, where its keys are (None: they are given up), and the new identity of the feed."""

    settings: Settings
    directory: Path
    manifest: BackupManifest
    keys_directory: Path | None
    feed_id: UUID


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a restore; `unreadable` is evidence that no key opens or whose object is damaged."""

    taken_at: datetime
    reports: int
    evidence: int
    unreadable: tuple[UUID, ...]
    is_finished_only: bool = False


def restore_backup(order: RestoreOrder, progress: Progress) -> Restored:
    """Restore the backup, so that the data directory is filled whole or not at all; raises BackupError."""
    settings, manifest = order.settings, order.manifest
    if manifest.facts.revision not in list_revisions():
        raise BackupError.of("newer_release", found=manifest.facts.revision)
    with held(settings):
        if settings.restored_dir.exists():
            move_into_place(settings)
            # it may have been of another backup: nothing is told of it but that
            return Restored(manifest.taken_at, 0, 0, (), is_finished_only=True)
        require_empty(settings)
        filled = asyncio.run(_feed_of(settings))
        if filled is not None and filled.backup_id != manifest.backup_id:
            raise BackupError.of("other_restore", found=filled.backup_id, place=settings.restoring_dir)
        is_loaded = filled is not None
        if not is_loaded:
            sweep(settings)
        restore = _Restore(order, progress, is_loaded=is_loaded)
        try:
            return restore.run()
        except BaseException:
            if not restore.is_loaded:  # what belongs to a database that is filled is kept for the next try
                sweep(settings)
            raise


@dataclass(slots=True)
class _Restore:
    """One attempt to restore."""

    order: RestoreOrder
    progress: Progress
    is_loaded: bool  # whether an external database holds the backup already
    draft: Draft = field(init=False)

    def __post_init__(self) -> None:
        self.draft = Draft(self.order.settings.restoring_dir)

    def run(self) -> Restored:
        """Put everything together and move it into place."""
        settings, manifest = self.order.settings, self.order.manifest
        if not self.is_loaded:
            self._require_space()
            self._begin()
            asyncio.run(self._copy_files())
        with self._database_running() as url:
            if not self.is_loaded:
                asyncio.run(self._load(url))
            asyncio.run(self._compare(url))
            migrate(url)
            unreadable = asyncio.run(self._check_evidence(url))
        for parent, _, _ in os.walk(self.draft.path):
            if not Path(parent).is_relative_to(
                self.draft.path / "postgres"
            ):  # the server has synchronised its own
                sync_directory(Path(parent))
        with told_as_write_error(settings.restored_dir):
            self.draft.path.rename(settings.restored_dir)
            sync_directory(settings.data_dir)
        move_into_place(settings)
        return Restored(manifest.taken_at, manifest.facts.reports, manifest.facts.evidence, tuple(unreadable))

    def _require_space(self) -> None:
        settings, manifest = self.order.settings, self.order.manifest
        is_local = settings.evidence_url is None
        needed = sum(
            file.bytes
            for file in manifest.files
            if not file.path.startswith(places.DUMP)
            and (is_local or not file.path.startswith(places.EVIDENCE))
        )
        if settings.database_url is None:
            size = manifest.facts.database_bytes
            needed += CLUSTER_BYTES + size + min(size, WAL_BYTES)
        require_space(settings.data_dir, needed)

    def _begin(self) -> None:
        """Make the directory; the embedded server's unprivileged user passes through it."""
        order = self.order
        with told_as_write_error(self.draft.path):
            self.draft.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)
        self.draft.write(
            RESTORE_NOTE, msgspec.json.encode(RestoreNote(order.manifest.backup_id, order.feed_id))
        )
        sync_directory(self.draft.path)

    async def _copy_files(self) -> None:
        """Copy everything but the database; keys and the note of the ledger go beside each other."""
        order, manifest = self.order, self.order.manifest
        if order.keys_directory is not None:
            for key in manifest.keys:
                await self._copy(order.keys_directory / key.path, f"{places.KEYS}/{key.path}", key)
        for file in manifest.files:
            place, _, rest = file.path.partition("/")
            source = order.directory / file.path
            if place == places.SETTINGS:
                await self._copy(source, f"restored-settings/{rest}", file)
            elif file.path == places.NOTE and order.keys_directory is not None:
                await self._copy(source, f"{places.KEYS}/ledger.note", file)
        await self._copy_many(places.EXPORTS)
        if order.settings.evidence_url is None:
            await self._copy_many(places.EVIDENCE)
        else:
            await self._send_evidence(open_sealed_vault(order.settings))

    async def _copy_many(self, place: str) -> None:
        files = self._files_of(place)
        done, total = 0, sum(file.bytes for file in files)
        for file in files:
            await self._copy(self.order.directory / file.path, file.path, file)
            self.progress(
                "evidence" if place == places.EVIDENCE else "exports", done := done + file.bytes, total
            )

    async def _send_evidence(self, vault: SealedVault) -> None:
        files = self._files_of(places.EVIDENCE)
        for count, file in enumerate(files, 1):
            evidence_id = UUID(file.path.partition("/")[2])
            await vault.put_sealed(evidence_id, self.order.directory / file.path)
            self.progress("evidence", count, len(files))

    async def _copy(self, source: Path, name: str, expected: BackupFile) -> None:
        written = await self.draft.write_from(name, read_file(source))
        if written.sha256 != expected.sha256:
            raise BackupError.of(
                "not_as_backed_up", what=name, found=written.sha256, expected=expected.sha256
            )

    def _files_of(self, place: str) -> list[BackupFile]:
        return [file for file in self.order.manifest.files if file.path.startswith(f"{place}/")]

    def _keys_dir(self) -> Path:
        return self.draft.path / places.KEYS

    @contextlib.contextmanager
    def _database_running(self) -> Iterator[str]:
        settings = self.order.settings
        if settings.database_url is not None:
            yield settings.database_url
            return
        server = EmbeddedPostgres(self.draft.path / "postgres")
        server.start()
        try:
            yield server.url()
        finally:
            server.stop()
            shutil.rmtree(self.draft.path / "postgres-socket", ignore_errors=True)

    async def _load(self, url: str) -> None:
        """Load the database."""
        await load_database(
            url,
            self.order.directory / places.DUMP,
            feed_id=self.order.feed_id,
            progress=lambda done: self.progress("database", done, None),
        )
        self.is_loaded = self.order.settings.database_url is not None

    async def _compare(self, url: str) -> None:
        """Compare the database with what the backup says of it; raises BackupError."""
        expected = self.order.manifest.facts
        async with _opened(self.order.settings, url) as database, database.connection() as connection:
            found = await fetch_facts(connection)
        for what in ("reports", "evidence", "ledger_entries", "ledger_root"):
            if getattr(found, what) != getattr(expected, what):
                told = {"what": what, "found": getattr(found, what), "expected": getattr(expected, what)}
                raise BackupError.of("not_as_backed_up", **told)

    async def _check_evidence(self, url: str) -> list[UUID]:
        """Read all evidence as its reporters would; return the ids of what cannot be read."""
        settings, total = self.order.settings, self.order.manifest.facts.evidence
        if self.order.keys_directory is None:
            return []
        keys = load_key_ring(self._keys_dir())
        local = self.draft.path / places.EVIDENCE
        if settings.evidence_url is None:
            local.mkdir(mode=0o700, exist_ok=True)
        vault = open_vault(settings, keys) if settings.evidence_url else Vault(LocalStore(local), keys, None)
        unreadable = []
        async with (
            _opened(settings, url) as database,
            database.connection() as connection,
            connection.transaction(readonly=True),
        ):
            done = 0
            async for row in stream_evidence(connection):
                if not await _is_readable(vault, row):
                    unreadable.append(row.evidence_id)
                self.progress("evidence check", done := done + 1, total)
        return unreadable


async def _is_readable(vault: Vault, row: EvidenceRow) -> bool:
    try:
        async with contextlib.aclosing(await vault.open(row)) as content:
            async for _chunk in content:
                pass
    except (ProblemError, DamagedError):
        return False
    return True


@contextlib.asynccontextmanager
async def _opened(settings: Settings, url: str) -> AsyncIterator[Database]:
    database = open_database(settings.model_copy(update={"database_url": url}))
    try:
        yield database
    finally:
        await database.close()


async def _feed_of(settings: Settings) -> RestoreNote | None:
    """Return the note of an unfinished restore whose external database is filled; raise BackupError for other data."""
    if settings.database_url is None:
        return None
    async with _opened(settings, settings.database_url) as database, database.connection() as connection:
        if not await has_relations(connection):
            return None
        with contextlib.suppress(OSError, msgspec.DecodeError):
            content = (settings.restoring_dir / RESTORE_NOTE).read_bytes()
            note = msgspec.json.decode(content, type=RestoreNote)
            if note.feed_id == await fetch_feed(connection):
                return note
    raise BackupError.of("database_not_empty")
