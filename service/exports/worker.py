"""The export worker: claims queued exports, one at a time, and sees each through. Several workers may run."""

import asyncio
import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from service.database import Connection, Database, DatabaseUnavailableError
from service.directories import make_private
from service.edge.problems import INTERNAL_ERROR, QUOTA_USED
from service.exports import handed_store, store
from service.exports.expire import expire
from service.exports.files import ExportWriteError
from service.exports.handed import HANDED_NAME, read_handed
from service.exports.layouts import LAYOUTS
from service.exports.manifest import Manifest, read_manifest
from service.exports.snapshot import count_reports
from service.exports.store import ClaimLostError, ExportClaim
from service.exports.write import ExportOrder, write_export
from service.host.pause import Outage, pause
from service.ledger.entry import Action, Entry
from service.ledger.sign import LedgerAlteredError, Notary, sign_ledger
from service.ledger.store import append_entry, fetch_checkpoint
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings

CLAIM_FOR = timedelta(seconds=60)
EXPIRE_EVERY = timedelta(minutes=1)
CHECK_LEDGER_EVERY = timedelta(hours=1)
LOOK_FOR_ENTRIES_EVERY = timedelta(
    seconds=1
)  # until there is a checkpoint: the first entry is signed at once
RENEW_SECONDS = 15.0
NO_ROOM_SECONDS = 5.0
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class QuotaUsedError(RuntimeError):
    """The agency's quota does not allow that many rows."""


async def run_exports(
    database: Database, settings: Settings, keys: KeyRing, metrics: Metrics, *, stop: asyncio.Event
) -> None:
    """Write exports until `stop` is set; an export under way then goes back to the queue.

    PostgreSQL may be unavailable for a while. An export whose worker was killed is claimed again once its lease has
    run out. In between, files whose retention time has passed are removed, and the ledger is checked every hour
    and signed once a day.
    """
    make_private(settings.exports_dir)
    ledger = _LedgerCheck(database, Notary(keys.signer(), settings.ledger_note), metrics)
    outage = Outage("the database is unavailable; exports wait")
    expires_at = checks_at = datetime.min.replace(tzinfo=UTC)
    while not stop.is_set():
        try:
            now = _now()
            if now >= expires_at:
                await expire(database, settings, now)
                expires_at = now + EXPIRE_EVERY
            if now >= checks_at:
                checks_at = now + await ledger.run(now)
            claim = await store.claim_export(database, now=now, until=now + CLAIM_FOR)
        except DatabaseUnavailableError as error:
            outage.tell(str(error))
            await pause(stop, RETRY_SECONDS)
            continue
        outage.end()
        if claim is None:
            await pause(stop, settings.poll_seconds)
        else:
            await _Job(database, settings, keys, claim).run(metrics, stop)


