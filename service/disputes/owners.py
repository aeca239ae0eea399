"""Owners: a code that was sent to a number is exchanged for a token, of which only the keyed hash is stored."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from service.database import Connection
from service.disputes import store
from service.disputes.codes import check_code
from service.disputes.store import Owner
from service.edge.access import (
    INVALID_TOKEN,
    OWNER_PREFIX,
    RateLimit,
    bearer_token,
    new_token,
    other_kind,
    token_of,
)
from service.edge.context import context_of, count_request
from service.edge.declared import opened_by, raises
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    MISSING_KEY,
    OTHER_KEY_KIND,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
    ProblemError,
)
from service.numbers.parse import Number
from service.secrets import KeyRing


async def register(
    connection: Connection, keys: KeyRing, number: Number, code_id: UUID, *, code: str, now: datetime
) -> str | ProblemError:
    """Return the token of a new owner if the code is right, else the problem, which is not raised: the try counts."""
    problem = await check_code(connection, keys, number, code_id, code=code, now=now)
    if problem is not None:
        return problem
    token = new_token(OWNER_PREFIX)
    await store.insert_owner(connection, Owner(number.key, pseudonym_of(keys, token), now))
    return token


def pseudonym_of(keys: KeyRing, token: str) -> bytes:
    """Return the pseudonym under which an owner is stored; raises a problem if the token is not an owner's."""
    if not token.startswith(OWNER_PREFIX):
        raise other_kind(OWNER_PREFIX)
    return keys.pseudonym("owner", token.encode("utf-8", "surrogateescape"))


@opened_by(token_of(OWNER_PREFIX))
@raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def owner_pseudonym(request: Request) -> bytes:
    """Return the pseudonym behind a request's bearer token, within its limit of requests.

    The handler asks the database whether there is such an owner (`require_owner`): it has a connection open.
    """
    context = context_of(request)
    pseudonym = pseudonym_of(context.keys, bearer_token(request.headers.get("authorization")))
    count_request(
        request, RateLimit("requests", context.settings.request_limit_per_second, 1), pseudonym.hex()
    )
    return pseudonym


OwnerPseudonym = Annotated[bytes, Depends(owner_pseudonym)]
"""The parameter of handlers that only an owner may call."""


async def require_owner(connection: Connection, pseudonym: bytes) -> Owner:
    """Return the owner; raises the problem wrong_key for an unknown one."""
    owner = await store.fetch_owner(connection, pseudonym)
    if owner is None:
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)
    return owner
