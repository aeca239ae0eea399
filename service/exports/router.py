"""`/v1/exports`: ask for an export, follow it, fetch its files."""

import re
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.access import ApiKey
from service.edge.context import Context, ExportKey, ModeratorKey, context_of
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import (
    EXPORT_EXPIRED,
    EXPORT_NOT_READY,
    NOT_FOUND,
    RANGE_NOT_SATISFIABLE,
    ProblemError,
)
from service.exports.approve import ask, decide, withdraw
from service.exports.manifest import MANIFEST_NAME, encode_key, pem_of
from service.exports.schemas import (
    ExportDecision,
    ExportList,
    ExportRequest,
    ExportStatus,
    SigningKey,
)
from service.exports.store import fetch_export, list_exports
from service.exports.words import STATES_ZH, ExportState
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry

MANIFEST_MEDIA_TYPE: Final = "application/json"
RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

router = APIRouter(prefix="/v1/exports", tags=["exports"])
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]


@router.get("/signing-key", summary="The public key that checks manifests")
async def get_signing_key(request: Request) -> SigningKey:
    """Needs no API key: whoever was handed an export may check it."""
    key = context_of(request).keys.signer().public_key()
    return SigningKey(public_key=encode_key(key), pem=pem_of(key))


@router.post("", status_code=202, response_model=ExportStatus, summary="Ask for an export")
async def create_export(
    wanted: ExportRequest, key: ExportKey, request: Request, _key: IdempotencyKey = None
) -> Response:
    """Somebody else has to approve it; then it is written in the background. `Location` tells where to follow it.

    Only a key that is bound to an agency and a purpose may ask.
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


@router.get("", summary="Exports that one has asked for")
async def get_exports(
    key: ExportKey, request: Request, state: ExportState | None = None, limit: Limit = 50
) -> ExportList:
    """Newest first, those of the key that asks."""
    async with context_of(request).database.connection() as connection:
        found = await list_exports(connection, key_id=key.key_id, state=state, at_most=limit)
    return ExportList(exports=[export.status for export in found])


@router.get("/requests", summary="Exports of all agencies, for those who approve them")
async def get_requests(
    _key: ModeratorKey, request: Request, state: ExportState = "requested", limit: Limit = 50
) -> ExportList:
    """Newest first, those that wait for a decision unless another state is named."""
    async with context_of(request).database.connection() as connection:
        found = await list_exports(connection, state=state, at_most=limit)
    return ExportList(exports=[export.status for export in found])


@router.post("/{export_id}/decision", summary="Approve or refuse an export")
async def decide_about_export(
    export_id: UUID, decision: ExportDecision, key: ModeratorKey, request: Request
) -> ExportStatus:
    """By somebody else than who asks: neither by the same key nor by another one of the same agency."""
    context = context_of(request)

    async def work(connection: Connection) -> ExportStatus:
        decided = await decide(connection, export_id, decision, by=key.key_id, now=context.now())
        return decided.status

    return await context.database.in_transaction(work, deadline=ANSWER_SECONDS)


@router.get("/{export_id}", summary="How far an export is")
async def get_export(export_id: UUID, key: ExportKey, request: Request) -> ExportStatus:
    """Only the key that asked for an export sees it; to others it does not exist."""
    async with context_of(request).database.connection() as connection:
        return await _export(connection, export_id, key)


@router.delete("/{export_id}", status_code=204, summary="Withdraw a request for an export")
async def withdraw_request(export_id: UUID, key: ExportKey, request: Request) -> Response:
    """Until somebody has decided about it; its period is free again then. Twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        export = await _export(connection, export_id, key)
        await withdraw(connection, export, by=key.key_id, now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.head("/{export_id}/manifest", include_in_schema=False)
@router.get("/{export_id}/manifest", response_class=FileResponse, summary="The signed manifest of an export")
async def get_manifest(export_id: UUID, key: ExportKey, request: Request) -> FileResponse:
    """The manifest byte for byte as it was signed."""
    return await _file(request, export_id, key, MANIFEST_NAME)


@router.head("/{export_id}/files/{name}", include_in_schema=False)
@router.get("/{export_id}/files/{name}", response_class=FileResponse, summary="A file of an export")
async def get_file(export_id: UUID, name: str, key: ExportKey, request: Request) -> FileResponse:
    """A finished file, as an attachment; ranges are served, so that a broken download can go on. Goes into the ledger."""
    return await _file(request, export_id, key, name)


async def _export(connection: Connection, export_id: UUID, key: ApiKey) -> ExportStatus:
    export = await fetch_export(connection, export_id)
    if export is None or export.key_id != key.key_id:
        raise ProblemError(NOT_FOUND)
    return export.status


async def _file(request: Request, export_id: UUID, key: ApiKey, name: str) -> FileResponse:
    """A file that the manifest names, or the manifest: no other path is ever opened."""
    context = context_of(request)
    async with context.database.connection() as connection:
        export = await _export(connection, export_id, key)
    path, tag, media_type = _listed(context, export, name)
    check_range(request, path.stat().st_size)
    if request.method == "GET":
        entry = Entry(
            action=Action.DOWNLOADED, at=context.now(), export_id=export_id, agency=export.agency or "",
            by=key.key_id, file=name,
        )  # fmt: skip
        await context.database.in_transaction(
            lambda connection: append_entry(connection, entry), deadline=ANSWER_SECONDS
        )
    return FileResponse(path, media_type=media_type, filename=name, headers={"ETag": f'"{tag}"'})


def _listed(context: Context, export: ExportStatus, name: str) -> tuple[Path, str, str]:
    """Path, tag and media type of a file that the manifest names."""
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
    """Raises a problem where a Range (RFC 9110, section 14.2) has no byte of a file; drops one of another form."""
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
