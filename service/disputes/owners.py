"""Owners: a code that was sent to a number is exchanged for a token, of which only the keyed hash is stored."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from service.database import Connection
from service.disputes import store
from service.disputes.codes import check_code
from service.disputes.store import DisputeRow, Owner
from service.edge.access import INVALID_TOKEN, OWNER_PREFIX, token_of
from service.edge.caller import caller_of
from service.edge.declared import opened_by, raises
from service.edge.person_tokens import issue_token, pseudonym_of
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    MISSING_KEY,
    NOT_FOUND,
    OTHER_KEY_KIND,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
    ProblemError,
)
from service.numbers.parse import Number
from service.secrets import KeyRing


async def register(
    connection: Connection,
    keys: KeyRing,
    number: Number,
    code_id: UUID,
    *,
    code: str,
    now: datetime,
    token: str | None = None,
) -> str | ProblemError:
    """Return the token of a new owner if the code is right, else the problem, which is not raised: the try counts.

    `token` is to be the token; by default a new one is issued.
    """
    problem = await check_code(connection, keys, number, code_id, code=code, now=now)
    if problem is not None:
        return problem
    token = token or issue_token(keys, OWNER_PREFIX)
    await store.insert_owner(connection, Owner(number.key, pseudonym_of(keys, token), now))
    return token


@opened_by(token_of(OWNER_PREFIX))
@raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def owner_pseudonym(request: Request) -> bytes:
    """Return the pseudonym behind a request's bearer token.

    The handler asks the database whether there is such an owner (`require_owner`): it has a connection open.
    """
    return caller_of(request).person(OWNER_PREFIX)


OwnerPseudonym = Annotated[bytes, Depends(owner_pseudonym)]
"""The parameter of handlers that only an owner may call."""


async def require_owner(connection: Connection, pseudonym: bytes) -> Owner:
    """Return the owner; raises the problem wrong_key for an unknown one."""
    owner = await store.fetch_owner(connection, pseudonym)
    if owner is None:
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)
    return owner


async def own_dispute(
    connection: Connection, pseudonym: bytes, dispute_id: UUID, *, is_locked: bool = False
) -> DisputeRow:
    """Return one of the owner's disputes; raises not_found for anybody else's."""
    await require_owner(connection, pseudonym)
    dispute = await store.fetch_dispute(connection, dispute_id, is_locked=is_locked)
    if dispute is None or dispute.owner != pseudonym:
        raise ProblemError(NOT_FOUND)
    return dispute
