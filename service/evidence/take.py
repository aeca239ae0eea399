"""Takes a piece of evidence: puts it into the vault while it streams by, and attaches it once it is complete."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request

from ml.trust import MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK
from service.contacts.store import delete_log
from service.database import ANSWER_SECONDS, Connection
from service.edge.caller import caller_of
from service.edge.context import Context, context_of
from service.edge.problems import NOT_FOUND, REPORT_RETRACTED, TOO_MUCH_EVIDENCE, ProblemError
from service.evidence import store, uploads_store
from service.evidence.labels import Labels, seal_labels
from service.evidence.logs import MOST_TRIES, LogsChangedError, Prepared, busy, prepare, store_prepared
from service.evidence.made import Made
from service.evidence.passage import About, Limits, Passage
from service.evidence.reading import Reading
from service.evidence.reserved import without_room
from service.evidence.room import Origin, Room
from service.evidence.store import EvidenceRow
from service.evidence.vault import Vault
from service.host.beside import Asker, Beside
from service.reports import intake, reporters
from service.reports.reporters_store import lock_reporters
from service.reports.store import ReportRow

#: Two seconds of the most economical telephone codec: less cannot hold a call.
LEAST_RECORDING_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What it takes to take evidence of one person for one report; `year` is that of a log whose dates have none."""

    context: Context
    vault: Vault
    room: Room
    beside: Beside
    asker: Asker
    report_id: UUID
    year: int | None = None

    @classmethod
    def of(cls, request: Request, pseudonym: bytes, report_id: UUID, *, year: int | None = None) -> "Taking":
        """Return what a request brings along."""
        state = request.state
        asker = Asker(pseudonym, caller_of(request).network)
        return cls(
            context=context_of(request),
            vault=state.vault,
            room=state.room,
            beside=state.beside,
            asker=asker,
            report_id=report_id,
            year=year,
        )

    @property
    def reporter(self) -> bytes:
        """The pseudonym of the person."""
        return self.asker.person

    def origin(self) -> Origin:
        """Return the network that the person's bytes are counted for today."""
        return Origin(self.context.keys, self.asker.network, self.context.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is complete in the vault, with what its reporter says about it."""

    evidence_id: UUID
    reading: Reading
    size: int
    sha256: bytes
    wrapped_key: bytes
    made: Made | None
    labels: Labels = field(default_factory=Labels)
    said_made_at: datetime | None = None


async def store_file(
    taking: Taking,
    report: ReportRow,
    pieces: AsyncIterator[bytes],
    *,
    named: Callable[[], str],
    grow: Callable[[int], None],
) -> Upload:
    """Put a file into the vault if it may be kept; `named` is asked for its name at the end, `grow` told its size so far."""
    context = taking.context
    about = About(report.number, context.now(), report.occurred_at, taking.year)
    passage = Passage(Limits.of(context.settings), about, room=taking.room, grow=grow)
    evidence_id = uuid4()
    content = passage.content(pieces, named, taking.beside, taking.asker)
    wrapped_key = await taking.vault.put(evidence_id, content)
    return Upload(
        evidence_id=evidence_id,
        reading=passage.reading,
        size=passage.size,
        sha256=passage.sha256,
        wrapped_key=wrapped_key,
        made=passage.made,
    )


async def open_report(
    connection: Connection,
    taking: Taking,
    *,
    needs: Callable[[], tuple[int, int]],
    besides: UUID | None = None,
) -> tuple[ReportRow, int]:
    """Return the reporter's own report, and how many more bytes of evidence the reporter may keep.

    Raise a problem if it cannot take as many more files and bytes as `needs` says: it is asked once those that are there
    were counted, so that an upload that was attached meanwhile is not counted twice. The upload in parts `besides` does not
    count: what is to be kept came by it.
    """
    settings = taking.context.settings
    report = await reporters.own_report(connection, taking.reporter, taking.report_id)
    await reporters.require_unrestricted(connection, taking.reporter)
    if report.retracted_at is not None:
        raise ProblemError(REPORT_RETRACTED)
    attached, kept = await store.count_evidence(
        connection, report.number, taking.report_id, taking.reporter, besides=besides
    )
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


async def keep(
    taking: Taking, upload: Upload, *, origin: Origin | None = None, came_by: UUID | None = None
) -> tuple[EvidenceRow, bool]:
    """Attach a file that is complete in the vault; return its row with False if the report already had it.

    Its bytes are counted for `origin`, unless they were as they came in parts, by the upload `came_by`. A log that the
    report already has is read again if its year is told. If no row is written, the object is removed: at once if that is
    certain, otherwise by upkeep.
    """

    async def work(log: Prepared | None, connection: Connection) -> tuple[EvidenceRow, bool]:
        await lock_reporters(connection, [taking.reporter], taking.context.now())
        report, _ = await open_report(connection, taking, needs=lambda: (1, upload.size), besides=came_by)
        row, is_new = await _attach(connection, report, taking, upload, log)
        if is_new and origin is not None:
            await taking.room.count(connection, origin, upload.size)
        if came_by is not None and not await uploads_store.end_upload(
            connection, came_by, evidence_id=row.evidence_id
        ):
            raise ProblemError(NOT_FOUND)  # its reporter was told that nothing of it is left
        return row, is_new

    try:
        row, is_new = await _numbered(taking, upload, work)
    except ProblemError:
        await taking.vault.delete(upload.evidence_id)
        raise
    if not is_new:
        await taking.vault.delete(upload.evidence_id)
    taking.context.metrics.evidence.labels("stored" if is_new else "repeated").inc()
    return row, is_new


async def _numbered(
    taking: Taking,
    upload: Upload,
    work: Callable[[Prepared | None, Connection], Awaitable[tuple[EvidenceRow, bool]]],
) -> tuple[EvidenceRow, bool]:
    """Do the work in a transaction; a log is numbered before it, and again if another one was stored meanwhile."""
    database = taking.context.database
    for _ in range(MOST_TRIES):
        prepared = await prepare(
            database, taking.beside, taking.asker, taking.report_id, upload.reading.log, sha256=upload.sha256
        )
        try:
            return await database.in_transaction(partial(work, prepared), deadline=ANSWER_SECONDS)
        except LogsChangedError:
            continue
    raise busy()


async def _attach(
    connection: Connection, report: ReportRow, taking: Taking, upload: Upload, log: Prepared | None
) -> tuple[EvidenceRow, bool]:
    now = taking.context.now()
    known = await store.fetch_same(connection, report.number, report.report_id, upload.sha256)
    if known is not None:
        if log is not None and taking.year is not None:
            await store_prepared(connection, log, report, taking.reporter, known.evidence_id, now=now)
        return known, False
    row = _row(report, taking.context, upload)
    weight = worth(upload.reading, size=upload.size)
    if weight is not None and await store.is_used(connection, report.number, taking.reporter, upload.sha256):
        weight = None
    await store.insert_evidence(connection, row, reporter=taking.reporter, weight=weight)
    if log is not None:
        await store_prepared(connection, log, report, taking.reporter, row.evidence_id, now=now)
    await weigh(connection, report, taking.reporter)
    return row, True


def _row(report: ReportRow, context: Context, upload: Upload) -> EvidenceRow:
    made = upload.made
    return EvidenceRow(
        number=report.number,
        report_id=report.report_id,
        evidence_id=upload.evidence_id,
        media_type=upload.reading.media_type,
        size=upload.size,
        sha256=upload.sha256,
        wrapped_key=upload.wrapped_key,
        stored_at=context.now(),
        sealed=seal_labels(upload.labels, context.keys, upload.evidence_id),
        file_made_at=made.at if made else None,
        file_made_from=made.read_from if made else None,
        is_zone_assumed=made.is_zone_assumed if made else False,
        said_made_at=upload.said_made_at,
    )


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
    if reading.log is not None and not reading.names_number:
        has_call_back = any(not call.is_incoming and call.is_answered for call in reading.calls)
        return PAYMENT_OR_CALL_BACK if has_call_back else None
    if reading.media_type.partition("/")[0] in ("audio", "video"):
        return MESSAGE_OR_RECORDING if size >= LEAST_RECORDING_BYTES else None
    return MESSAGE_OR_RECORDING if reading.names_number else None
