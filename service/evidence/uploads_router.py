"""Uploads in parts over HTTP: begun with their size, continued from where they stand, after any interruption."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, Field

from service.contacts.store import list_read_logs
from service.edge.caller import caller_of
from service.edge.context import context_of
from service.edge.declared import Body, headers, raises, reads
from service.edge.in_flight import InFlight
from service.edge.parameters import ReportId
from service.edge.problems import (
    EVIDENCE_BEYOND_BOUNDS,
    EVIDENCE_DAMAGED,
    EVIDENCE_DIGEST_WRONG,
    EVIDENCE_FORM_INVALID,
    EVIDENCE_NO_ROOM,
    EVIDENCE_OF_NETWORK,
    EVIDENCE_TOO_LARGE,
    EVIDENCE_TYPE_REFUSED,
    EVIDENCE_UNAVAILABLE,
    NOT_FOUND,
    REPORT_RETRACTED,
    REQUEST_TIMEOUT,
    RESTRICTED,
    TOO_MANY_AT_ONCE,
    TOO_MUCH_EVIDENCE,
    UPLOAD_BEYOND_SIZE,
    UPLOAD_OFFSET_WRONG,
    UPLOAD_TOO_SLOW,
    ProblemError,
)
from service.evidence import uploads
from service.evidence.labels import Labels, clean_caption, clean_name
from service.evidence.schemas import EvidenceWords, LogRead, LogYear, log_shown
from service.evidence.take import Taking
from service.evidence.uploads_store import ABANDONED, UploadRow
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.reports.when import check_occurred_at

UploadId = Annotated[UUID, Path(description="The id of the upload.")]
Offset = Annotated[
    int | None,
    Header(
        alias="Upload-Offset",
        ge=0,
        le=2**31 - 1,
        description="How many bytes of the file come before those of this request: `received`, as the service last said. A "
        "request without it is answered with the number.",
        examples=[0],
    ),
]
BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class NewUpload(EvidenceWords):
    """A file that is going to arrive in parts."""

    size: int = Field(ge=1, le=2**31 - 1, description="The size of the whole file, in bytes.")
    sha256: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="The SHA-256 digest of the whole file, which is compared when all of it has arrived.",
    )
    file_name: str | None = Field(
        None,
        max_length=1000,
        description="The original name of the file; it is stored encrypted, and shortened beyond 200 characters.",
    )


class UploadState(BaseModel):
    """How far an upload has come."""

    upload_id: UUID = Field(description="Identifies the upload.")
    size: int = Field(ge=1, description="The size of the whole file, in bytes.")
    received: int = Field(ge=0, description="How many bytes have arrived, from the first on: send the rest.")
    part_bytes: int = Field(
        ge=1,
        description="How many bytes to send with one request, at the most: what an interruption could cost.",
    )
    expires_at: datetime = Field(description="When what has arrived is deleted, unless more arrives.")
    evidence_id: UUID | None = Field(
        description="The piece of evidence, once all has arrived; null until then."
    )
    call_log: LogRead | None = Field(
        description="What a call log says, once all has arrived; null if the file is none."
    )


router = APIRouter(prefix="/v1/reports/{report_id}/uploads", tags=["evidence"])


@router.post(
    "",
    status_code=201,
    summary="Start to upload a large file in parts · 开始分段上传大文件",
    responses={201: {"headers": headers("Location", "Upload-Offset")}},
)
@raises(
    NOT_FOUND, RESTRICTED, REPORT_RETRACTED, TOO_MUCH_EVIDENCE, EVIDENCE_TOO_LARGE, EVIDENCE_NO_ROOM, EVIDENCE_OF_NETWORK
)  # fmt: skip
async def begin_upload(
    report_id: ReportId, new: NewUpload, request: Request, response: Response, pseudonym: ReporterPseudonym
) -> UploadState:
    """The service checks that there is room for the whole file. Nothing is stored of it until the first part arrives."""
    now = context_of(request).now()
    if new.made_at is not None:
        check_occurred_at(new.made_at, now, "made_at")
    upload_id = uuid4()
    row = await uploads.begin(
        Taking.of(request, pseudonym, report_id),
        UploadRow(
            upload_id=upload_id,
            size=new.size,
            sha256=bytes.fromhex(new.sha256) if new.sha256 else None,
            sealed=None,
            said_made_at=new.made_at,
            received=0,
            evidence_id=None,
            moved_at=now,
        ),
        Labels(clean_name(new.file_name or ""), clean_caption(new.caption or "")),
    )
    response.headers["Location"] = f"/v1/reports/{report_id}/uploads/{upload_id}"
    return _told(row, response, None)


@router.get(
    "/{upload_id}",
    summary="Show how far an upload has come · 查看上传进度",
    responses={200: {"headers": headers("Upload-Offset", "Upload-Complete", "Cache-Control")}},
)
@raises(NOT_FOUND)
async def get_upload(
    report_id: ReportId,
    upload_id: UploadId,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
) -> UploadState:
    """The answer says from where to go on after an interruption: `received`, also in the header Upload-Offset."""
    taking = Taking.of(request, pseudonym, report_id)
    async with taking.context.database.connection() as connection:
        _, row = await uploads.find(connection, taking, upload_id)
    response.headers["Cache-Control"] = "no-store"
    return _told(row, response, await _log_of(taking, row))


@router.patch(
    "/{upload_id}",
    summary="Send the next part of an upload · 发送下一段",
    openapi_extra=BYTES,
    responses={200: {"headers": headers("Upload-Offset", "Upload-Complete")}},
)
@reads(Body.STREAMED)
@raises(
    NOT_FOUND, RESTRICTED, REPORT_RETRACTED, TOO_MANY_AT_ONCE, TOO_MUCH_EVIDENCE, REQUEST_TIMEOUT, UPLOAD_TOO_SLOW,
    UPLOAD_OFFSET_WRONG, UPLOAD_BEYOND_SIZE, EVIDENCE_FORM_INVALID, EVIDENCE_TOO_LARGE, EVIDENCE_TYPE_REFUSED,
    EVIDENCE_BEYOND_BOUNDS, EVIDENCE_DIGEST_WRONG, EVIDENCE_NO_ROOM, EVIDENCE_OF_NETWORK, EVIDENCE_DAMAGED,
    EVIDENCE_UNAVAILABLE,
)  # fmt: skip
async def continue_upload(
    report_id: ReportId,
    upload_id: UploadId,
    request: Request,
    response: Response,
    *,
    pseudonym: ReporterPseudonym,
    offset: Offset = None,
    year: LogYear = None,
) -> UploadState:
    """The service stores what arrives, also if the connection breaks off. With the last byte, the file becomes evidence.

    A request without a byte at the end of a file makes evidence of it where an earlier one could not. The request with the
    last byte is also the one that can tell the year of a call log.
    """
    taking = Taking.of(request, pseudonym, report_id, year=year)
    at_once: InFlight = request.state.uploads
    with at_once.admit(pseudonym, caller_of(request).network) as place:
        row = await uploads.add_part(
            taking, upload_id, request.stream(), offset=offset, length=_announced(request), place=place
        )
    return _told(row, response, await _log_of(taking, row))


@router.delete("/{upload_id}", status_code=204, summary="Give an upload up · 放弃上传")
@raises(NOT_FOUND, EVIDENCE_UNAVAILABLE)
async def give_up_upload(
    report_id: ReportId, upload_id: UploadId, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """The service destroys the keys of what has arrived. Evidence that an upload has become already is not touched."""
    if not await uploads.give_up(Taking.of(request, pseudonym, report_id), upload_id):
        raise ProblemError(NOT_FOUND)
    return Response(status_code=204)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


async def _log_of(taking: Taking, row: UploadRow) -> LogRead | None:
    """Return what a call log says that has arrived whole; None of what is none, or has not."""
    if row.evidence_id is None:
        return None
    async with taking.context.database.connection() as connection:
        report = await reporters.own_report(connection, taking.reporter, taking.report_id)
        logs = await list_read_logs(connection, report.number, report.report_id)
    return log_shown(logs.get(row.evidence_id))


def _told(row: UploadRow, response: Response, log: LogRead | None) -> UploadState:
    """Return the state of an upload, and say in its headers what the draft of the IETF for resumable uploads has there."""
    response.headers["Upload-Offset"] = str(row.received)
    response.headers["Upload-Complete"] = "?1" if row.evidence_id else "?0"
    return UploadState(
        upload_id=row.upload_id,
        size=row.size,
        received=row.received,
        part_bytes=uploads.PART_BYTES,
        expires_at=row.moved_at + ABANDONED,
        evidence_id=row.evidence_id,
        call_log=log,
    )
