"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same request twice is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from service.database import ANSWER_SECONDS, Connection, Database, load_queries
from service.edge.declared import raises
from service.edge.problems import (
    IDEMPOTENCY_IN_FLIGHT,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    ProblemError,
)

QUERIES = load_queries(Path(__file__).parent)
HEADER: Final = "Idempotency-Key"
SCOPE: Final = "once"  # where a page keeps the key that its form carries
LONGEST: Final = 255
#: A String of RFC 9651, section 3.3.3: printable ASCII between double quotes, with \ before each " and \.
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BARE: Final = re.compile(r"[!#-~][!-~]*")
_ESCAPED: Final = re.compile(r'\\(["\\])')


@raises(IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT)
async def name_idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="This value makes it safe to repeat the request: a String of RFC 9651, such as a UUID in double "
            "quotes, or the same 1 to 255 characters without quotes.",
            json_schema_extra={
                "minLength": 1,
                "maxLength": 2 * LONGEST + 2,
                "pattern": r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~][!-~]{0,254})$',
            },
        ),
    ] = None,
) -> str | None:
    """Name the header in the operation of a handler, and its problems; `Once.of` reads it."""
    return key


IdempotencyKey = Annotated[str | None, Depends(name_idempotency_key)]
"""What a handler takes whose requests may be repeated."""


def parse_key(header: str) -> str:
    """Return the key that a header names; raises idempotency_key_invalid.

    Quoted as the draft has it and bare as many clients send it, the same characters are the same key: "a-1" and a-1. A
    value that begins with a double quote is a quoted one and must be whole, without parameters behind it.
    """
    quoted = _QUOTED.fullmatch(header)
    if quoted is None and not _BARE.fullmatch(header):
        raise ProblemError(IDEMPOTENCY_KEY_INVALID)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else header
    if not 1 <= len(key) <= LONGEST:
        raise ProblemError(IDEMPOTENCY_KEY_INVALID)
    return key


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it goes out, and whether it is a replay of an earlier one."""

    status: int
    body: bytes
    is_replay: bool = False

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the reply as JSON on the wire, marked where it is a replay."""
        response = Response(self.body, self.status, headers, "application/json")
        self.mark(response)
        return response

    def mark(self, response: Response) -> None:
        """Mark a response whose body is made anew, where the reply is a replay."""
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
        """Return the key of a request; None without one. Method, path, query and body must be the same in a replay.

        A page's form has no header: the page puts the key of its form into the request's scope.
        """
        of_form: Once | None = request.scope.get(SCOPE)
        if of_form is not None:
            return of_form
        header = request.headers.get(HEADER)
        if header is None:
            return None
        key = parse_key(header)
        asked = f"?{request.url.query}" if request.url.query else ""
        content = f"{request.method} {request.url.path}{asked}\0".encode() + await request.body()
        return cls(principal, key, hashlib.sha256(content).digest())

    @classmethod
    def made(cls, principal: bytes, key: str, content: bytes) -> "Once":
        """Return a key that a page's form carries, for `content` that must be the same in a replay."""
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
