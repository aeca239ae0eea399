"""Takes a piece of evidence in: looked at while it streams into the vault, attached only once it is whole there."""

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

UPLOAD_SECONDS: Final = 300  # 25 MB at 85 kB/s; who sends more slowly holds a place that others wait for
LEAST_RECORDING_BYTES: Final = 4096  # two seconds of the thriftiest telephone codec: less holds no call


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is whole in the vault."""

    evidence_id: UUID
    finding: Examined
    size: int
    sha256: bytes
    wrapped_key: bytes
    calls: Sequence[Contact]
    weight: float | None


class Passage:
    """A file on its way into the vault: counted, hashed and looked at, refused as soon as it can be."""

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
        """The file as it came; its end is only reached by one that may be kept."""
        async for piece in _in_time(self._form.pieces()):
            self.size += len(piece)
            if self.size > self._at_most:
                raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(self._at_most))
            self._digest.update(piece)
            self._examiner.look(piece)
            yield piece
        if not self.size:
            raise ProblemError(EVIDENCE_EMPTY)
        await asyncio.to_thread(self._finish)  # megabytes of text to decode, search and read

    def _finish(self) -> None:
        self.finding = self._examiner.finish()
        if self.finding.media_type == TEXT and self._is_call_log(self.finding.text):
            self.finding = replace(self.finding, media_type=CALL_LOG)
            self.calls = read_call_log(self.finding.text, self._report.number, now=self._now)
        self.weight = worth(self.finding, self.calls, self._report.number, size=self.size)

    def _is_call_log(self, text: str) -> bool:
        """A text with the headings of one; one that is called CSV is refused unless it has them."""
        return has_call_log_header(text) or self._form.file_name.lower().endswith(".csv")

    @property
    def sha256(self) -> bytes:
        """Digest of what has passed."""
        return self._digest.digest()


async def take_evidence(request: Request, pseudonym: bytes, report_id: UUID) -> tuple[EvidenceRow, bool]:
    """Attach the file of a form to one's own report; False with it where the report had the same content already.

    An object whose row does not come about is removed at once where that is certain, else by upkeep.
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
    """The pieces, until they take too long: raised where they are taken, so that the vault gives up what it has of them."""
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
    """At least how many bytes of file are coming, as far as the request says: what has no room is not taken in first."""
    length = request.headers.get("content-length", "")
    return max(int(length) - OVERHEAD_BYTES if length.isascii() and length.isdigit() else 1, 1)


async def _receive(request: Request, report: ReportRow, vault: Vault) -> Upload:
    context = context_of(request)
    at_most = context.settings.evidence_max_bytes
    passage = Passage(FileForm(request, at_most=at_most), report, at_most=at_most, now=context.now())
    evidence_id = uuid4()
    wrapped_key = await vault.put(evidence_id, passage.content())
    return Upload(
        evidence_id, passage.finding, passage.size, passage.sha256, wrapped_key, passage.calls, passage.weight
    )


async def _open_report(
    connection: Connection, context: Context, pseudonym: bytes, report_id: UUID, *, size: int = 1
) -> ReportRow:
    """One's own report, if it takes `size` more bytes of evidence."""
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
            reason_en=f"A report takes at most {most} pieces of evidence",
        )
    if kept + size > settings.evidence_max_total_bytes:
        total = megabytes(settings.evidence_max_total_bytes)
        raise ProblemError(
            TOO_MUCH_EVIDENCE,
            reason_zh=f"您的证据总量将超过 {total} MB",
            reason_en=f"Your evidence would exceed {total} MB in all",
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
    """Destroy the key of a piece of evidence, and forget what only it told; False when there is none."""
    if not await store.delete_evidence(connection, report.number, report.report_id, evidence_id):
        return False
    await delete_contacts(connection, report.number, pseudonym)
    await weigh(connection, report, pseudonym)
    return True


async def weigh(connection: Connection, report: ReportRow, pseudonym: bytes) -> None:
    """Let a report weigh what its evidence is worth now."""
    best = await store.fetch_best_weight(connection, report.number, report.report_id)
    weight = max(intake.bare_weight(report), best or 0.0)
    if await store.weigh_report(connection, report.number, pseudonym, report.report_id, weight=weight):
        await intake.recount(connection, report)


def worth(finding: Examined, calls: Sequence[Contact], number: str, *, size: int) -> float | None:
    """What a report of a number with this evidence weighs; None for what nobody can check without looking at it.

    None of it is proof: who writes a text or a log, or records a silence, has it. It takes more effort than a bare report,
    and what it raises stays under the caps of each cluster and of fresh accounts. A recording counts by its length, a
    message or mail where it names the number, a log where the number was called back and answered. A picture may show
    anything: it is kept for people, and raises nothing.
    """
    if finding.media_type == CALL_LOG:
        has_call_back = any(not call.is_incoming and call.is_answered for call in calls)
        return PAYMENT_OR_CALL_BACK if has_call_back else None
    kind = finding.media_type.partition("/")[0]
    if kind in ("audio", "video"):
        return MESSAGE_OR_RECORDING if size >= LEAST_RECORDING_BYTES else None
    return MESSAGE_OR_RECORDING if finding.names(number) else None
