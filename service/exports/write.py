"""Writes an export: one snapshot, streamed into every file, signed, and then published in one step."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import datetime
from glob import escape
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from service.database import Database
from service.days import date_of, day_of
from service.exports.delta import Delta
from service.exports.files import ExportFiles, told_as_write_error
from service.exports.fill import RowStream
from service.exports.handed import HANDED_NAME, HandedFile, digest_of
from service.exports.handed_store import Earlier, HandedRow, open_handed
from service.exports.layouts import LAYOUTS, FillingTerms
from service.exports.manifest import MANIFEST_NAME, FileEntry, Manifest, Selection
from service.exports.row_ids import RowIds
from service.exports.schemas import ExportRequest
from service.exports.snapshot import Snapshot, open_snapshot
from service.secrets import KeyRing

Progress = Callable[[int], None]
OPERATOR = "operator"  # the recipient of what `dunwatch export` writes

DRAFT_PREFIX = ".partial-"  # of the directory's name, before that of the export


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """An export that is to be written, and for whom.

    `recipient` names the agency whose row ids the rows carry; with `keeps_handed`, the directory also lists what the agency
    is handed. With `earlier`, only what has changed since those exports is written. Numbers with fewer than `min_reporters`
    have no row of their own.
    """

    request: ExportRequest
    keys: KeyRing
    export_id: UUID
    now: datetime
    recipient: str = OPERATOR
    purpose: str = ""
    keeps_handed: bool = False
    earlier: Earlier | None = None
    min_reporters: int = 3


@dataclass(frozen=True, slots=True)
class _Written:
    """The files of an export, and what of the database they show."""

    files: tuple[FileEntry, ...]
    model_versions: tuple[str, ...]
    feed_id: UUID
    revision: int


async def write_export(
    database: Database, order: ExportOrder, directory: Path, *, progress: Progress
) -> Manifest:
    """Write the export asked for, so that `directory` appears complete or not at all.

    `progress` is called with the number of reports done, batch by batch. Raises `ExportWriteError`, also if `directory`
    exists, and `DatabaseUnavailableError`; nothing is left behind then. What a killed attempt left is removed first.
    """
    draft = _new_draft(directory)
    try:
        manifest = _manifest(order, await _write_files(database, order, draft, progress))
        _publish(draft, directory, manifest)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


async def _write_files(database: Database, order: ExportOrder, draft: Path, progress: Progress) -> _Written:
    """Stream one snapshot of the database into every file."""
    request = order.request
    layout = LAYOUTS[request.layout]
    with ExportFiles(
        draft, layout, request.formats, removed=request.changes_only, headings=request.headings
    ) as files:
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(open_snapshot(database))
            known = None
            if request.changes_only:
                known = await stack.enter_async_context(open_handed(database, request, order.earlier))
            handed = stack.enter_context(HandedFile(draft / HANDED_NAME)) if order.keeps_handed else None
            stream = _open_stream(order, files, snapshot, known=known, handed=handed)
            model_versions = await _stream(stream, snapshot, request, progress)
        # packing a spreadsheet takes a while, in which the claim on a job has to be renewed
        entries = await asyncio.to_thread(files.finish)
    return _Written(entries, model_versions, snapshot.feed_id, snapshot.revision)


def _open_stream(
    order: ExportOrder,
    files: ExportFiles,
    snapshot: Snapshot,
    *,
    known: AsyncIterator[HandedRow] | None,
    handed: HandedFile | None,
) -> RowStream:
    """Return the way from reports to rows in files; with `known`, rows are compared with what the agency holds."""
    layout = LAYOUTS[order.request.layout]
    digest = digest_of(layout)
    terms = FillingTerms(
        handed_over_on=date_of(day_of(order.now)),
        sources=snapshot.sources,
        row_ids=RowIds(order.keys, order.recipient),
        keys=order.keys,
        reveals_reporters=order.request.legal_basis is not None,
        min_reporters=order.min_reporters,
        period=(order.request.start, order.request.end),
        institution_names=snapshot.institution_names,
        lines=snapshot.lines,
    )
    delta = None if known is None else Delta(known, digest)
    return RowStream(files, layout.filler(terms), digest, handed=handed, delta=delta)


async def _stream(
    stream: RowStream, snapshot: Snapshot, request: ExportRequest, progress: Progress
) -> tuple[str, ...]:
    """Stream every report into the files; return the versions of the models that scored them."""
    met: set[str | None] = set()
    done = 0
    sealed = LAYOUTS[request.layout].needs_sealed or request.legal_basis is not None
    async with aclosing(snapshot.stream_reports(request, sealed=sealed)) as batches:
        async for batch in batches:
            await stream.add(batch)
            met.update([report.model_version for report in batch])
            done += len(batch)
            progress(done)
    await stream.finish()
    return tuple(sorted(model for model in met if model is not None))


def _manifest(order: ExportOrder, written: _Written) -> Manifest:
    request = order.request
    return Manifest(
        export_id=order.export_id,
        created_at=order.now,
        request=Selection(
            start=request.start,
            end=request.end,
            verdicts=request.verdicts,
            layout=request.layout,
            legal_basis=request.legal_basis,
            changes_only=request.changes_only,
        ),
        recipient=order.recipient,
        purpose=order.purpose,
        columns=LAYOUTS[request.layout].columns,
        files=written.files,
        model_versions=written.model_versions,
        feed_id=written.feed_id,
        revision=written.revision,
        service_version=version("dunwatch"),
    ).signed(order.keys.signer())


def _new_draft(directory: Path) -> Path:
    """Make an empty hidden directory beside `directory`, on its file system; remove older drafts."""
    parent, prefix = directory.parent, f"{DRAFT_PREFIX}{directory.name}."
    with told_as_write_error():
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for abandoned in parent.glob(f"{escape(prefix)}????????"):
            shutil.rmtree(abandoned)
        if directory.exists():
            raise FileExistsError(f"{directory} exists")
        # a name of its own: whoever still writes a removed draft must not publish this one
        return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def _publish(draft: Path, directory: Path, manifest: Manifest) -> None:
    """Write the manifest last, then rename the draft so that the export appears."""
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
