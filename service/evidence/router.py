"""Evidence over HTTP: for the reporter of the report it belongs to, and for nobody else."""

import base64
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from service.database import ANSWER_SECONDS, Connection
from service.edge.context import context_of
from service.edge.problems import NOT_FOUND, ProblemError
from service.evidence import store
from service.evidence.media import EXTENSIONS
from service.evidence.schemas import Evidence, EvidenceList, shown
from service.evidence.store import EvidenceRow
from service.evidence.take import remove, take_evidence
from service.evidence.vault import Vault
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.reports.store import lock_reporters

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

router = APIRouter(prefix="/v1/reports/{report_id}/evidence", tags=["evidence"])


@router.post(
    "",
    status_code=201,
    response_model=Evidence,
    summary="Attach a file to one's own report",
    openapi_extra=FORM,
    responses={200: {"model": Evidence, "description": "The report has this very content already."}},
)
async def add_evidence(
    report_id: UUID, request: Request, response: Response, pseudonym: ReporterPseudonym
) -> Evidence:
    """A recording, video, picture, PDF, message, mail or call log: encrypted, and whole when answered."""
    row, is_new = await take_evidence(request, pseudonym, report_id)
    if not is_new:
        response.status_code = 200
    return shown(row)


@router.get("", response_model=EvidenceList, summary="The evidence of one's own report")
async def list_own_evidence(report_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> EvidenceList:
    """Oldest first."""
    async with context_of(request).database.connection() as connection:
        report = await reporters.own_report(connection, pseudonym, report_id)
        rows = await store.list_evidence(connection, report.number, report_id)
    return EvidenceList(evidence=[shown(row) for row in rows])


@router.get(
    "/{evidence_id}",
    response_class=StreamingResponse,
    summary="A piece of evidence as it was uploaded",
    responses={
        200: {
            "content": {media_type: {} for media_type in sorted(EXTENSIONS)},
            "description": "An attachment.",
        }
    },
)
async def get_evidence(
    report_id: UUID, evidence_id: UUID, request: Request, pseudonym: ReporterPseudonym
) -> StreamingResponse:
    """As an attachment. Its last part is sent only if size and SHA-256 of the whole are those of the original."""
    async with context_of(request).database.connection() as connection:
        row = await _own_evidence(connection, pseudonym, report_id, evidence_id)
    vault: Vault = request.state.vault
    content: AsyncIterator[bytes] = await vault.open(row)
    digest = base64.b64encode(row.sha256).decode()
    name = f"evidence-{evidence_id}{EXTENSIONS[row.media_type]}"
    headers = {
        **SAFE,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(row.size),
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
    }
    return StreamingResponse(content, headers=headers, media_type=row.media_type)


@router.delete("/{evidence_id}", status_code=204, summary="Delete a piece of evidence")
async def delete_own_evidence(
    report_id: UUID, evidence_id: UUID, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """Its key is destroyed first: from then on nobody can read it, whatever becomes of the object."""
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


async def _own_evidence(
    connection: Connection, pseudonym: bytes, report_id: UUID, evidence_id: UUID
) -> EvidenceRow:
    report = await reporters.own_report(connection, pseudonym, report_id)
    row = await store.fetch_evidence(connection, report.number, report_id, evidence_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return row
