"""`/v1/log`: what was done about exports, and proofs that nobody has altered it since."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from service.edge.context import ExportKey, context_of
from service.edge.declared import raises
from service.edge.problems import DATABASE_UNAVAILABLE, NOT_FOUND, PROOF_IMPOSSIBLE, ProblemError
from service.ledger.merkle import consistency_proof, inclusion_proof, root_of
from service.ledger.store import (
    count_entries,
    fetch_checkpoint,
    list_checkpoints,
    list_entries,
    list_leaves,
)

router = APIRouter(prefix="/v1/log", tags=["log"])

Size = Annotated[int, Query(ge=1, le=2**53, description="The size of the log that the proof is about.")]


class LogEntry(BaseModel):
    """An entry and its hash; `entry` is hashed byte for byte as it stands."""

    place: int = Field(description="The place of the entry in the log, from 0.")
    entry: str = Field(description="The entry, as JSON text.")
    leaf_hash: str = Field(description="SHA-256 of 0x00 and the entry, in hexadecimal.")


class LogEntries(BaseModel):
    """Entries of the log, in their order."""

    entries: list[LogEntry] = Field(description="The entries, from `start` on.")
    size: int = Field(description="How many entries the log has.")


class SignedCheckpoint(BaseModel):
    """The size and the root that the log once had, signed."""

    size: int = Field(description="How many entries the log had.")
    note: str = Field(description="The signed note.")


class Checkpoints(BaseModel):
    """All checkpoints of the log."""

    checkpoints: list[SignedCheckpoint] = Field(description="The checkpoints, the oldest first.")


class Proof(BaseModel):
    """A proof as RFC 9162 has it: section 2.1.3 for an entry, 2.1.4 between two sizes."""

    size: int = Field(description="The size of the log that the proof is about.")
    root: str = Field(description="The root hash of the log of that size, in base64.")
    proof: list[str] = Field(description="The hashes of the proof, in base64.")


@router.get(
    "/checkpoint",
    response_class=PlainTextResponse,
    summary="Get a signed checkpoint of the log · 读取台账的签名检查点",
)
@raises(NOT_FOUND, DATABASE_UNAVAILABLE)
async def get_log_checkpoint(
    request: Request,
    size: Annotated[
        int | None, Query(ge=1, le=2**53, description="The size of an earlier log; by default the newest.")
    ] = None,
) -> PlainTextResponse:
    """The answer is the newest checkpoint, or that of a size, as a signed note. No key is needed.

    It is checked with the key that signs manifests.
    """
    async with context_of(request).database.connection() as connection:
        checkpoint = await fetch_checkpoint(connection, size)
    if checkpoint is None:
        raise ProblemError(NOT_FOUND)
    return PlainTextResponse(checkpoint.note)


@router.get("/checkpoints", summary="List all signed checkpoints of the log · 列出台账的全部签名检查点")
@raises(DATABASE_UNAVAILABLE)
async def list_log_checkpoints(request: Request) -> Checkpoints:
    """The log has one checkpoint for each day on which something happened. No key is needed."""
    async with context_of(request).database.connection() as connection:
        found = await list_checkpoints(connection)
    return Checkpoints(checkpoints=[SignedCheckpoint(size=one.size, note=one.note) for one in found])


@router.get("/entries", summary="List entries of the log · 列出台账条目")
@raises(DATABASE_UNAVAILABLE)
async def list_log_entries(
    _key: ExportKey,
    request: Request,
    start: Annotated[int, Query(ge=0, le=2**53, description="The place of the first entry to list.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="The answer lists at most this many.")] = 1000,
) -> LogEntries:
    """The log records every request, approval and refusal, how each export ended, and every download, of all agencies."""
    async with context_of(request).database.connection() as connection:
        size = await count_entries(connection)
        found = await list_entries(connection, start, at_most=limit)
    entries = [LogEntry(place=one.place, entry=one.entry, leaf_hash=one.leaf_hash.hex()) for one in found]
    return LogEntries(entries=entries, size=size)


@router.get(
    "/proof",
    summary="Prove that an entry is in the log, or that an earlier log is its beginning · 证明条目或早期台账属于台账",
)
@raises(PROOF_IMPOSSIBLE, DATABASE_UNAVAILABLE)
async def get_log_proof(
    _key: ExportKey,
    request: Request,
    size: Size,
    place: Annotated[
        int | None, Query(ge=0, le=2**53, description="The place of the entry to prove, less than `size`.")
    ] = None,
    first: Annotated[
        int | None, Query(ge=1, le=2**53, description="The size of the earlier log, at most `size`.")
    ] = None,
) -> Proof:
    """With `place`, the proof shows that this entry is among the first `size` entries.

    With `first`, it shows that the log of that size is the beginning of the log of `size`.
    """
    async with context_of(request).database.connection() as connection:
        leaves = await list_leaves(connection, size)
    if len(leaves) < size or (place is None) == (first is None):
        raise ProblemError(PROOF_IMPOSSIBLE, size=len(leaves))
    try:
        proof = inclusion_proof(leaves, place) if place is not None else consistency_proof(leaves, first or 0)
    except ValueError as error:
        raise ProblemError(PROOF_IMPOSSIBLE, size=len(leaves)) from error
    return Proof(
        size=size,
        root=b64encode(root_of(leaves)).decode(),
        proof=[b64encode(one).decode() for one in proof],
    )
