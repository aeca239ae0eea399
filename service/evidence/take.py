"""Receives a piece of evidence: examines it while it streams into the vault, and attaches it once it is complete."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request

from ml.trust import MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK
from service.contacts.store import delete_log
from service.database import ANSWER_SECONDS, Connection
from service.edge.caller import caller_of
from service.edge.context import Context, context_of
from service.edge.in_flight import InFlight, Pace, Place, TooSlowError
from service.edge.problems import (
    EVIDENCE_EMPTY,
    EVIDENCE_TOO_LARGE,
    REPORT_RETRACTED,
    REQUEST_TIMEOUT,
    TOO_MUCH_EVIDENCE,
    UPLOAD_TOO_SLOW,
    ProblemError,
    megabytes,
)
from service.evidence import store
from service.evidence.form import OVERHEAD_BYTES, FileForm
from service.evidence.logs import MOST_TRIES, LogsChangedError, Prepared, busy, prepare, store_prepared
from service.evidence.media import Examiner
from service.evidence.reading import Reading, Sent, read_beside
from service.evidence.reserved import Held, Reserved, without_room
from service.evidence.store import EvidenceRow
from service.evidence.vault import Vault
from service.host.beside import Asker, Beside
from service.reports import intake, reporters
from service.reports.reporters_store import lock_reporters
from service.reports.store import ReportRow

UPLOAD_SECONDS: Final = 300  # 25 MB at 85 kB/s; a slower sender occupies a place that others wait for
#: Two seconds of the most economical telephone codec: less cannot hold a call.
LEAST_RECORDING_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is complete in the vault."""

    evidence_id: UUID
    reading: Reading
    size: int
    sha256: bytes
    wrapped_key: bytes
    weight: float | None


class Passage:
    """A file on its way into the vault: counted, hashed and examined, and refused as early as possible."""

    def __init__(
        self, form: FileForm, report: ReportRow, held: Held, *, at_most: int, now: datetime, year: int | None
    ) -> None:
        self._form = form
        self._report = report
        self._held = held
        self._now = now
        self._year = year
        self._at_most = at_most
        self._digest = hashlib.sha256()
        self._examiner = Examiner()
        self.size = 0

    async def content(self, place: Place, beside: Beside) -> AsyncIterator[bytes]:
        """Yield the file as it came; only a file that may be kept reaches the end."""
        async for piece in _in_time(place, self._form.pieces()):
            self.size += len(piece)
            if self.size > self._at_most:
                raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(self._at_most))
            self._held.grow(self.size)
            self._digest.update(piece)
            self._examiner.look(piece)
            yield piece
        if not self.size:
            raise ProblemError(EVIDENCE_EMPTY)
        self.reading = await self._read(beside, Asker(place.person, place.network))

    async def _read(self, beside: Beside, asker: Asker) -> Reading:
        found = self._examiner.finish()
        if found is not None:
            return Reading(found.media_type)
        report, name = self._report, self._form.file_name
        sent = Sent(self._examiner.kept, name, report.number, self._now, report.occurred_at, self._year)
        return await read_beside(beside, sent, asker)

    @property
    def sha256(self) -> bytes:
        """The digest of the content so far."""
        return self._digest.digest()


async def take_evidence(
    request: Request, pseudonym: bytes, report_id: UUID, *, year: int | None = None
) -> tuple[EvidenceRow, bool]:
    """Attach the file of a form to the reporter's own report; return it with False if the report already had it.

    `year` is that of a call log whose dates have none; a log that the report already has is read again with it. If no row
    is written, the object is removed: at once if that is certain, otherwise by upkeep.
    """
    context = context_of(request)
    vault: Vault = request.state.vault
    uploads: InFlight = request.state.uploads
    reserved: Reserved = request.state.reserved
    with (
        uploads.admit(pseudonym, caller_of(request).network) as place,
        reserved.hold(pseudonym, report_id, _announced(request)) as held,
    ):
        async with context.database.connection() as connection:
            report, held.room = await _open_report(
                connection, context, pseudonym, report_id, needs=lambda: (held.files, held.bytes)
            )
        upload = await _receive(request, report, held, place, year)
    try:
        row, is_new = await _store(request, pseudonym, report_id, upload, year)
    except ProblemError:
        await vault.delete(upload.evidence_id)
        raise
    if not is_new:
        await vault.delete(upload.evidence_id)
    context.metrics.evidence.labels("stored" if is_new else "repeated").inc()
    return row, is_new


async def _store(
    request: Request, pseudonym: bytes, report_id: UUID, upload: Upload, year: int | None
) -> tuple[EvidenceRow, bool]:
    """Attach a file that is complete in the vault; a log is numbered again if another one was stored meanwhile."""
    context = context_of(request)
    asker = Asker(pseudonym, caller_of(request).network)
    for _ in range(MOST_TRIES):
        prepared = await prepare(
            context.database, request.state.beside, asker, report_id, upload.reading.log, sha256=upload.sha256
        )

        async def work(connection: Connection, log: Prepared | None = prepared) -> tuple[EvidenceRow, bool]:
            await lock_reporters(connection, [pseudonym], context.now())
            report, _ = await _open_report(
                connection, context, pseudonym, report_id, needs=lambda: (1, upload.size)
            )
            return await _attach(connection, report, pseudonym, upload, context, log=log, year=year)

        try:
            return await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
        except LogsChangedError:
            continue
    raise busy()


