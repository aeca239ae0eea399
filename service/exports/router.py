"""`/v1/exports`: agencies request exports, follow them and download their files; moderators decide."""

import re
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.access import ApiKey
from service.edge.context import Context, ExportKey, ModeratorKey, context_of
from service.edge.declared import headers, raises
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.parameters import ExportId
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    EXPORT_DECIDED,
    EXPORT_EXPIRED,
    EXPORT_NOT_READY,
    KEY_WITHOUT_AGENCY,
    NOT_FOUND,
    OWN_EXPORT,
    PERIOD_OPEN,
    PERIOD_OVERLAPS,
    QUOTA_USED,
    RANGE_NOT_SATISFIABLE,
    ProblemError,
)
from service.exports import store
from service.exports.approve import ask, decide, withdraw
from service.exports.manifest import MANIFEST_NAME
from service.exports.schemas import (
    ExportDecision,
    ExportList,
    ExportRequest,
    ExportStatus,
    SigningKey,
)
from service.exports.store import fetch_export
from service.exports.words import STATES_ZH, ExportState
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry
from service.signed import encode_key, pem_of

MANIFEST_MEDIA_TYPE: Final = "application/json"
RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

router = APIRouter(prefix="/v1/exports", tags=["exports"])
Limit = Annotated[int, Query(ge=1, le=200, description="The answer lists at most this many exports.")]
State = Annotated[ExportState | None, Query(description="Only exports in this state are listed.")]
FileName = Annotated[
    str,
    Path(
        max_length=255,
        description="The name of the file, as the manifest lists it.",
        examples=["reports.csv"],
    ),
]
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, as an attachment.",
        "headers": headers("ETag", "Content-Disposition"),
    },
    206: {
        "description": "The part of the file that Range asked for.",
        "headers": headers("ETag", "Content-Range"),
    },
}


@router.get("/signing-key", summary="Get the public key that checks manifests · 读取核验清单的公钥")
async def get_signing_key(request: Request) -> SigningKey:
    """The operation needs no API key: everybody who received an export may check it."""
    key = context_of(request).keys.signer().public_key()
    return SigningKey(public_key=encode_key(key), pem=pem_of(key))


@router.post(
    "",
    status_code=202,
    response_model=ExportStatus,
    summary="Request an export · 申请导出",
    responses={202: {"headers": headers("Location")}},
)
@raises(KEY_WITHOUT_AGENCY, QUOTA_USED, PERIOD_OPEN, PERIOD_OVERLAPS, DATABASE_UNAVAILABLE)
async def create_export(
    wanted: ExportRequest, key: ExportKey, request: Request, _key: IdempotencyKey = None
) -> Response:
    """Someone else must approve the request; then the export is written in the background. `Location` is its address.

    The key must be bound to an agency and a purpose.
    """
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        export_id = await ask(connection, wanted, key_id=key.key_id, now=now)
        asked = await fetch_export(connection, export_id)
        if asked is None:
            raise LookupError(export_id)
        return Reply(202, asked.status.model_dump_json().encode())

    once = await Once.of(request, key.key_id.encode())
    reply = await idempotency.answer(context.database, once, now, work)
    export_id = ExportStatus.model_validate_json(reply.body).export_id
    return reply.response({"Location": f"{router.prefix}/{export_id}"})


@router.get("", summary="List the exports that you requested · 列出自己申请的导出")
@raises(DATABASE_UNAVAILABLE)
async def list_exports(
    key: ExportKey, request: Request, state: State = None, limit: Limit = 50
) -> ExportList:
    """The answer lists the exports that this key requested, the newest first."""
    async with context_of(request).database.connection() as connection:
        found = await store.list_exports(connection, key_id=key.key_id, state=state, at_most=limit)
    return ExportList(exports=[export.status for export in found])


@router.get(
    "/requests", summary="List the exports of all agencies that wait for a decision · 列出各机构待审批的导出"
)
@raises(DATABASE_UNAVAILABLE)
async def list_export_requests(
    _key: ModeratorKey,
    request: Request,
    state: Annotated[ExportState, Query(description="Only exports in this state are listed.")] = "requested",
    limit: Limit = 50,
) -> ExportList:
    """The answer lists exports that wait for a decision, or those in another state, the newest first."""
    async with context_of(request).database.connection() as connection:
        found = await store.list_exports(connection, state=state, at_most=limit)
    return ExportList(exports=[export.status for export in found])


@router.post("/{export_id}/decision", summary="Approve or refuse an export · 批准或拒绝导出")
@raises(NOT_FOUND, OWN_EXPORT, EXPORT_DECIDED, DATABASE_UNAVAILABLE)
async def decide_export(
    export_id: ExportId, decision: ExportDecision, key: ModeratorKey, request: Request
) -> ExportStatus:
    """An export must be decided by someone else: not with the requesting key or any other key of that agency."""
    context = context_of(request)

    async def work(connection: Connection) -> ExportStatus:
        decided = await decide(connection, export_id, decision, by=key.key_id, now=context.now())
        return decided.status

    return await context.database.in_transaction(work, deadline=ANSWER_SECONDS)


