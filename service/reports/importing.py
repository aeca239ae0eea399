"""Imports a complaint file: completely, however often it is interrupted, and once, however often it is started."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import orjson

from service.database import Connection, Database
from service.directories import make_private
from service.reports import sources_store, store
from service.reports.feed_lines import Rejected, is_about_separators, is_blank
from service.reports.feeds import Reader, lines_of, open_reader
from service.reports.import_summary import Reason, Summary
from service.reports.line_facts import FeedError, Flaw
from service.reports.line_file import LineFile
from service.reports.sources_store import ImportRun, Source
from service.reports.store import NewReport
from service.secrets import KeyRing

LINES_PER_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class ImportFile:
    """The file to import, its format, and where rejected lines go."""

    path: Path
    format: str
    rejected_path: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an import: bytes read from the file, and the counts so far."""

    bytes_read: int
    run: ImportRun


@dataclass(frozen=True, slots=True)
class Imported:
    """How an import went; it is not finished where the file was cut off or changed meanwhile."""

    run: ImportRun
    flaw: Flaw | None = None
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import would do, as far as the file alone tells."""

    lines: int
    readable: int
    repeated: int
    reasons: Sequence[Reason]
    flaw: Flaw | None

    @property
    def refused(self) -> int:
        """How many lines would be refused; blank lines are neither read nor refused."""
        return sum(reason.lines for reason in self.reasons)


async def import_file(
    database: Database,
    file: ImportFile,
    source: Source,
    *,
    keys: KeyRing,
    progress: Callable[[Progress], None],
) -> Imported:
    """Import what no earlier run has imported; raises FeedError, with nothing stored, for a wrong format."""
    with ExitStack() as stack:
        lines = await asyncio.to_thread(LineFile, file.path, stack)
        sha256 = lines.facts.sha256
        texts, reader = _open(lines, file.format, source, keys)
        run = await _begin(database, file, source, sha256)
        if run.finished_at is not None:
            return Imported(run, lines.facts.flaw)
        _forget_rejected_after(file.rejected_path, run.lines_done)
        batches = _batches(lines, texts, reader, run.lines_done)
        batch = await asyncio.to_thread(next, batches, None)
        while batch is not None:
            upcoming = _Upcoming(batches)
            _write_rejected(file.rejected_path, batch.rejected)
            run = await _store(
                database, batch, source, sha256, before=run.lines_done, meanwhile=upcoming.start
            )
            progress(Progress(batch.bytes_read, run))
            batch = await upcoming.result()
        flaw, is_changed = lines.facts.flaw, lines.is_changed
    if flaw is Flaw.CUT_OFF or is_changed:
        return Imported(run, flaw, is_changed)
    async with database.connection() as connection:
        now = datetime.now(UTC)
        return Imported(await sources_store.finish_import(connection, source.source_id, sha256, now), flaw)


def try_file(file: ImportFile, source: Source, keys: KeyRing) -> Trial:
    """Read a file as an import would, and write nothing; raises FeedError for a wrong format."""
    summary, readable, lines_read = Summary(), 0, 0
    known: set[int] = set()
    with ExitStack() as stack:
        lines = LineFile(file.path, stack)
        texts, reader = _open(lines, file.format, source, keys)
        for batch in _batches(lines, texts, reader, 0):
            lines_read += batch.lines
            readable += len(batch.rows)
            known.update(hash((row.number, row.reporter, row.occurred_minute)) for row in batch.rows)
            for rejected in batch.rejected:
                summary.add(rejected)
        flaw = lines.facts.flaw
    return Trial(lines_read, readable, readable - len(known), summary.reasons(), flaw)


def _open(lines: LineFile, file_format: str, source: Source, keys: KeyRing) -> tuple[Iterator[str], Reader]:
    """Return the lines of data and their reader."""
    texts = iter(lines)
    first = next((text for text in texts if not is_blank(text) and not is_about_separators(text)), "")
    reader, has_header = open_reader(file_format, first, source, keys)
    return texts if has_header else chain([first], texts), reader


@dataclass(frozen=True, slots=True)
class _Batch:
    lines: int
    rows: Sequence[NewReport]
    rejected: Sequence[Rejected]
    bytes_read: int


class _Upcoming:
    """The next batch, read in a thread while the database works: earlier, it would only slow down the encoding."""

    def __init__(self, batches: Iterator[_Batch]) -> None:
        self._batches = batches
        self._reading: asyncio.Task[_Batch | None] | None = None

    def start(self) -> "asyncio.Task[_Batch | None]":
        """Begin to read; only the first call does."""
        if self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(next, self._batches, None))
        return self._reading

    async def result(self) -> _Batch | None:
        """Return the batch; None at the end of the file."""
        return await self.start()


def _batches(lines: LineFile, data: Iterator[str], reader: Reader, done: int) -> Iterator[_Batch]:
    """Return batches of what no earlier run has imported; lines of data count from 1, as `lines_done` does."""
    position = 0
    for texts in lines_of(data, LINES_PER_BATCH):
        old = texts[: max(0, done - position)]
        reader.skip(old)
        new = texts[len(old) :]
        first = position + len(old) + 1
        position += len(texts)
        if new:
            rows, rejected = reader.read(new, first)
            yield _Batch(len(new), rows, rejected, lines.bytes_read)


async def _begin(database: Database, file: ImportFile, source: Source, sha256: bytes) -> ImportRun:
    async with database.connection() as connection:
        return await sources_store.begin_import(
            connection, source.source_id, sha256, file.format, datetime.now(UTC)
        )


async def _store(
    database: Database,
    batch: _Batch,
    source: Source,
    sha256: bytes,
    *,
    before: int,
    meanwhile: Callable[[], object],
) -> ImportRun:
    """Store a batch and the note that it is done in one transaction; `meanwhile` is called while the database works."""

    async def work(connection: Connection) -> ImportRun:
        await sources_store.lock_source(connection, source.source_id)
        stored = 0
        if batch.rows:
            inserting = asyncio.create_task(store.count_inserted(connection, batch.rows))
            await asyncio.sleep(0)  # by now the rows are encoded, which takes this process, and on their way
            meanwhile()
            stored = await inserting
        counts = (batch.lines, stored, len(batch.rows) - stored, len(batch.rejected))
        run = await sources_store.advance_import(connection, source.source_id, sha256, counts, before=before)
        if run is None:
            raise FeedError("another import of this file is running")
        return run

    return await database.in_transaction(work)


def _write_rejected(path: Path, rejected: Sequence[Rejected]) -> None:
    if not rejected:
        return
    make_private(path.parent)
    # lines are quoted whole, with whatever they say about people
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        for line in rejected:
            text = line.text.encode("utf-8", "replace").decode("utf-8", "replace")
            entry = {"line": line.line, "kind": line.kind, "reason": line.reason, "text": text}
            file.write(orjson.dumps(entry) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _forget_rejected_after(path: Path, lines_done: int) -> None:
    """Remove what an interrupted run wrote about lines that it did not commit."""
    if path.exists() and path.stat().st_size and not lines_done and not _is_ours(path):
        raise FeedError(f"{path} exists already and contains something else")
    if path.exists():
        kept = [line for line in path.read_bytes().splitlines(keepends=True) if _is_kept(line, lines_done)]
        path.write_bytes(b"".join(kept))


def _is_kept(line: bytes, lines_done: int) -> bool:
    try:
        return int(orjson.loads(line)["line"]) <= lines_done
    except (ValueError, KeyError, TypeError):
        return False  # cut off when the run was killed


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return _is_kept(file.readline(), 1 << 62)
