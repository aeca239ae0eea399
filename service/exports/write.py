"""Writes an export: one snapshot, streamed into every file, signed, and then there all at once."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from glob import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from service.database import Database
from service.days import date_of, day_of
from service.exports.columns import ExtendedHandOver, HandOver
from service.exports.delta import Delta
from service.exports.files import ExportFiles, told_as_write_error
from service.exports.fill import RowStream
from service.exports.handed import HANDED_NAME, HandedFile, digest_of
from service.exports.layouts import LAYOUTS
from service.exports.manifest import MANIFEST_NAME, Manifest, Selection
from service.exports.per_number import NumberHandOver
from service.exports.row_ids import RowIds
from service.exports.schemas import ExportRequest
from service.exports.store import Earlier, Snapshot, open_handed, open_snapshot
from service.secrets import KeyRing

Progress = Callable[[int], None]
OPERATOR = "operator"  # who is handed what `dunwatch export` writes

DRAFT_PREFIX = ".partial-"  # of the directory's name, before that of the export


async def write_export(
    database: Database,
    request: ExportRequest,
    directory: Path,
    *,
    keys: KeyRing,
    export_id: UUID,
    now: datetime,
    progress: Progress,
    recipient: str = OPERATOR,
    purpose: str = "",
    keeps_handed: bool = False,
    earlier: Earlier | None = None,
    min_reporters: int = 3,
) -> Manifest:
    """Write the export asked for, so that `directory` appears complete or not at all.

    `recipient` is the name of the agency by whose row ids the rows go; where it `keeps_handed`, what the agency is
    handed lies in the directory as well. `progress` is told how many reports are done, batch by batch. With
    `earlier`, only what has changed since those exports is written.
    Numbers with fewer than `min_reporters` have no row of their own. Raises `ExportWriteError`, also where
    `directory` exists, and `DatabaseUnavailableError`; nothing is left behind then. What a killed attempt left is
    removed first.
    """
    draft = _new_draft(directory)
    try:
        layout = LAYOUTS[request.layout]
        with ExportFiles(draft, layout, request.formats, removed=request.changes_only) as files:
            async with AsyncExitStack() as stack:
                snapshot = await stack.enter_async_context(open_snapshot(database))
                delta = None
                if request.changes_only:
                    known = await stack.enter_async_context(open_handed(database, request, earlier))
                    delta = Delta(known, digest_of(layout))
                handed = stack.enter_context(HandedFile(draft / HANDED_NAME)) if keeps_handed else None
                row_ids = RowIds(keys, recipient)
                hand_over = _hand_over(
                    request, snapshot, keys=keys, now=now, row_ids=row_ids, min_reporters=min_reporters
                )
                filling = RowStream(files, hand_over, digest_of(layout), handed=handed, delta=delta)
                model_versions = await _fill(filling, snapshot, request, progress)
            # packing a spreadsheet takes a while, in which the claim on a job has to be renewed
            entries = await asyncio.to_thread(files.finish)
        manifest = Manifest(
            export_id=export_id,
            created_at=now,
            request=Selection(
                request.start,
                request.end,
                request.verdicts,
                request.layout,
                request.legal_basis,
                request.changes_only,
            ),
            recipient=recipient,
            purpose=purpose,
            columns=layout.columns,
            files=entries,
            model_versions=model_versions,
            feed_id=snapshot.feed_id,
            revision=snapshot.revision,
            service_version=version("dunwatch"),
        ).signed(keys.signer())
        _publish(draft, directory, manifest)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def _hand_over(
    request: ExportRequest,
    snapshot: Snapshot,
    *,
    keys: KeyRing,
    now: datetime,
    row_ids: RowIds,
    min_reporters: int,
) -> HandOver | NumberHandOver:
    """What fills the rows of this layout."""
    if request.layout == "numbers":
        return NumberHandOver(row_ids=row_ids, keys=keys, min_reporters=min_reporters)
    given: dict[str, Any] = {
        "handed_over_on": date_of(day_of(now)),
        "sources": snapshot.sources,
        "row_ids": row_ids,
        "keys": keys if request.legal_basis else None,
    }
    return ExtendedHandOver(**given) if request.layout == "12321_extended" else HandOver(**given)


async def _fill(
    filling: RowStream, snapshot: Snapshot, request: ExportRequest, progress: Progress
) -> tuple[str, ...]:
    """Stream every report into the files; gives the model versions met."""
    met: set[str | None] = set()
    done = 0
    sealed = LAYOUTS[request.layout].needs_sealed or request.legal_basis is not None
    async with aclosing(snapshot.stream_reports(request, sealed=sealed)) as batches:
        async for batch in batches:
            await filling.add(batch)
            met.update([report.model_version for report in batch])
            done += len(batch)
            progress(done)
    await filling.finish()
    return tuple(sorted(model for model in met if model is not None))


def _new_draft(directory: Path) -> Path:
    """An empty hidden directory beside `directory`, on its file system; older drafts of it are removed."""
    parent, prefix = directory.parent, f"{DRAFT_PREFIX}{directory.name}."
    with told_as_write_error():
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for abandoned in parent.glob(f"{escape(prefix)}????????"):
            shutil.rmtree(abandoned)
        if directory.exists():
            raise FileExistsError(f"{directory} exists")
        # A name of its own: whoever still writes a removed draft must not publish this one.
        return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def _publish(draft: Path, directory: Path, manifest: Manifest) -> None:
    """The manifest last, then the rename that makes the export appear."""
    with told_as_write_error():
        with (draft / MANIFEST_NAME).open("xb") as file:
            file.write(manifest.render())
            file.flush()
            os.fsync(file.fileno())
        _sync(draft)
        draft.rename(directory)
        _sync(directory.parent)


def _sync(directory: Path) -> None:
    """Make the entries of a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
