"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same request twice is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.database import Connection, Database, load_queries
from service.problems import (
    IDEMPOTENCY_IN_FLIGHT,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    ProblemError,
)

QUERIES = load_queries(Path(__file__).parent)
KEPT_FOR = timedelta(hours=24)
_VALID = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it goes out, and whether it is a replay of an earlier one."""

    status: int
    body: bytes
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Once:
    """One request under an idempotency key; `principal` keeps different people's keys apart."""

    principal: bytes
    key: str
    request_hash: bytes

    @classmethod
    def of(cls, principal: bytes, key: str, *request: bytes) -> "Once":
        """Checks the key; `request` is what must be the same for a replay (method, path, body)."""
        if not _VALID.fullmatch(key):
            raise ProblemError(IDEMPOTENCY_KEY_INVALID)
        return cls(principal, key, hashlib.sha256(b"\0".join(request)).digest())


async def answer(
    database: Database, once: Once, now: datetime, work: Callable[[Connection], Awaitable[Reply]]
) -> Reply:
    """Do `work` and keep its reply, or replay the reply kept under the same key and request.

    The key is claimed, the work done and the reply kept in one transaction: a crash leaves all or nothing.
    """

    async def transaction(connection: Connection) -> Reply:
        kept = await _claim(connection, once, now)
        if kept is not None:
            return kept
        reply = await work(connection)
        await connection.execute(QUERIES["keep_reply"], once.principal, once.key, reply.status, reply.body)
        return reply

    return await database.in_transaction(transaction)


async def delete_old_keys(connection: Connection, now: datetime) -> None:
    """Forget keys after a day, as the documentation promises."""
    await connection.execute(QUERIES["delete_idempotency_keys"], now - KEPT_FOR)


async def _claim(connection: Connection, once: Once, now: datetime) -> Reply | None:
    lock = f"{once.principal.hex()} {once.key}"
    row = await connection.fetchrow(
        QUERIES["claim_idempotency_key"], once.principal, once.key, once.request_hash, lock, now
    )
    if row["is_new"]:
        return None
    if row["request_hash"] not in (None, once.request_hash):
        raise ProblemError(IDEMPOTENCY_KEY_REUSED)
    if not row["held"] or row["status"] is None:
        raise ProblemError(IDEMPOTENCY_IN_FLIGHT, headers={"Retry-After": "1"})
    return Reply(row["status"], row["body"], is_replay=True)
