"""Codes, owners and disputes in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg

from service.database import Connection, load_queries
from service.organisations.store import Organisation

QUERIES = load_queries(Path(__file__).parent)


class SentCodes(NamedTuple):
    """How many codes a number was sent in the last hour, and in the last day."""

    lately: int
    in_all: int


class Tried(NamedTuple):
    """A code that can still be used: its keyed hash, and how often it was tried, including this time."""

    code_hash: bytes
    tries: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who proved control of a number."""

    number: str
    owner: bytes
    created_at: datetime
    began_at: datetime | None = None  # if somebody else owned it before
    ended_at: datetime | None = None  # when somebody else became its owner


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A stored dispute."""

    number: str
    dispute_id: UUID
    owner: bytes | None
    kind: str
    reason: str
    brings_new: bool
    opened_at: datetime
    due_on: date
    state: str
    closed_at: datetime | None
    explanation: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class JudgedDispute:
    """A dispute with what is published about its number."""

    dispute: DisputeRow
    verdict: str | None
    score: float | None
    reporters_at_least: int | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What an owner said, still encrypted; None once it was destroyed."""

    position: int
    recorded_at: datetime
    sealed: bytes | None


class Waiting(NamedTuple):
    """How many disputes wait for a person's decision, and how many of them are overdue."""

    open: int
    overdue: int


async def lock_number(connection: Connection, number: str) -> None:
    """Become the only process that sends a code to a number until the transaction ends."""
    await connection.execute(QUERIES["lock_number"], number)


async def count_codes(connection: Connection, number: str, since: datetime, earlier: datetime) -> SentCodes:
    """Return how many codes were sent to a number since each of two moments."""
    return SentCodes(*await connection.fetchrow(QUERIES["count_codes"], number, since, earlier))


async def insert_code(
    connection: Connection,
    number: str,
    code_id: UUID,
    *,
    code_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a code that is about to be sent."""
    await connection.execute(QUERIES["insert_code"], number, code_id, code_hash, now, expires_at)


async def try_code(
    connection: Connection, number: str, code_id: UUID, *, now: datetime, at_most: int
) -> Tried | None:
    """Count a try of a code and return it; None if it is used, expired, unknown or was tried too often."""
    row = await connection.fetchrow(QUERIES["try_code"], number, code_id, now, at_most)
    return Tried(*row) if row else None


async def use_code(connection: Connection, number: str, code_id: UUID, now: datetime) -> None:
    """Mark a code as used."""
    await connection.execute(QUERIES["use_code"], number, code_id, now)


async def insert_owner(connection: Connection, owner: Owner) -> None:
    """Store somebody who proved control of a number."""
    await connection.execute(QUERIES["insert_owner"], owner.number, owner.owner, owner.created_at)


async def fetch_owner(connection: Connection, pseudonym: bytes) -> Owner | None:
    """Return the owner behind a pseudonym, also an organisation as the owner of its first number; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_owner"], pseudonym)
    if row is None:
        row = await connection.fetchrow(QUERIES["fetch_organisations_owner"], pseudonym)
    return Owner(**row) if row else None


async def list_disputable(
    connection: Connection, organisation: Organisation, *, after: str, at_most: int
) -> list[str]:
    """Return listed numbers of an organisation's ranges after a number, which nobody disputes yet, in order."""
    rows = await connection.fetch(
        QUERIES["list_disputable"],
        [one.first for one in organisation.ranges],
        [one.last for one in organisation.ranges],
        after,
        organisation.verified_at,
        at_most,
    )
    return [row["number"] for row in rows]


async def list_disputes_of_number(connection: Connection, number: str) -> list[DisputeRow]:
    """Return the disputes of a number in its present owner's time, newest first."""
    return [_dispute(row) for row in await connection.fetch(QUERIES["list_disputes_of_number"], number)]


async def insert_dispute(connection: Connection, dispute: DisputeRow) -> None:
    """Store a new dispute; raises asyncpg.UniqueViolationError if one of the number is open already."""
    await connection.execute(
        QUERIES["insert_dispute"],
        dispute.number,
        dispute.dispute_id,
        dispute.owner,
        dispute.kind,
        dispute.reason,
        dispute.brings_new,
        dispute.opened_at,
        dispute.due_on,
    )


async def insert_statement(
    connection: Connection, dispute: DisputeRow, sealed: bytes, *, now: datetime, at_most: int
) -> int | None:
    """Append what an owner says; return its position, None if there are `at_most` already."""
    position: int | None = await connection.fetchval(
        QUERIES["insert_statement"], dispute.number, dispute.dispute_id, now, sealed, at_most
    )
    return position


async def list_statements(connection: Connection, dispute: DisputeRow) -> list[StatementRow]:
    """Return what an owner said in a dispute, in order."""
    rows = await connection.fetch(QUERIES["list_statements"], dispute.number, dispute.dispute_id)
    return [StatementRow(**row) for row in rows]


async def list_own_disputes(connection: Connection, owner: bytes) -> list[DisputeRow]:
    """Return the disputes of an owner, newest first."""
    return [_dispute(row) for row in await connection.fetch(QUERIES["list_own_disputes"], owner)]


async def fetch_dispute(
    connection: Connection, dispute_id: UUID, *, is_locked: bool = False
) -> DisputeRow | None:
    """Return a dispute by its id, None if there is none; with `is_locked`, lock it until the transaction ends."""
    row = await connection.fetchrow(QUERIES["lock_dispute" if is_locked else "fetch_dispute"], dispute_id)
    return _dispute(row) if row else None


async def close_dispute(
    connection: Connection,
    dispute: DisputeRow,
    state: str,
    *,
    now: datetime,
    explanation: str | None = None,
    decided_by: str | None = None,
) -> None:
    """End an open dispute."""
    await connection.execute(
        QUERIES["close_dispute"], dispute.number, dispute.dispute_id, state, now, explanation, decided_by
    )


async def list_open_disputes(connection: Connection, *, at_most: int) -> list[JudgedDispute]:
    """Return disputes that wait for a person's decision, earliest due day first."""
    return [_judged(row) for row in await connection.fetch(QUERIES["list_open_disputes"], at_most)]


async def fetch_judged_dispute(connection: Connection, dispute_id: UUID) -> JudgedDispute | None:
    """Return a dispute by its id, open or not, in the form of `list_open_disputes`; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_dispute_with_verdict"], dispute_id)
    return _judged(row) if row else None


async def count_open_disputes(connection: Connection, today: date) -> Waiting:
    """Return how many disputes wait for a person's decision, and how many are overdue."""
    return Waiting(*await connection.fetchrow(QUERIES["count_open_disputes"], today))


def _dispute(row: asyncpg.Record) -> DisputeRow:
    return DisputeRow(**{name: row[name] for name in DisputeRow.__dataclass_fields__})


def _judged(row: asyncpg.Record) -> JudgedDispute:
    return JudgedDispute(_dispute(row), row["verdict"], row["score"], row["reporters_at_least"])