class _Job:
    """One claimed export: written while its claim is renewed, then finished, failed or returned to the queue."""

    def __init__(self, database: Database, settings: Settings, keys: KeyRing, claim: ExportClaim) -> None:
        self._database = database
        self._directory: Path = settings.exports_dir / str(claim.export_id)
        self._handed: Path = self._directory / HANDED_NAME
        self._min_reporters = settings.publish_min_reporters
        self._kept_for = timedelta(days=settings.export_days)
        self._keys = keys
        self._claim = claim
        self._rows = 0
        # renewing changes what finishing has to prove: one at a time
        self._claim_in_use = asyncio.Lock()

    async def run(self, metrics: Metrics, stop: asyncio.Event) -> None:
        """See the export through; whatever happens to it is handled here, not raised."""
        told = log.bind(export_id=str(self._claim.export_id))
        try:
            rows = await self._run_until(stop)
            if rows is None:
                await store.release_export(self._database, self._claim)
                told.info("export given back")
            else:
                metrics.export_rows.inc(rows)
                told.info("export finished", rows=rows)
        except ClaimLostError:
            told.warning("another worker took the export over")
        except DatabaseUnavailableError as error:
            told.warning("the export waits until its claim runs out", reason=str(error))
        except QuotaUsedError:
            told.warning("the agency's quota does not suffice")
            if await self._fail(QUOTA_USED.code):  # else the files are another worker's
                await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)
        except Exception:
            told.exception("export failed")
            await self._fail(INTERNAL_ERROR.code)

    async def _run_until(self, stop: asyncio.Event) -> int | None:
        """Rows of the finished export, None when `stop` came first."""
        writing = asyncio.create_task(self._write())
        renewing = asyncio.create_task(self._renew())
        tasks = [writing, renewing, asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(tasks)
        if not writing.cancelled():
            return writing.result()
        if not renewing.cancelled():
            renewing.result()
        return None

    async def _write(self) -> int:
        away = Outage("the database is unavailable; the export starts again")
        full = Outage("the disk takes no files; the export starts again", "the disk takes files again")
        while True:
            try:
                manifest = await self._manifest()
                await self._finish(manifest)
            except DatabaseUnavailableError as error:
                away.tell(str(error))
                await asyncio.sleep(RETRY_SECONDS)
            except ExportWriteError as error:
                if error.is_for_want_of_room:
                    full.tell(str(error))
                    await asyncio.sleep(NO_ROOM_SECONDS)
                elif not self._directory.is_dir():
                    raise
            else:
                full.end()
                return manifest.rows

    async def _manifest(self) -> Manifest:
        """Write the export; one that a killed worker had completed is used as it is."""
        if self._handed.exists():
            return read_manifest(self._directory)
        request, recipient = self._claim.request, self._claim.recipient
        rows = await count_reports(self._database, request)
        earlier = await handed_store.list_comparable(self._database, recipient.agency_id, request)
        # the rows of a delta, or of numbers, are known only when they are written: they are counted then
        is_known = not request.changes_only and not LAYOUTS[request.layout].counts_persons
        counted = rows if is_known else 0
        async with self._claim_in_use:
            if not await store.begin_export(
                self._database, self._claim, rows=rows, counted=counted, now=_now()
            ):
                raise QuotaUsedError
        # the claim is held: an export is recorded only together with the rows that were handed over
        await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)
        order = ExportOrder(
            request=request,
            keys=self._keys,
            export_id=self._claim.export_id,
            now=_now(),
            recipient=recipient.name,
            purpose=recipient.purpose,
            keeps_handed=True,
            earlier=earlier,
            min_reporters=self._min_reporters,
        )
        return await write_export(self._database, order, self._directory, progress=self._show_progress)

    def _show_progress(self, rows: int) -> None:
        self._rows = rows

    async def _finish(self, manifest: Manifest) -> None:
        now = _now()

        async def work(connection: Connection) -> bool:
            if not await store.allows(connection, self._claim, rows=manifest.rows, now=now):
                raise QuotaUsedError  # a delta or a count of persons can exceed the quota only now
            held = await store.finish_export(
                connection, self._claim, manifest=manifest, now=now, until=now + self._kept_for
            )
            if held:
                await handed_store.insert_handed(connection, self._claim, read_handed(self._handed), now=now)
                digest = sha256(manifest.render()).hexdigest()
                await append_entry(
                    connection, self._entry(Action.FINISHED, now, rows=manifest.rows, manifest_sha256=digest)
                )
            return held

        async with self._claim_in_use:
            held = await self._database.in_transaction(work)
        if not held:
            raise ClaimLostError
        self._handed.unlink(missing_ok=True)

    async def _fail(self, problem: str) -> bool:
        """Mark the export as failed; return False if another worker has taken over or the database is unavailable."""
        now = _now()

        async def work(connection: Connection) -> bool:
            failed = await store.fail_export(connection, self._claim, problem=problem, now=now)
            if failed:
                await append_entry(connection, self._entry(Action.FAILED, now, problem=problem))
            return failed

        try:
            return await self._database.in_transaction(work)
        except DatabaseUnavailableError:
            return False

    def _entry(self, action: Action, now: datetime, **told: Any) -> Entry:
        export_id, agency = self._claim.export_id, self._claim.recipient.name
        return Entry(action=action, at=now, export_id=export_id, agency=agency, **told)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(DatabaseUnavailableError):
                async with self._claim_in_use:
                    until = _now() + CLAIM_FOR
                    held = await store.renew_export(self._database, self._claim, until=until, rows=self._rows)
                if not held:
                    raise ClaimLostError


class _LedgerCheck:
    """Compares the ledger with what was signed before, and signs it once a day; keeps the newest note in a file."""

    def __init__(self, database: Database, notary: Notary, metrics: Metrics) -> None:
        self._database = database
        self._notary = notary
        self._metrics = metrics
        self._unkept: str | None = None

    async def run(self, now: datetime) -> timedelta:
        """Check once; return how long to wait: not long while nothing is signed yet, or a note could not be kept."""
        async with self._database.connection() as connection:
            try:
                note = await sign_ledger(connection, self._notary, now)
            except LedgerAlteredError as error:
                log.error("the ledger was altered and is not signed", finding=str(error))
                self._metrics.ledger_altered.set(1)
                return CHECK_LEDGER_EVERY
            is_signed = await fetch_checkpoint(connection) is not None
        self._metrics.ledger_altered.set(0)
        if note is not None:
            log.info("the ledger was signed")
        is_kept = self._keep(note or self._unkept)
        return CHECK_LEDGER_EVERY if is_signed and is_kept else LOOK_FOR_ENTRIES_EVERY

    def _keep(self, note: str | None) -> bool:
        try:
            if note is not None:
                self._notary.remember(note)
        except OSError as error:
            if note != self._unkept:
                log.warning("the note of the ledger cannot be kept in a file yet", reason=error.strerror)
            self._unkept = note
            return False
        self._unkept = None
        return True


def _now() -> datetime:
    return datetime.now(UTC)


async def _end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended: a connection that breaks meanwhile swallows a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=RETRY_SECONDS)
