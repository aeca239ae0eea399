"""Signs the ledger once a day, and only while it still contains everything that was signed before."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.database import Connection
from service.ledger.checkpoint import (
    Checkpoint,
    CheckpointError,
    origin_of,
    parse_checkpoint,
    read_checkpoint,
)
from service.ledger.merkle import leaf_hash, root_of
from service.ledger.store import (
    StoredCheckpoint,
    count_entries,
    fetch_checkpoint,
    fetch_origin,
    insert_checkpoint,
    list_entries,
)

SIGNED_EVERY: Final = timedelta(days=1)
BATCH: Final = 2_000  # entries read at a time: processes that answer people look through the ledger, too


class LedgerAlteredError(RuntimeError):
    """The ledger differs from what was signed before, or from its own hashes: nothing is signed on top of that."""


@dataclass(frozen=True, slots=True)
class Notary:
    """Signs on this host, and remembers the note that was signed last in a file beside the key.

    Whoever can write to the database alone can neither forge that note nor make another ledger fit it.
    """

    key: Ed25519PrivateKey
    memory: Path

    def remember(self, note: str) -> None:
        """Store the note that was signed last, once it is committed to the database."""
        draft = self.memory.with_suffix(f".{os.getpid()}.new")
        try:
            draft.write_text(note, "utf-8")
            draft.replace(self.memory)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def recall(self) -> str | None:
        """Return the note that was signed last on this host; None if there is none."""
        return self.memory.read_text("utf-8") if self.memory.exists() else None


async def sign_ledger(
    connection: Connection, notary: Notary, now: datetime, *, is_forced: bool = False
) -> str | None:
    """Sign a checkpoint if the last one is a day old and the ledger has grown; return its note to remember, else None.

    Whether or not one is due, every entry is hashed again and compared with what was signed before; raises
    LedgerAlteredError. Several processes may do this: a checkpoint of a size is stored once, and all of one size are equal.
    """
    newest = await fetch_checkpoint(connection)
    leaves, last = await _look_through(connection, notary, newest)
    if not leaves or (last is not None and last.size == len(leaves)):
        return None
    if not is_forced and last is not None and now - datetime.fromisoformat(last.signed_at) < SIGNED_EVERY:
        return None
    # a restored database has a new feed and continues the same ledger
    origin = parse_checkpoint(newest.note).origin if newest else origin_of(await fetch_origin(connection))
    checkpoint = Checkpoint(origin, len(leaves), root_of(leaves), now.astimezone(UTC).isoformat())
    return await insert_checkpoint(connection, checkpoint.size, checkpoint.signed(notary.key), now)


async def require_unaltered(connection: Connection, notary: Notary) -> None:
    """Hash every entry again and compare with what was signed before; raises LedgerAlteredError."""
    await _look_through(connection, notary, await fetch_checkpoint(connection))


async def _look_through(
    connection: Connection, notary: Notary, newest: StoredCheckpoint | None
) -> tuple[list[bytes], Checkpoint | None]:
    """Return the hashes of all entries and what was signed last; raises LedgerAlteredError."""
    leaves = await _leaves(connection, await count_entries(connection))
    return leaves, await _last_signed(connection, notary, leaves, newest)


async def _last_signed(
    connection: Connection, notary: Notary, leaves: list[bytes], newest: StoredCheckpoint | None
) -> Checkpoint | None:
    """Return what was signed last, as far as this host knows; it and the database's newest are compared with the ledger."""
    remembered = notary.recall()
    notes = dict.fromkeys(note for note in (newest.note if newest else None, remembered) if note is not None)
    checked = {
        note: await asyncio.to_thread(_check_prefix, leaves, note) for note in notes
    }  # usually one note
    if remembered is not None:
        last = checked[remembered]
        kept = await fetch_checkpoint(connection, last.size)
        if kept is None or kept.note != remembered:
            raise LedgerAlteredError(f"the checkpoint of {last.size} entries is gone or was replaced")
        return last
    if newest is None:
        return None
    try:
        return read_checkpoint(newest.note, notary.key.public_key())
    except CheckpointError:
        return None  # by another host, or by a key that was lost


def _check_prefix(leaves: list[bytes], note: str) -> Checkpoint:
    """Return the checkpoint of a note; raises LedgerAlteredError unless the ledger still begins as it says."""
    try:
        checkpoint = parse_checkpoint(note)
    except CheckpointError as error:
        raise LedgerAlteredError("the newest checkpoint cannot be read") from error
    if len(leaves) < checkpoint.size:
        raise LedgerAlteredError(f"{checkpoint.size} entries were signed, there are {len(leaves)}")
    if root_of(leaves[: checkpoint.size]) != checkpoint.root:
        raise LedgerAlteredError(f"among the first {checkpoint.size} entries one was rewritten")
    return checkpoint


async def _leaves(connection: Connection, size: int) -> list[bytes]:
    """Return the hashes of the first `size` entries, each computed from its entry."""
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
        if not entries:
            raise LedgerAlteredError(f"entry {len(leaves)} is missing")
    return leaves
