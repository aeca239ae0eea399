"""`/v1/exports`: ask for an export, follow it, fetch its files."""

import re
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from service import idempotency
from service.access import ApiKey, Scope
from service.context import context_of, require_scope
from service.database import Connection
from service.exports.manifest import MANIFEST_NAME, encode_key, pem_of
from service.exports.schemas import ExportRequest, ExportStatus, SigningKey
from service.exports.store import fetch_export, insert_export
from service.idempotency import IdempotencyKey, Once, Reply
from service.problems import EXPORT_NOT_READY, NOT_FOUND, RANGE_NOT_SATISFIABLE, ProblemError

MANIFEST_MEDIA_TYPE: Final = "application/json"
RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

router = APIRouter(prefix="/v1/exports", tags=["exports"])
ExportKey = Annotated[ApiKey, Depends(require_scope(Scope.EXPORTS))]


@router.get("/signing-key", summary="The public key that checks manifests")
async def get_signing_key(request: Request) -> SigningKey:
    """Needs no API key: whoever was handed an export may check it."""
    key = context_of(request).keys.signer().public_key()
    return SigningKey(public_key=encode_key(key), pem=pem_of(key))


@router.post("", status_code=202, response_model=ExportStatus, summary="Ask for an export")
async def create_export(
    wanted: ExportRequest, key: ExportKey, request: Request, _key: IdempotencyKey = None
) -> Response:
    """The export is written in the background; `Location` tells where to follow it."""
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        export_id = uuid4()
        await insert_export(connection, export_id, wanted, key_id=key.key_id, now=now)
        queued = ExportStatus(
            export_id=export_id, state="queued", created_at=now, problem=None, manifest=None
        )
        return Reply(202, queued.model_dump_json().encode())

    once = await Once.of(request, key.key_id.encode())
    reply = await idempotency.answer(context.database, once, now, work)
    export_id = ExportStatus.model_validate_json(reply.body).export_id
    return reply.response({"Location": f"{router.prefix}/{export_id}"})


@router.get("/{export_id}", summary="How far an export is")
async def get_export(export_id: UUID, key: ExportKey, request: Request) -> ExportStatus:
    """Only the key that asked for an export sees it; to others it does not exist."""
    return await _export(request, export_id, key)


@router.head("/{export_id}/manifest", include_in_schema=False)
@router.get("/{export_id}/manifest", response_class=FileResponse, summary="The signed manifest of an export")
async def get_manifest(export_id: UUID, key: ExportKey, request: Request) -> FileResponse:
    """The manifest byte for byte as it was signed."""
    return await _file(request, export_id, key, MANIFEST_NAME)


@router.head("/{export_id}/files/{name}", include_in_schema=False)
@router.get("/{export_id}/files/{name}", response_class=FileResponse, summary="A file of an export")
async def get_file(export_id: UUID, name: str, key: ExportKey, request: Request) -> FileResponse:
    """A finished file, as an attachment; ranges are served, so that a broken download can go on."""
    return await _file(request, export_id, key, name)


async def _export(request: Request, export_id: UUID, key: ApiKey) -> ExportStatus:
    export = await fetch_export(context_of(request).database, export_id, key.key_id)
    if export is None:
        raise ProblemError(NOT_FOUND)
    return export


async def _file(request: Request, export_id: UUID, key: ApiKey, name: str) -> FileResponse:
    """A file that the manifest names, or the manifest: no other path is ever opened."""
    export = await _export(request, export_id, key)
    if export.manifest is None:
        raise ProblemError(EXPORT_NOT_READY, state=export.state)
    listed = {entry["name"]: entry for entry in export.manifest["files"]}
    listed[MANIFEST_NAME] = {"media_type": MANIFEST_MEDIA_TYPE, "sha256": export.manifest["signature"]}
    path = context_of(request).settings.exports_dir / str(export_id) / name
    if name not in listed or not path.is_file():
        raise ProblemError(NOT_FOUND)
    check_range(request, path.stat().st_size)
    tag = f'"{listed[name]["sha256"]}"'
    return FileResponse(path, media_type=listed[name]["media_type"], filename=name, headers={"ETag": tag})


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
