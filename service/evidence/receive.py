"""Receives a file as a form, with the words that go with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request

from service.edge.in_flight import InFlight, Place
from service.edge.problems import ProblemError
from service.edge.validation import validation_problem
from service.evidence.form import OVERHEAD_BYTES, FileForm
from service.evidence.labels import Labels, clean_caption, clean_name
from service.evidence.passage import Limits, in_time, too_large
from service.evidence.reserved import Held, Reserved
from service.evidence.schemas import EvidenceWords
from service.evidence.store import EvidenceRow
from service.evidence.take import Taking, Upload, keep, open_report, store_file
from service.reports.store import ReportRow
from service.reports.when import check_occurred_at


async def take_evidence(
    request: Request, pseudonym: bytes, report_id: UUID, *, year: int | None
) -> tuple[EvidenceRow, bool]:
    """Attach the file of a form to the reporter's own report; return it with False if the report already had it.

    `year` is that of a call log whose dates have none; a log that the report already has is read again with it.
    """
    taking = Taking.of(request, pseudonym, report_id, year=year)
    announced = _announced(request)
    Limits.of(taking.context.settings).require(None, announced)
    uploads: InFlight = request.state.uploads
    reserved: Reserved = request.state.reserved
    with (
        uploads.admit(pseudonym, taking.asker.network) as place,
        reserved.hold(pseudonym, report_id, announced) as held,
    ):
        origin = taking.origin()
        async with taking.context.database.connection() as connection:
            report, held.room = await open_report(connection, taking, needs=lambda: (held.files, held.bytes))
            await taking.room.require(connection, origin, announced)
        upload = await _receive(request, taking, report, held=held, place=place)
    return await keep(taking, upload, origin=origin)


def _announced(request: Request) -> int:
    """Return the least size of the file according to the request, so that one without room is refused before it is read."""
    length = request.headers.get("content-length", "")
    return max(int(length) - OVERHEAD_BYTES if length.isascii() and length.isdigit() else 1, 1)


async def _receive(
    request: Request, taking: Taking, report: ReportRow, *, held: Held, place: Place
) -> Upload:
    limits = Limits.of(taking.context.settings)
    form = FileForm(request, at_most=limits.video, too_large=too_large(limits.video))
    pieces = in_time(place, form.pieces())
    upload = await store_file(taking, report, pieces, named=lambda: form.file_name, grow=held.grow)
    try:
        words = read_words(form.words(), taking.context.now())
    except ProblemError:
        await taking.vault.delete(upload.evidence_id)
        raise
    caption = clean_caption(words.caption or "")
    return replace(upload, labels=Labels(clean_name(form.file_name), caption), said_made_at=words.made_at)


def read_words(said: Mapping[str, str], now: datetime) -> EvidenceWords:
    """Return what a form says about its file; raise invalid_request for what cannot be."""
    try:
        words = EvidenceWords.model_validate(said)
    except ValidationError as error:
        raise validation_problem(error.errors()) from None
    if words.made_at is not None:
        check_occurred_at(words.made_at, now, "made_at")
    return words
