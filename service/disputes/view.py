"""A dispute as its owner and moderators read it."""

from service.database import Connection
from service.disputes import store
from service.disputes.dispute import unseal_statement
from service.disputes.schemas import Dispute, StoredStatement
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
    return Dispute(**fields, statements=statements)
