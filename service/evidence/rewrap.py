"""Wraps the keys of evidence under a new master key; the objects stay as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from service.database import Connection, Database
from service.evidence import store
from service.secrets import KeyRing

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys of evidence were wrapped, unchanged or lost. No master key opens a lost one, nor what it encrypts."""

    wrapped: int = 0
    unchanged: int = 0
    lost: int = 0


async def rewrap(database: Database, keys: KeyRing, progress: Callable[[int], None]) -> Rewrapped:
    """Wrap the keys of all evidence, AT_ONCE per transaction; `progress` is called with the number done.

    Doing it twice is harmless.
    """
    done = Rewrapped()
    after = UUID(int=0)
    while True:

        async def work(connection: Connection, after: UUID = after) -> tuple[list[UUID], Rewrapped]:
            rows = await store.list_wrapped(connection, after, at_most=AT_ONCE)
            old = [row for row in rows if not keys.is_wrapped_anew(row[1], row[0].bytes)]
            anew = [
                (evidence_id, wrapped, keys.wrap_key(key, evidence_id.bytes))
                for evidence_id, wrapped in old
                if (key := _unwrapped(keys, evidence_id, wrapped)) is not None
            ]
            await store.rewrap(connection, anew)
            counted = Rewrapped(len(anew), len(rows) - len(old), len(old) - len(anew))
            return [evidence_id for evidence_id, _ in rows], counted

        ids, counted = await database.in_transaction(work)
        if not ids:
            return done
        after = ids[-1]
        done = Rewrapped(
            done.wrapped + counted.wrapped, done.unchanged + counted.unchanged, done.lost + counted.lost
        )
        progress(done.wrapped + done.unchanged + done.lost)


def _unwrapped(keys: KeyRing, evidence_id: UUID, wrapped: bytes) -> bytes | None:
    try:
        return keys.unwrap_key(wrapped, evidence_id.bytes)
    except InvalidTag:
        return None
