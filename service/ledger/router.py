"""`/v1/log`: what was done about exports, and the proofs that nobody altered it since."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from service.edge.context import ExportKey, context_of
from service.edge.problems import NOT_FOUND, PROOF_IMPOSSIBLE, ProblemError
from service.ledger.merkle import consistency_proof, inclusion_proof, root_of
from service.ledger.store import (
    count_entries,
    fetch_checkpoint,
    list_checkpoints,
    list_entries,
    list_leaves,
)

router = APIRouter(prefix="/v1/log", tags=["log"])

Place = Annotated[int, Query(ge=0, le=2**53)]
Size = Annotated[int, Query(ge=1, le=2**53)]


class LogEntry(BaseModel):
    """An entry and its hash; `entry` is hashed byte for byte as it stands."""

    place: int
    entry: str
    leaf_hash: str = Field(description="SHA-256 of 0x00 and the entry, in hexadecimal.")


class LogEntries(BaseModel):
    """Entries in their order."""

    entries: list[LogEntry]
    size: int = Field(description="How many the log has.")


class SignedCheckpoint(BaseModel):
    """The log's size and root as they were once, signed."""

    size: int
    note: str


class Checkpoints(BaseModel):
    """All checkpoints, the oldest first."""

    checkpoints: list[SignedCheckpoint]


class Proof(BaseModel):
    """Hashes (base64) as RFC 9162 lists them, section 2.1.3 for an entry, 2.1.4 between two sizes."""

    size: int
    root: str
    proof: list[str]


@router.get("/checkpoint", response_class=PlainTextResponse, summary="A signed checkpoint of the log")
async def get_checkpoint(request: Request, size: Size | None = None) -> PlainTextResponse:
    """The newest, or that of a size, as a signed note; needs no key. Checked with the key that signs manifests."""
    async with context_of(request).database.connection() as connection:
        checkpoint = await fetch_checkpoint(connection, size)
    if checkpoint is None:
        raise ProblemError(NOT_FOUND)
    return PlainTextResponse(checkpoint.note)


@router.get("/checkpoints", summary="All signed checkpoints of the log")
async def get_checkpoints(request: Request) -> Checkpoints:
    """One a day on which something happened; needs no key."""
    async with context_of(request).database.connection() as connection:
        found = await list_checkpoints(connection)
    return Checkpoints(checkpoints=[SignedCheckpoint(size=one.size, note=one.note) for one in found])


@router.get("/entries", summary="Entries of the log")
async def get_entries(
    _key: ExportKey,
    request: Request,
    start: Place = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> LogEntries:
    """Every request, approval, refusal, finished, failed, lapsed and expired export, and every download, of all agencies."""
    async with context_of(request).database.connection() as connection:
        size = await count_entries(connection)
        found = await list_entries(connection, start, at_most=limit)
    entries = [LogEntry(place=one.place, entry=one.entry, leaf_hash=one.leaf_hash.hex()) for one in found]
    return LogEntries(entries=entries, size=size)


@router.get("/proof", summary="That an entry is in the log, or that an earlier log is its beginning")
async def get_proof(
    _key: ExportKey, request: Request, size: Size, place: Place | None = None, first: Size | None = None
) -> Proof:
    """With `place`, of that entry among the first `size`; with `first`, of the log of that size."""
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
