"""Files that owners attach to their disputes, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from service.database import ANSWER_SECONDS, Connection
from service.disputes import proof_store
from service.disputes.owners import OwnerPseudonym, own_dispute
from service.disputes.proof import ACCEPTED, attach, download, receive
from service.disputes.proof_store import ProofRow
from service.disputes.schemas import DisputeProof
from service.disputes.view import proof_view
from service.edge.context import context_of
from service.edge.declared import Body, headers, raises, reads
from service.edge.parameters import DisputeId, ProofId
from service.edge.problems import (
    DISPUTE_CLOSED,
    EVIDENCE_TYPE_REFUSED,
    NOT_FOUND,
    PROOF_REFUSED,
    REQUEST_TIMEOUT,
    TOO_MANY_AT_ONCE,
    TOO_MANY_PROOFS,
    UPLOAD_TOO_SLOW,
    ProblemError,
)

FILES: dict[str, Any] = {name: {"schema": {"type": "string", "format": "binary"}} for name in ACCEPTED}
FILE: Any = {
    200: {
        "content": {name: {} for name in ACCEPTED},
        "description": "The file, as an attachment.",
        "headers": headers("Content-Disposition", "Cache-Control"),
    }
}
router = APIRouter(prefix="/v1/disputes/{dispute_id}/proofs", tags=["disputes"])


@router.post(
    "",
    status_code=201,
    response_model=DisputeProof,
    summary="Attach a proof to your own dispute · 为自己的异议附上证明文件",
    openapi_extra={"requestBody": {"required": True, "content": FILES}},
)
@reads(Body.STREAMED)
@raises(
    NOT_FOUND,
    DISPUTE_CLOSED,
    PROOF_REFUSED,
    EVIDENCE_TYPE_REFUSED,
    TOO_MANY_PROOFS,
    TOO_MANY_AT_ONCE,
    REQUEST_TIMEOUT,
    UPLOAD_TOO_SLOW,
)
async def add_proof(dispute_id: DisputeId, request: Request, pseudonym: OwnerPseudonym) -> DisputeProof:
    """The body is a picture or a PDF of at most 5 MB, such as a business licence. It is stored encrypted, for moderators.

    A dispute has at most five. The same file again is attached once.
    """
    return await take_proof(request, pseudonym, dispute_id, request.stream())


async def take_proof(
    request: Request, pseudonym: bytes, dispute_id: UUID, pieces: AsyncIterator[bytes]
) -> DisputeProof:
    """Attach the file that comes in these pieces to the owner's dispute; raises a problem."""
    context = context_of(request)
    async with context.database.connection() as connection:  # nobody else's upload is read
        await own_dispute(connection, pseudonym, dispute_id)
    content, media_type = await receive(request, pseudonym, pieces)

    async def work(connection: Connection) -> ProofRow:
        dispute = await own_dispute(connection, pseudonym, dispute_id, is_locked=True)
        return await attach(connection, dispute, content, media_type, context=context)

    return proof_view(await context.database.in_transaction(work, deadline=ANSWER_SECONDS))


@router.get(
    "/{proof_id}",
    response_class=Response,
    summary="Download a proof of your own dispute · 下载自己异议的证明文件",
    responses=FILE,
)
@raises(NOT_FOUND)
async def get_proof(
    dispute_id: DisputeId, proof_id: ProofId, request: Request, pseudonym: OwnerPseudonym
) -> Response:
    """The file comes as it was sent, as an attachment."""
    async with context_of(request).database.connection() as connection:
        dispute = await own_dispute(connection, pseudonym, dispute_id)
    return await download(request, dispute, proof_id)


@router.delete(
    "/{proof_id}", status_code=204, summary="Delete a proof of your own dispute · 删除自己异议的证明文件"
)
@raises(NOT_FOUND)
async def delete_proof(
    dispute_id: DisputeId, proof_id: ProofId, request: Request, pseudonym: OwnerPseudonym
) -> Response:
    """The file is gone at once, also after the dispute has ended."""

    async def work(connection: Connection) -> None:
        dispute = await own_dispute(connection, pseudonym, dispute_id, is_locked=True)
        if not await proof_store.delete_proof(connection, dispute, proof_id):
            raise ProblemError(NOT_FOUND)

    await context_of(request).database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)
