"""Receives the pictures and documents that an owner attaches to a dispute: bounded, examined, and encrypted for people."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from service.database import Connection
from service.disputes import proof_store
from service.disputes.dispute import require_open
from service.disputes.proof_store import ProofRow
from service.disputes.store import DisputeRow
from service.edge.caller import caller_of
from service.edge.context import Context, context_of
from service.edge.in_flight import InFlight
from service.edge.problems import (
    NOT_FOUND,
    PROOF_REFUSED,
    TOO_MANY_AT_ONCE,
    TOO_MANY_PROOFS,
    ProblemError,
)
from service.evidence.media import EXTENSIONS, PDF, Examiner
from service.evidence.passage import in_time
from service.evidence.reading import READING_SECONDS, RETRY_SECONDS
from service.host.beside import Asker, Beside, BusyError, SpentError

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_FILES: Final = 5
UPLOAD_SECONDS: Final = 120
#: What shows a document: pictures and PDF, whose content and not whose name decides.
ACCEPTED: Final = tuple(
    sorted(one for one in EXTENSIONS if one.startswith("image/") or one == "application/pdf")
)
#: Names of what acts in a PDF, or is another file in it (ISO 32000-1, 12.6.4 and 7.11.4), also with letters as `#4a`.
_ACTING: Final = ("JavaScript", "Launch", "EmbeddedFile", "RichMedia")
#: A browser neither shows, runs nor keeps what somebody uploaded.
SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


async def receive(request: Request, pseudonym: bytes, pieces: AsyncIterator[bytes]) -> tuple[bytes, str]:
    """Return the file that comes in these pieces and its media type; raise the problem for which it is refused."""
    uploads: InFlight = request.state.uploads
    content, examiner = bytearray(), Examiner()
    with uploads.admit(pseudonym, caller_of(request).network) as place:
        async for piece in in_time(place, pieces, seconds=UPLOAD_SECONDS):
            content += piece
            if len(content) > MOST_BYTES:
                raise too_large()
            examiner.look(piece)
    found = examiner.finish() if content else None
    if found is None or found.media_type not in ACCEPTED:
        raise _refused("它不是图片或 PDF", "it is neither a picture nor a PDF")
    if found.media_type == PDF and await _acts_beside(request, pseudonym, bytes(content)):
        raise _refused(
            "这份 PDF 含有脚本、程序或其他文件，请提交扫描件或照片",
            "this PDF has scripts, programs or other files in it: send a scan or a photograph",
        )
    return bytes(content), found.media_type


async def _acts_beside(request: Request, pseudonym: bytes, content: bytes) -> bool:
    """Return whether a PDF does something when it is opened; one that takes too long to tell counts as one that does."""
    beside: Beside = request.state.beside
    asker = Asker(pseudonym, caller_of(request).network)
    try:
        return await beside.run(acts, content, asker=asker, seconds=READING_SECONDS)
    except BusyError:
        raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
    except SpentError:
        return True


def acts(content: bytes) -> bool:
    """Return whether a PDF names something that acts or another file in it, outside of what is compressed.

    What a compressed object names is not seen: people who read proofs use a viewer without scripts.
    """
    escaped = ("".join(f"(?:{letter}|#(?i:{ord(letter):02x}))" for letter in name) for name in _ACTING)
    return re.search(f"/(?:{'|'.join(escaped)})".encode(), content) is not None


async def attach(
    connection: Connection, dispute: DisputeRow, content: bytes, media_type: str, *, context: Context
) -> ProofRow:
    """Attach a file to an open dispute, once however often it is sent; needs a transaction. Raises a problem."""
    require_open(dispute)
    sha256 = (await asyncio.to_thread(hashlib.sha256, content)).digest()
    known = await proof_store.list_proofs(connection, dispute)
    for one in known:
        if one.sha256 == sha256:
            return one
    if len(known) >= MOST_FILES:
        raise ProblemError(TOO_MANY_PROOFS, limit=MOST_FILES)
    proof_id = uuid4()
    sealed = await asyncio.to_thread(context.keys.seal, content, proof_id.bytes)
    proof = ProofRow(proof_id, media_type, len(content), sha256, context.now(), sealed)
    await proof_store.insert_proof(connection, dispute, proof)
    return proof


async def download(request: Request, dispute: DisputeRow, proof_id: UUID) -> Response:
    """Return a file that is attached to a dispute, as an attachment; raises not_found."""
    context = context_of(request)
    async with context.database.connection() as connection:
        proof = await proof_store.fetch_proof(connection, dispute, proof_id)
    if proof is None or proof.sealed is None:
        raise ProblemError(NOT_FOUND)
    content = await asyncio.to_thread(context.keys.unseal, proof.sealed, proof_id.bytes)
    name = f'attachment; filename="proof-{proof_id}{EXTENSIONS[proof.media_type]}"'
    return Response(content, media_type=proof.media_type, headers={**SAFE, "Content-Disposition": name})


def too_large() -> ProblemError:
    """Return the problem of a file with more bytes than a proof may have."""
    return _refused("文件超过 5 MB", "it has more than 5 MB")


def _refused(zh: str, en: str) -> ProblemError:
    return ProblemError(PROOF_REFUSED, reason_zh=zh, reason_en=en)