@router.get("/{export_id}", summary="Get the state of an export · 查看导出的状态")
@raises(NOT_FOUND, DATABASE_UNAVAILABLE)
async def get_export(export_id: ExportId, key: ExportKey, request: Request) -> ExportStatus:
    """An export is visible only to the key that requested it; for other keys it does not exist."""
    async with context_of(request).database.connection() as connection:
        return await _export(connection, export_id, key)


@router.delete("/{export_id}", status_code=204, summary="Withdraw a request for an export · 撤回导出申请")
@raises(NOT_FOUND, EXPORT_DECIDED, DATABASE_UNAVAILABLE)
async def withdraw_export(export_id: ExportId, key: ExportKey, request: Request) -> Response:
    """A request can be withdrawn until it is decided; its period is then free again. Withdrawing twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        export = await _export(connection, export_id, key)
        await withdraw(connection, export, by=key.key_id, now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.get(
    "/{export_id}/manifest",
    response_class=FileResponse,
    summary="Download the signed manifest of an export · 下载导出的签名清单",
    responses=FILE,
)
@raises(NOT_FOUND, EXPORT_NOT_READY, EXPORT_EXPIRED, RANGE_NOT_SATISFIABLE, DATABASE_UNAVAILABLE)
async def get_manifest(export_id: ExportId, key: ExportKey, request: Request) -> FileResponse:
    """The manifest comes byte for byte as it was signed."""
    return await _file(request, export_id, key, MANIFEST_NAME)


@router.get(
    "/{export_id}/files/{name}",
    response_class=FileResponse,
    summary="Download a file of an export · 下载导出的文件",
    responses=FILE,
)
@raises(NOT_FOUND, EXPORT_NOT_READY, EXPORT_EXPIRED, RANGE_NOT_SATISFIABLE, DATABASE_UNAVAILABLE)
async def get_export_file(
    export_id: ExportId, name: FileName, key: ExportKey, request: Request
) -> FileResponse:
    """The file comes as an attachment. Ranges are served, so that a broken download can go on.

    Every download is recorded in the ledger.
    """
    return await _file(request, export_id, key, name)


async def _export(connection: Connection, export_id: UUID, key: ApiKey) -> ExportStatus:
    export = await fetch_export(connection, export_id)
    if export is None or export.key_id != key.key_id:
        raise ProblemError(NOT_FOUND)
    return export.status


async def _file(request: Request, export_id: UUID, key: ApiKey, name: str) -> FileResponse:
    """Return a file that the manifest names, or the manifest: no other path is ever opened."""
    context = context_of(request)
    async with context.database.connection() as connection:
        export = await _export(connection, export_id, key)
    path, tag, media_type = _listed(context, export, name)
    check_range(request, path.stat().st_size)
    if request.method == "GET":
        entry = Entry(
            action=Action.DOWNLOADED,
            at=context.now(),
            export_id=export_id,
            agency=export.agency or "",
            by=key.key_id,
            file=name,
        )
        await context.database.in_transaction(
            lambda connection: append_entry(connection, entry), deadline=ANSWER_SECONDS
        )
    return FileResponse(path, media_type=media_type, filename=name, headers={"ETag": f'"{tag}"'})


def _listed(context: Context, export: ExportStatus, name: str) -> tuple[FilePath, str, str]:
    """Return path, tag and media type of a file that the manifest names."""
    if export.state == "expired":
        raise ProblemError(EXPORT_EXPIRED)
    if export.manifest is None:
        raise ProblemError(EXPORT_NOT_READY, state=export.state, state_zh=STATES_ZH[export.state])
    listed = {entry["name"]: entry for entry in export.manifest["files"]}
    listed[MANIFEST_NAME] = {"media_type": MANIFEST_MEDIA_TYPE, "sha256": export.manifest["signature"]}
    path = context.settings.exports_dir / str(export.export_id) / name
    if name not in listed or not path.is_file():
        raise ProblemError(NOT_FOUND)
    return path, listed[name]["sha256"], listed[name]["media_type"]


def check_range(request: Request, size: int) -> None:
    """Raise a problem where a Range (RFC 9110, section 14.2) has no byte of a file; drop one of another form."""
    wanted = request.headers.get("range")
    if wanted is None:
        return
    found = RANGE.fullmatch(wanted)
    first, last = found.groups() if found else ("", "")
    if not (first or last) or (first and last and int(first) > int(last)):
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0].lower() != b"range"]
        return
    start = int(first) if first else size - int(last)
    if start >= size:
        raise ProblemError(RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"}, size=size)
