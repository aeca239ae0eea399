"""Evidence over HTTP, for the reporter of its report and for nobody else."""

import base64
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
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
    EVIDENCE_NO_ROOM,
    EVIDENCE_OF_NETWORK,
    EVIDENCE_TOO_LARGE,
    EVIDENCE_TYPE_REFUSED,
    EVIDENCE_UNAVAILABLE,
    INVALID_REQUEST,
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
from service.evidence.labels import MOST_CAPTION, clean_caption, seal_labels, unseal_labels
from service.evidence.media import EXTENSIONS
from service.evidence.receive import take_evidence
from service.evidence.schemas import Evidence, EvidenceChange, EvidenceList, LogYear, all_shown
from service.evidence.store import EvidenceRow
from service.evidence.take import remove
from service.evidence.vault import Vault
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.reports.reporters_store import lock_reporters
from service.reports.when import check_occurred_at
from service.secrets import KeyRing

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "caption": {
                            "type": "string",
                            "maxLength": MOST_CAPTION,
                            "description": "What the file shows, in your own words.",
                        },
                        "made_at": {
                            "type": "string",
                            "format": "date-time",
                            "description": "When it was made, with its time zone (RFC 3339).",
                        },
                    },
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
    summary="Attach a file to your own report · 为自己的举报附上证据",
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
    EVIDENCE_NO_ROOM,
    EVIDENCE_OF_NETWORK,
    INVALID_REQUEST,
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

    Its name is stored encrypted. When it was made is read from the file itself where that says so. The service reads a call
    log row by row: `call_log` says what it counted and names each row that it could not read. It keeps the file unaltered
    in any case.
    """
    row, is_new = await take_evidence(request, pseudonym, report_id, year=year)
    if not is_new:
        response.status_code = 200
    context = context_of(request)
    async with context.database.connection() as connection:
        pieces = await _all(connection, row.number, report_id, context.keys)
    return _among(pieces, row.evidence_id)


@router.get(
    "", response_model=EvidenceList, summary="List the evidence of your own report · 列出自己举报的证据"
)
@raises(NOT_FOUND)
async def list_evidence(report_id: ReportId, request: Request, pseudonym: ReporterPseudonym) -> EvidenceList:
    """The answer lists what is attached to the report, in the order that you gave it."""
    context = context_of(request)
    async with context.database.connection() as connection:
        report = await reporters.own_report(connection, pseudonym, report_id)
        return EvidenceList(evidence=await _all(connection, report.number, report_id, context.keys))


@router.get(
    "/{evidence_id}",
    response_class=StreamingResponse,
    summary="Download a piece of evidence as it was uploaded · 下载证据原件",
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


@router.patch(
    "/{evidence_id}",
    summary="Change what you say about a piece of evidence, or its place · 修改证据的说明或顺序",
)
@raises(NOT_FOUND, RESTRICTED, REPORT_RETRACTED)
async def change_evidence(
    report_id: ReportId,
    evidence_id: EvidenceId,
    change: EvidenceChange,
    request: Request,
    pseudonym: ReporterPseudonym,
) -> Evidence:
    """The file itself never changes. What you say of its time goes before what the file says; null takes it back."""
    context = context_of(request)
    if change.made_at is not None:
        check_occurred_at(change.made_at, context.now(), "made_at")

    async def work(connection: Connection) -> Evidence:
        await lock_reporters(connection, [pseudonym], context.now())
        report = await reporters.own_report(connection, pseudonym, report_id)
        await reporters.require_unrestricted(connection, pseudonym)
        if report.retracted_at is not None:
            raise ProblemError(REPORT_RETRACTED)
        row = await _own_evidence(connection, pseudonym, report_id, evidence_id)
        await store.change_evidence(connection, _changed(row, change, context.keys))
        if change.place is not None:
            rows = await store.list_evidence(connection, report.number, report_id)
            ids = [one.evidence_id for one in rows if one.evidence_id != evidence_id]
            ids.insert(change.place - 1, evidence_id)
            await store.order_evidence(connection, report.number, report_id, ids)
        pieces = await _all(connection, report.number, report_id, context.keys)
        return _among(pieces, evidence_id)

    return await context.database.in_transaction(work, deadline=ANSWER_SECONDS)


@router.delete("/{evidence_id}", status_code=204, summary="Delete a piece of evidence · 删除证据")
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


def _changed(row: EvidenceRow, change: EvidenceChange, keys: KeyRing) -> EvidenceRow:
    """Return a piece with what its reporter says of it now; what the change leaves out stays."""
    if "caption" in change.model_fields_set:
        labels = unseal_labels(row.sealed, keys, row.evidence_id)
        labels = replace(labels, caption=clean_caption(change.caption or ""))
        row = replace(row, sealed=seal_labels(labels, keys, row.evidence_id))
    return replace(row, said_made_at=change.made_at) if "made_at" in change.model_fields_set else row


async def _all(connection: Connection, number: str, report_id: UUID, keys: KeyRing) -> list[Evidence]:
    """Return the pieces of a report as its reporter sees them."""
    rows = await store.list_evidence(connection, number, report_id)
    return all_shown(rows, keys, await list_read_logs(connection, number, report_id))


def _among(pieces: list[Evidence], evidence_id: UUID) -> Evidence:
    """Return a piece as it stands among those of its report."""
    found = next((one for one in pieces if one.evidence_id == evidence_id), None)
    if found is None:  # deleted at this moment
        raise ProblemError(NOT_FOUND)
    return found


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
