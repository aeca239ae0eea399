"""Reporters: a proof of work is exchanged for a pseudonymous token, of which only the keyed hash is stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import altcha
from fastapi import Depends
from starlette.requests import Request

from service.database import Connection
from service.edge.access import INVALID_TOKEN, REPORTER_PREFIX, RateLimit, token_of
from service.edge.caller import caller_of
from service.edge.context import count_request
from service.edge.declared import opened_by, raises
from service.edge.person_tokens import issue_token, pseudonym_of
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    INVALID_REQUEST,
    MISSING_KEY,
    NOT_FOUND,
    OTHER_KEY_KIND,
    PROOF_OF_WORK_WRONG,
    RESTRICTED,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
    FieldError,
    ProblemError,
)
from service.edge.validation import message
from service.ids import reporter_id
from service.reports import reporters_store, store
from service.reports.reporters_store import Links
from service.reports.schemas import NewReporter
from service.reports.store import ReportRow
from service.secrets import KeyRing

ALGORITHM = "PBKDF2/SHA-256"
CHALLENGE_VALID_FOR = timedelta(minutes=10)


def limit_network(request: Request, name: str, amount: int) -> None:
    """Count a step of signing up against the network it comes from, which may take it so many times an hour."""
    limit = RateLimit(name, amount, 3600)
    count_request(request, limit, caller_of(request).network)


def new_challenge(keys: KeyRing, *, cost: int, now: datetime) -> dict[str, object]:
    """Return a signed ALTCHA challenge, which takes about 256 tries of `cost` PBKDF2 rounds each."""
    challenge = altcha.create_challenge(
        ALGORITHM, cost, expires_at=now + CHALLENGE_VALID_FOR, hmac_secret=keys.challenge_key
    )
    document: dict[str, object] = challenge.to_dict()
    return document


def solve_challenge(document: dict[str, object]) -> str:
    """Return the payload that `POST /v1/reporters` needs, found by trying; this is meant to take some seconds.

    Raises ValueError for a challenge without a solution.
    """
    challenge = altcha.Challenge.from_dict(document)
    solution = altcha.solve_challenge(challenge)
    if solution is None:
        raise ValueError("the challenge has no solution")
    return str(altcha.Payload(challenge, solution).to_base64())


async def register(
    connection: Connection, keys: KeyRing, new: NewReporter, *, network: str, now: datetime
) -> str:
    """Accept a solved challenge, once; return the token of a new reporter. Raises the problem proof_of_work_wrong."""
    await spend_proof(connection, keys, new.altcha, now)
    token = issue_token(keys, REPORTER_PREFIX)
    device = keys.cluster("device", new.device.encode()) if new.device else None
    await add_reporter(connection, keys, pseudonym_of(keys, token), network=network, device=device, now=now)
    return token


async def add_reporter(
    connection: Connection,
    keys: KeyRing,
    pseudonym: bytes,
    *,
    network: str,
    now: datetime,
    device: int | None = None,
) -> None:
    """Register a pseudonym; `device` is the pseudonym of the device, where one is known."""
    links = Links(keys.cluster("network", network.encode()), device)
    await reporters_store.insert_reporter(connection, pseudonym, links, now, cluster=reporter_id(pseudonym))


async def spend_proof(connection: Connection, keys: KeyRing, payload: str, now: datetime) -> None:
    """Accept a solved challenge, once; raises the problem proof_of_work_wrong."""
    if not altcha.verify_solution(payload, keys.challenge_key).verified:
        raise ProblemError(PROOF_OF_WORK_WRONG)
    signature = altcha.Payload.from_base64(payload).challenge.signature or ""
    if not await reporters_store.spend_challenge(
        connection, bytes.fromhex(signature), now + CHALLENGE_VALID_FOR
    ):
        raise ProblemError(PROOF_OF_WORK_WRONG)


@opened_by(token_of(REPORTER_PREFIX))
@raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def reporter_pseudonym(request: Request) -> bytes:
    """Return the pseudonym behind a request's bearer token.

    The handler asks the database whether there is such a reporter (`require_reporter`): it has a connection open.
    """
    return caller_of(request).person(REPORTER_PREFIX)


ReporterPseudonym = Annotated[bytes, Depends(reporter_pseudonym)]
"""The parameter of handlers that only a reporter may call."""


async def require_reporter(connection: Connection, pseudonym: bytes) -> None:
    """Raise the problem wrong_key for a reporter who is unknown or revoked."""
    if not await reporters_store.is_reporter(connection, pseudonym):
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)


async def require_unrestricted(connection: Connection, pseudonym: bytes) -> None:
    """Raise the problem restricted while a reporter restricts the use of the reports, which are retracted until then."""
    if await reporters_store.is_restricted(connection, pseudonym):
        raise ProblemError(RESTRICTED)


async def require_own_reports(connection: Connection, pseudonym: bytes, report_ids: Sequence[UUID]) -> None:
    """Raise invalid_request with each of `report_ids` that is not an unretracted report of the reporter's own."""
    rows = [await store.fetch_report(connection, pseudonym, report_id) for report_id in report_ids]
    unknown = [place for place, row in enumerate(rows) if row is None or row.retracted_at is not None]
    if unknown:
        code = "report_not_own"
        fields = [FieldError(f"report_ids[{place}]", code, *message(code)) for place in unknown]
        raise ProblemError(INVALID_REQUEST, fields=fields)


async def own_report(connection: Connection, pseudonym: bytes, report_id: UUID) -> ReportRow:
    """Return one of a reporter's own reports; raises not_found for anybody else's."""
    await require_reporter(connection, pseudonym)
    row = await store.fetch_report(connection, pseudonym, report_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return row
