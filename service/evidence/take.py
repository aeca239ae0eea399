"""Receives a piece of evidence: examines it while it streams into the vault, and attaches it once it is complete."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request

from ml.trust import MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK
from service.contacts.call_log import has_call_log_header, read_call_log
from service.contacts.counting import Contact
from service.contacts.store import delete_contacts, insert_contacts
from service.database import ANSWER_SECONDS, Connection
from service.edge.context import Context, context_of
from service.edge.in_flight import InFlight
from service.edge.problems import (
    EVIDENCE_EMPTY,
    EVIDENCE_TOO_LARGE,
    REPORT_RETRACTED,
    TOO_MUCH_EVIDENCE,
    UPLOAD_TOO_SLOW,
    ProblemError,
    megabytes,
)
from service.evidence import store
from service.evidence.form import OVERHEAD_BYTES, FileForm
from service.evidence.media import CALL_LOG, TEXT, Examined, Examiner
from service.evidence.store import EvidenceRow
from service.evidence.vault import Vault
from service.reports import intake, reporters
from service.reports.store import ReportRow, lock_reporters

UPLOAD_SECONDS: Final = 300  # 25 MB at 85 kB/s; a slower sender occupies a place that others wait for
LEAST_RECORDING_BYTES: Final = (
    4096  # two seconds of the most economical telephone codec: less cannot hold a call
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is complete in the vault."""

    evidence_id: UUID
    finding: Examined
    size: int
    sha256: bytes
    wrapped_key: bytes
    calls: Sequence[Contact]
    weight: float | None


class Passage:
    """A file on its way into the vault: counted, hashed and examined, and refused as early as possible."""

    def __init__(self, form: FileForm, report: ReportRow, *, at_most: int, now: datetime) -> None:
        self._form = form
        self._report = report
        self._now = now
        self._at_most = at_most
        self._digest = hashlib.sha256()
        self._examiner = Examiner()
        self.size = 0
        self.calls: Sequence[Contact] = ()
        self.weight: float | None = None

    async def content(self) -> AsyncIterator[bytes]:
        """Yield the file as it came; only a file that may be kept reaches the end."""
        async for piece in _in_time(self._form.pieces()):
            self.size += len(piece)
            if self.size > self._at_most:
                raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(self._at_most))
            self._digest.update(piece)
            self._examiner.look(piece)
            yield piece
        if not self.size:
            raise ProblemError(EVIDENCE_EMPTY)
        await asyncio.to_thread(self._finish)  # up to megabytes of text to decode and search

    def _finish(self) -> None:
        self.finding = self._examiner.finish()
        if self.finding.media_type == TEXT and self._is_call_log(self.finding.text):
            self.finding = replace(self.finding, media_type=CALL_LOG)
            self.calls = read_call_log(self.finding.text, self._report.number, now=self._now)
        self.weight = worth(self.finding, self.calls, self._report.number, size=self.size)

    def _is_call_log(self, text: str) -> bool:
        """Return whether a text is a call log: by its headings, or by a CSV name, which then requires the headings."""
        return has_call_log_header(text) or self._form.file_name.lower().endswith(".csv")

    @property
    def sha256(self) -> bytes:
        """The digest of the content so far."""
        return self._digest.digest()


async def take_evidence(request: Request, pseudonym: bytes, report_id: UUID) -> tuple[EvidenceRow, bool]:
    """Attach the file of a form to the reporter's own report; return it with False if the report already had it.

    If no row is written, the object is removed: at once if that is certain, otherwise by upkeep.
    """
    context = context_of(request)
    vault: Vault = request.state.vault
    uploads: InFlight = request.state.uploads
    with uploads.admit(pseudonym):
        async with context.database.connection() as connection:
            report = await _open_report(connection, context, pseudonym, report_id, size=_announced(request))
        upload = await _receive(request, report, vault)

    async def work(connection: Connection) -> tuple[EvidenceRow, bool]:
        await lock_reporters(connection, [pseudonym], context.now())
        report = await _open_report(connection, context, pseudonym, report_id, size=upload.size)
        return await _attach(connection, report, pseudonym, upload, context)

    try:
        row, is_new = await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    except ProblemError:
        await vault.delete(upload.evidence_id)
        raise
    if not is_new:
        await vault.delete(upload.evidence_id)
    context.metrics.evidence.labels("stored" if is_new else "repeated").inc()
    return row, is_new


