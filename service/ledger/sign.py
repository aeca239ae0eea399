"""Signs the ledger as it stands, once a day."""

from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.database import Connection
from service.ledger.checkpoint import Checkpoint, origin_of
from service.ledger.merkle import root_of
from service.ledger.store import (
    count_entries,
    fetch_checkpoint,
    fetch_origin,
    insert_checkpoint,
    list_leaves,
)

SIGNED_EVERY: Final = 86_400.0  # seconds


async def sign_ledger(
    connection: Connection, signer: Ed25519PrivateKey, now: datetime, *, is_forced: bool = False
) -> bool:
    """Sign a checkpoint where the newest is a day old and the ledger has grown; False where it was not due.

    Several processes may: a checkpoint of a size is kept once, and all of one size say the same.
    """
    newest = await fetch_checkpoint(connection)
    size = await count_entries(connection)
    if newest is not None:
        is_due = is_forced or (now - newest.signed_at).total_seconds() >= SIGNED_EVERY
        if not is_due or size == newest.size:
            return False
    if not size:
        return False
    leaves = await list_leaves(connection, size)
    origin = origin_of(await fetch_origin(connection))
    checkpoint = Checkpoint(origin, size, root_of(leaves), now.astimezone(UTC).isoformat())
    await insert_checkpoint(connection, size, checkpoint.signed(signer), now)
    return True
