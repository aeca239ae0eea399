"""Files that are attached to disputes, in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.database import Connection
from service.disputes.store import QUERIES, DisputeRow


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A file that is attached to a dispute; `sealed` is its content, where that was asked for."""

    proof_id: UUID
    media_type: str
    size: int
    sha256: bytes
    recorded_at: datetime
    sealed: bytes | None = None


async def insert_proof(connection: Connection, dispute: DisputeRow, proof: ProofRow) -> None:
    """Attach a file to a dispute."""
    await connection.execute(
        QUERIES["insert_proof"],
        dispute.number,
        dispute.dispute_id,
        proof.proof_id,
        proof.media_type,
        proof.size,
        proof.sha256,
        proof.recorded_at,
        proof.sealed,
    )


async def list_proofs(connection: Connection, dispute: DisputeRow) -> list[ProofRow]:
    """Return what is attached to a dispute, oldest first, without contents."""
    rows = await connection.fetch(QUERIES["list_proofs"], dispute.number, dispute.dispute_id)
    return [ProofRow(**row) for row in rows]


async def fetch_proof(connection: Connection, dispute: DisputeRow, proof_id: UUID) -> ProofRow | None:
    """Return a file that is attached to a dispute, with its content; None if there is no such file."""
    row = await connection.fetchrow(QUERIES["fetch_proof"], dispute.number, dispute.dispute_id, proof_id)
    return ProofRow(**row) if row else None


async def delete_proof(connection: Connection, dispute: DisputeRow, proof_id: UUID) -> bool:
    """Delete a file that is attached to a dispute; return False if there is no such file."""
    return bool(
        await connection.fetchval(QUERIES["delete_proof"], dispute.number, dispute.dispute_id, proof_id)
    )