async def _in_time(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces; raise upload_too_slow after UPLOAD_SECONDS, inside the vault's upload, so that it is abandoned."""
    until = monotonic() + UPLOAD_SECONDS
    while True:
        try:
            piece = await asyncio.wait_for(anext(pieces, None), max(until - monotonic(), 0))
        except TimeoutError:
            raise ProblemError(UPLOAD_TOO_SLOW, seconds=UPLOAD_SECONDS) from None
        if piece is None:
            return
        yield piece


def _announced(request: Request) -> int:
    """Return the least size of the file according to the request, so that one without room is refused before it is read."""
    length = request.headers.get("content-length", "")
    return max(int(length) - OVERHEAD_BYTES if length.isascii() and length.isdigit() else 1, 1)


async def _receive(request: Request, report: ReportRow, vault: Vault) -> Upload:
    context = context_of(request)
    at_most = context.settings.evidence_max_bytes
    passage = Passage(FileForm(request, at_most=at_most), report, at_most=at_most, now=context.now())
    evidence_id = uuid4()
    wrapped_key = await vault.put(evidence_id, passage.content())
    return Upload(
        evidence_id=evidence_id,
        finding=passage.finding,
        size=passage.size,
        sha256=passage.sha256,
        wrapped_key=wrapped_key,
        calls=passage.calls,
        weight=passage.weight,
    )


async def _open_report(
    connection: Connection, context: Context, pseudonym: bytes, report_id: UUID, *, size: int = 1
) -> ReportRow:
    """Return the reporter's own report; raise a problem if it cannot take `size` more bytes of evidence."""
    settings = context.settings
    report = await reporters.own_report(connection, pseudonym, report_id)
    await reporters.require_unrestricted(connection, pseudonym)
    if report.retracted_at is not None:
        raise ProblemError(REPORT_RETRACTED)
    files, kept = await store.count_evidence(connection, report.number, report_id, pseudonym)
    if files >= settings.evidence_max_files:
        most = settings.evidence_max_files
        raise ProblemError(
            TOO_MUCH_EVIDENCE,
            reason_zh=f"一条举报最多附 {most} 份证据",
            reason_en=f"A report can have at most {most} pieces of evidence",
        )
    if kept + size > settings.evidence_max_total_bytes:
        total = megabytes(settings.evidence_max_total_bytes)
        raise ProblemError(
            TOO_MUCH_EVIDENCE,
            reason_zh=f"您的证据总量将超过 {total} MB",
            reason_en=f"Your evidence would exceed {total} MB in total",
        )
    return report


async def _attach(
    connection: Connection, report: ReportRow, pseudonym: bytes, upload: Upload, context: Context
) -> tuple[EvidenceRow, bool]:
    known = await store.fetch_same(connection, report.number, report.report_id, upload.sha256)
    if known is not None:
        return known, False
    row = EvidenceRow(
        number=report.number,
        report_id=report.report_id,
        evidence_id=upload.evidence_id,
        media_type=upload.finding.media_type,
        size=upload.size,
        sha256=upload.sha256,
        wrapped_key=upload.wrapped_key,
        stored_at=context.now(),
    )
    weight = upload.weight
    if weight is not None and await store.is_used(connection, report.number, pseudonym, upload.sha256):
        weight = None
    await store.insert_evidence(connection, row, reporter=pseudonym, weight=weight)
    if upload.calls:
        await insert_contacts(
            connection, report.number, pseudonym, upload.calls, evidence_id=upload.evidence_id
        )
    await weigh(connection, report, pseudonym)
    return row, True


async def remove(connection: Connection, report: ReportRow, pseudonym: bytes, evidence_id: UUID) -> bool:
    """Destroy the key of a piece of evidence, with the calls only it contained; return False if there is no such piece."""
    if not await store.delete_evidence(connection, report.number, report.report_id, evidence_id):
        return False
    await delete_contacts(connection, report.number, pseudonym)
    await weigh(connection, report, pseudonym)
    return True


async def weigh(connection: Connection, report: ReportRow, pseudonym: bytes) -> None:
    """Set the weight of a report to what its evidence is worth now."""
    best = await store.fetch_best_weight(connection, report.number, report.report_id)
    weight = max(intake.bare_weight(report), best or 0.0)
    if await store.weigh_report(connection, report.number, pseudonym, report.report_id, weight=weight):
        await intake.recount(connection, report)


def worth(finding: Examined, calls: Sequence[Contact], number: str, *, size: int) -> float | None:
    """Return the weight of a report with this evidence; None if it takes a person to tell what it shows.

    None of it is proof: anybody can write a text or a log, or record silence. But it takes more effort than a bare report,
    and the weight stays under the caps for clusters and new accounts. A recording counts if it is long enough, a message
    or mail if it names the number, a log if the reporter called the number back and the call was answered. A picture may
    show anything: it is kept for people and raises no weight.
    """
    if finding.media_type == CALL_LOG:
        has_call_back = any(not call.is_incoming and call.is_answered for call in calls)
        return PAYMENT_OR_CALL_BACK if has_call_back else None
    kind = finding.media_type.partition("/")[0]
    if kind in ("audio", "video"):
        return MESSAGE_OR_RECORDING if size >= LEAST_RECORDING_BYTES else None
    return MESSAGE_OR_RECORDING if finding.names(number) else None