async def _in_time(place: Place, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces while the sender keeps the pace; raise inside the vault's upload, so that it is abandoned."""
    pace = Pace(most_seconds=UPLOAD_SECONDS)
    while True:
        try:
            piece = await place.wait(lambda: anext(pieces, None), pace)
        except TooSlowError as slow:
            if slow.is_over:
                raise ProblemError(UPLOAD_TOO_SLOW, seconds=UPLOAD_SECONDS) from None
            raise ProblemError(REQUEST_TIMEOUT, seconds=round(pace.pause_seconds)) from None
        if piece is None:
            return
        place.moved_bytes += len(piece)
        yield piece


def _announced(request: Request) -> int:
    """Return the least size of the file according to the request, so that one without room is refused before it is read."""
    length = request.headers.get("content-length", "")
    return max(int(length) - OVERHEAD_BYTES if length.isascii() and length.isdigit() else 1, 1)


async def _receive(request: Request, report: ReportRow, held: Held, place: Place, year: int | None) -> Upload:
    context = context_of(request)
    vault: Vault = request.state.vault
    at_most = context.settings.evidence_max_bytes
    form = FileForm(request, at_most=at_most)
    passage = Passage(form, report, held, at_most=at_most, now=context.now(), year=year)
    evidence_id = uuid4()
    wrapped_key = await vault.put(evidence_id, passage.content(place, request.state.beside))
    return Upload(
        evidence_id=evidence_id,
        reading=passage.reading,
        size=passage.size,
        sha256=passage.sha256,
        wrapped_key=wrapped_key,
        weight=worth(passage.reading, size=passage.size),
    )


async def _open_report(
    connection: Connection,
    context: Context,
    pseudonym: bytes,
    report_id: UUID,
    *,
    needs: Callable[[], tuple[int, int]],
) -> tuple[ReportRow, int]:
    """Return the reporter's own report, and how many more bytes of evidence the reporter may keep.

    Raise a problem if it cannot take as many more files and bytes as `needs` says: it is asked once those that are there
    were counted, so that an upload that was attached meanwhile is not counted twice.
    """
    settings = context.settings
    report = await reporters.own_report(connection, pseudonym, report_id)
    await reporters.require_unrestricted(connection, pseudonym)
    if report.retracted_at is not None:
        raise ProblemError(REPORT_RETRACTED)
    attached, kept = await store.count_evidence(connection, report.number, report_id, pseudonym)
    files, size = needs()
    if attached + files > settings.evidence_max_files:
        most = settings.evidence_max_files
        raise ProblemError(
            TOO_MUCH_EVIDENCE,
            reason_zh=f"一条举报最多附 {most} 份证据",
            reason_en=f"A report can have at most {most} pieces of evidence",
        )
    if kept + size > settings.evidence_max_total_bytes:
        raise without_room(settings.evidence_max_total_bytes)
    return report, settings.evidence_max_total_bytes - kept


async def _attach(
    connection: Connection,
    report: ReportRow,
    pseudonym: bytes,
    upload: Upload,
    context: Context,
    *,
    log: Prepared | None,
    year: int | None,
) -> tuple[EvidenceRow, bool]:
    known = await store.fetch_same(connection, report.number, report.report_id, upload.sha256)
    if known is not None:
        if log is not None and year is not None:
            await store_prepared(connection, log, report, pseudonym, known.evidence_id, now=context.now())
        return known, False
    row = EvidenceRow(
        number=report.number,
        report_id=report.report_id,
        evidence_id=upload.evidence_id,
        media_type=upload.reading.media_type,
        size=upload.size,
        sha256=upload.sha256,
        wrapped_key=upload.wrapped_key,
        stored_at=context.now(),
    )
    weight = upload.weight
    if weight is not None and await store.is_used(connection, report.number, pseudonym, upload.sha256):
        weight = None
    await store.insert_evidence(connection, row, reporter=pseudonym, weight=weight)
    if log is not None:
        await store_prepared(connection, log, report, pseudonym, row.evidence_id, now=context.now())
    await weigh(connection, report, pseudonym)
    return row, True


async def remove(connection: Connection, report: ReportRow, pseudonym: bytes, evidence_id: UUID) -> bool:
    """Destroy the key of a piece of evidence, with the calls only it contained; return False if there is no such piece."""
    if not await store.delete_evidence(connection, report.number, report.report_id, evidence_id):
        return False
    await delete_log(connection, report.number, pseudonym, report.report_id, evidence_id)
    await weigh(connection, report, pseudonym)
    return True


async def weigh(connection: Connection, report: ReportRow, pseudonym: bytes) -> None:
    """Set the weight of a report to what its evidence is worth now."""
    best = await store.fetch_best_weight(connection, report.number, report.report_id)
    weight = max(intake.bare_weight(report), best or 0.0)
    if await store.weigh_report(connection, report.number, pseudonym, report.report_id, weight=weight):
        await intake.recount(connection, report)


def worth(reading: Reading, *, size: int) -> float | None:
    """Return the weight of a report with this evidence; None if it takes a person to tell what it shows.

    None of it is proof: anybody can write a text or a log, or record silence. But it takes more effort than a bare report,
    and the weight stays under the caps for clusters and new accounts. A recording counts if it is long enough, a message
    or mail if it names the number, a log if the reporter called the number back and the call was answered. A picture may
    show anything: it is kept for people and raises no weight.
    """
    if reading.log is not None:
        has_call_back = any(not call.is_incoming and call.is_answered for call in reading.calls)
        return PAYMENT_OR_CALL_BACK if has_call_back else None
    if reading.media_type.partition("/")[0] in ("audio", "video"):
        return MESSAGE_OR_RECORDING if size >= LEAST_RECORDING_BYTES else None
    return MESSAGE_OR_RECORDING if reading.names_number else None
