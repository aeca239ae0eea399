"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same request twice is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from service.database import ANSWER_SECONDS, Connection, Database, load_queries
from service.edge.problems import (
    IDEMPOTENCY_IN_FLIGHT,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    ProblemError,
)

QUERIES = load_queries(Path(__file__).parent)
KEPT_FOR = timedelta(hours=24)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Repeat a request safely: 1 to 255 visible ASCII characters.",
        json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    ),
]
"""How a handler names the header in its OpenAPI operation; `Once.of` reads it."""
_VALID = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it goes out, and whether it is a replay of an earlier one."""

    status: int
    body: bytes
    is_replay: bool = False

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """The reply as JSON on the wire, marked where it is a replay."""
        response = Response(self.body, self.status, headers, "application/json")
        self.mark(response)
        return response

    def mark(self, response: Response) -> None:
        """Mark a response to the request, whose body is made anew, where the reply is a replay."""
        if self.is_replay:
            response.headers["Idempotency-Replayed"] = "true"


@dataclass(frozen=True, slots=True)
class Once:
    """One request under an idempotency key; `principal` keeps different people's keys apart."""

    principal: bytes
    key: str
    request_hash: bytes

    @classmethod
    async def of(cls, request: Request, principal: bytes) -> "Once | None":
        """The key of a request, for which method, path and body must be the same in a replay; None without one."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return None
        if not _VALID.fullmatch(key):
            raise ProblemError(IDEMPOTENCY_KEY_INVALID)
        content = f"{request.method} {request.url.path}\0".encode() + await request.body()
        return cls(principal, key, hashlib.sha256(content).digest())


async def answer(
    database: Database, once: Once | None, now: datetime, work: Callable[[Connection], Awaitable[Reply]]
) -> Reply:
    """Do `work` and keep its reply, or replay the reply kept under the same key and request.

    Without a key `work` is simply done. What is kept must hold no secret: it is stored as it is. The key is
    claimed, the work done and the reply kept in one transaction: a crash leaves all or nothing.
    """

    if once is None:
        return await database.in_transaction(work, deadline=ANSWER_SECONDS)

    async def transaction(connection: Connection) -> Reply:
        kept = await _claim(connection, once, now)
        if kept is not None:
            return kept
        reply = await work(connection)
        await connection.execute(QUERIES["keep_reply"], once.principal, once.key, reply.status, reply.body)
        return reply

    return await database.in_transaction(transaction, deadline=ANSWER_SECONDS)


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
