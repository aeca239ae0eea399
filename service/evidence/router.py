"""Evidence over HTTP, for the reporter of its report and for nobody else."""

import base64
from contextlib import ExitStack
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from service.contacts.store import list_read_logs
from service.database import ANSWER_SECONDS, Connection
from service.edge.caller import caller_of
from service.edge.context import context_of
from service.edge.declared import Body, headers, raises, reads
from service.edge.in_flight import InFlight
from service.edge.parameters import EvidenceId, ReportId
from service.edge.problems import (
    EVIDENCE_BEYOND_BOUNDS,
    EVIDENCE_DAMAGED,
    EVIDENCE_EMPTY,
    EVIDENCE_FORM_INVALID,
    EVIDENCE_TOO_LARGE,
    EVIDENCE_TYPE_REFUSED,
    EVIDENCE_UNAVAILABLE,
    NOT_FOUND,
    REPORT_RETRACTED,
    REQUEST_TIMEOUT,
    RESTRICTED,
    TOO_MANY_AT_ONCE,
    TOO_MUCH_EVIDENCE,
    UPLOAD_TOO_SLOW,
    ProblemError,
)
from service.edge.sending import PacedAnswer
from service.evidence import store
from service.evidence.media import EXTENSIONS
from service.evidence.schemas import Evidence, EvidenceList, shown
from service.evidence.store import EvidenceRow
from service.evidence.take import remove, take_evidence
from service.evidence.vault import Vault
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.reports.reporters_store import lock_reporters

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
#: A browser neither shows, runs nor keeps what somebody uploaded.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}

LogYear = Annotated[
    int | None,
    Query(
        ge=2000,
        le=2100,
        description="The year of a call log whose dates have none, if the service asked for it. Send the same file again.",
    ),
]

router = APIRouter(prefix="/v1/reports/{report_id}/evidence", tags=["evidence"])


@router.post(
    "",
    status_code=201,
    response_model=Evidence,
    summary="Attach a file to your own report",
    openapi_extra=FORM,
    responses={200: {"model": Evidence, "description": "The report already has a file with this content."}},
)
@reads(Body.STREAMED)
@raises(
    NOT_FOUND,
    RESTRICTED,
    REPORT_RETRACTED,
    TOO_MANY_AT_ONCE,
    TOO_MUCH_EVIDENCE,
    REQUEST_TIMEOUT,
    UPLOAD_TOO_SLOW,
    EVIDENCE_FORM_INVALID,
    EVIDENCE_EMPTY,
    EVIDENCE_TOO_LARGE,
    EVIDENCE_TYPE_REFUSED,
    EVIDENCE_BEYOND_BOUNDS,
    EVIDENCE_UNAVAILABLE,
)
async def add_evidence(
    report_id: ReportId,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    year: LogYear = None,
) -> Evidence:
    """The file is a recording, video, picture, PDF, message, mail or call log. It is stored encrypted before the answer.

    The service reads a call log row by row: `call_log` says what it counted and names each row that it could not read. It
    keeps the file unaltered in any case.
    """
    row, is_new = await take_evidence(request, pseudonym, report_id, year=year)
    if not is_new:
        response.status_code = 200
    async with context_of(request).database.connection() as connection:
        logs = await list_read_logs(connection, row.number, report_id)
    return shown(row, logs.get(row.evidence_id))


@router.get("", response_model=EvidenceList, summary="List the evidence of your own report")
@raises(NOT_FOUND)
async def list_evidence(report_id: ReportId, request: Request, pseudonym: ReporterPseudonym) -> EvidenceList:
    """The answer lists what is attached to the report, the oldest first."""
    async with context_of(request).database.connection() as connection:
        report = await reporters.own_report(connection, pseudonym, report_id)
        rows = await store.list_evidence(connection, report.number, report_id)
        logs = await list_read_logs(connection, report.number, report_id)
    return EvidenceList(evidence=[shown(row, logs.get(row.evidence_id)) for row in rows])


@router.get(
    "/{evidence_id}",
    response_class=StreamingResponse,
    summary="Download a piece of evidence as it was uploaded",
    responses={
        200: {
            "content": {media_type: {} for media_type in sorted(EXTENSIONS)},
            "description": "The file, as an attachment.",
            "headers": headers("Content-Disposition", "Cache-Control", "Repr-Digest"),
        }
    },
)
@raises(NOT_FOUND, EVIDENCE_DAMAGED, EVIDENCE_UNAVAILABLE, TOO_MANY_AT_ONCE)
async def get_evidence(
    report_id: ReportId, evidence_id: EvidenceId, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """The file comes as an attachment. Its last part is sent only if the size and SHA-256 of the whole are correct."""
    downloads: InFlight = request.state.downloads
    vault: Vault = request.state.vault
    with ExitStack() as held:
        place = held.enter_context(downloads.admit(pseudonym, caller_of(request).network))
        async with context_of(request).database.connection() as connection:
            row = await _own_evidence(connection, pseudonym, report_id, evidence_id)
        if request.method == "HEAD":  # nothing is decrypted for it
            return Response(headers=_headers(row), media_type=row.media_type)
        content = await vault.open(row)
        return PacedAnswer(held.pop_all(), content, place, media_type=row.media_type, headers=_headers(row))


@router.delete("/{evidence_id}", status_code=204, summary="Delete a piece of evidence")
@raises(NOT_FOUND, EVIDENCE_UNAVAILABLE)
async def delete_evidence(
    report_id: ReportId, evidence_id: EvidenceId, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """The service destroys the key of the file first: from then on nobody can read it, whatever becomes of the object."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await lock_reporters(connection, [pseudonym], context.now())
        report = await reporters.own_report(connection, pseudonym, report_id)
        if not await remove(connection, report, pseudonym, evidence_id):
            raise ProblemError(NOT_FOUND)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    vault: Vault = request.state.vault
    await vault.delete(evidence_id)
    return Response(status_code=204)


def _headers(row: EvidenceRow) -> dict[str, str]:
    digest = base64.b64encode(row.sha256).decode()
    name = f"evidence-{row.evidence_id}{EXTENSIONS[row.media_type]}"
    return {
        **SAFE,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(row.size),
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
    }


async def _own_evidence(
    connection: Connection, pseudonym: bytes, report_id: UUID, evidence_id: UUID
) -> EvidenceRow:
    report = await reporters.own_report(connection, pseudonym, report_id)
    row = await store.fetch_evidence(connection, report.number, report_id, evidence_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return row
