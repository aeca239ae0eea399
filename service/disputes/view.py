"""A dispute as its owner and moderators read it."""

from service.database import Connection
from service.disputes import store
from service.disputes.dispute import unseal_statement
from service.disputes.proof_store import ProofRow, list_proofs
from service.disputes.schemas import Dispute, DisputeProof, StoredStatement
from service.disputes.store import DisputeRow
from service.edge.context import Context


async def dispute_view(connection: Connection, context: Context, dispute: DisputeRow) -> Dispute:
    """Return a dispute as the API shows it, with what its owner says."""
    fields = {
        name: getattr(dispute, name)
        for name in Dispute.model_fields
        if name in DisputeRow.__dataclass_fields__
    }
    statements = [
        StoredStatement(
            position=row.position,
            recorded_at=row.recorded_at,
            text=unseal_statement(row, context.keys, dispute.dispute_id),
        )
        for row in await store.list_statements(connection, dispute)
    ]
    proofs = [proof_view(row) for row in await list_proofs(connection, dispute)]
    return Dispute(**fields, statements=statements, proofs=proofs)


def proof_view(row: ProofRow) -> DisputeProof:
    """Return a file that is attached to a dispute as the API shows it, without its content."""
    return DisputeProof(
        proof_id=row.proof_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        recorded_at=row.recorded_at,
    )
