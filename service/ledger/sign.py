"""Signs the ledger as it stands, once a day, and only what still holds everything that was signed before."""

from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.database import Connection
from service.ledger.checkpoint import Checkpoint, CheckpointError, origin_of, read_checkpoint
from service.ledger.merkle import leaf_hash, root_of
from service.ledger.store import (
    StoredCheckpoint,
    count_entries,
    fetch_checkpoint,
    fetch_origin,
    insert_checkpoint,
    list_entries,
)

SIGNED_EVERY: Final = 86_400.0  # seconds
BATCH: Final = 10_000  # entries read at a time


class LedgerAlteredError(RuntimeError):
    """The ledger is not what was signed before, or not what its own hashes say: nothing is signed on top of that."""


async def sign_ledger(
    connection: Connection, signer: Ed25519PrivateKey, now: datetime, *, is_forced: bool = False
) -> bool:
    """Sign a checkpoint where the newest is a day old and the ledger has grown; False where it was not due.

    Hashes are worked out from the entries themselves: a signature on what somebody rewrote would vouch for it. Raises
    LedgerAlteredError. Several processes may: a checkpoint of a size is kept once, and all of one size say the same.
    """
    newest = await fetch_checkpoint(connection)
    size = await count_entries(connection)
    if newest is not None:
        is_due = is_forced or (now - newest.signed_at).total_seconds() >= SIGNED_EVERY
        if not is_due or size == newest.size:
            return False
    if not size:
        return False
    leaves = await _leaves(connection, size)
    if newest is not None:
        _check_prefix(leaves, newest, signer.public_key())
    origin = origin_of(await fetch_origin(connection))
    checkpoint = Checkpoint(origin, size, root_of(leaves), now.astimezone(UTC).isoformat())
    await insert_checkpoint(connection, size, checkpoint.signed(signer), now)
    return True


async def _leaves(connection: Connection, size: int) -> list[bytes]:
    """The hashes of the first `size` entries, each worked out from its entry."""
    leaves: list[bytes] = []
    while len(leaves) < size:
        entries = await list_entries(connection, len(leaves), at_most=min(BATCH, size - len(leaves)))
        for one in entries:
            if one.place != len(leaves):
                raise LedgerAlteredError(f"entry {len(leaves)} is missing")
            leaf = leaf_hash(one.entry.encode())
            if leaf != one.leaf_hash:
                raise LedgerAlteredError(f"entry {one.place} was altered")
            leaves.append(leaf)
    return leaves


def _check_prefix(leaves: list[bytes], signed: StoredCheckpoint, key: Ed25519PublicKey) -> None:
    """Whether what was signed last is still the beginning."""
    try:
        checkpoint = read_checkpoint(signed.note, key)
    except CheckpointError as error:
        raise LedgerAlteredError(
            f"the checkpoint of {signed.size} entries is not by this host's key"
        ) from error
    if checkpoint.size != signed.size:
        raise LedgerAlteredError(f"the checkpoint of {signed.size} entries was altered")
    if len(leaves) < checkpoint.size:
        raise LedgerAlteredError(f"{checkpoint.size} entries were signed, there are {len(leaves)}")
    if root_of(leaves[: checkpoint.size]) != checkpoint.root:
        raise LedgerAlteredError(f"among the first {checkpoint.size} entries one was rewritten")
