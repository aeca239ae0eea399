"""Cases in PostgreSQL: one typed function per query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A stored case, its secrets encrypted."""

    case_id: UUID
    created_at: datetime
    respondent_kind: str
    report_ids: list[UUID]
    sealed: bytes
    withdrawn_at: datetime | None = None
    changed_at: datetime | None = None
    situation: str = "{}"  # JSON: what was said about it


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """Consent that was given for one channel of a case, or its withdrawal."""

    case_id: UUID
    channel: str
    position: int
    is_given: bool
    text_version: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a filing, its secrets encrypted."""

    case_id: UUID
    channel: str
    position: int
    event: str
    happened_on: date
    recorded_at: datetime
    sealed: bytes | None
    matter: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder of a deadline."""

    reporter: bytes
    case_id: UUID
    channel: str
    deadline: str
    due_on: date


async def insert_case(connection: Connection, reporter: bytes, case: CaseRow, *, at_most: int) -> bool:
    """Store a case; return False if the reporter already has `at_most` open ones."""
    new = await connection.fetchval(
        QUERIES["insert_case"],
        reporter,
        case.case_id,
        case.created_at,
        case.respondent_kind,
        case.report_ids,
        case.sealed,
        at_most,
        case.situation,
    )
    return new is not None


async def fetch_case(connection: Connection, reporter: bytes, case_id: UUID) -> CaseRow | None:
    """Return one of a reporter's own cases; None if there is no such case."""
    row = await connection.fetchrow(QUERIES["fetch_case"], reporter, case_id)
    return CaseRow(**row) if row else None


async def lock_case(connection: Connection, reporter: bytes, case_id: UUID) -> None:
    """Lock a case until the transaction ends."""
    await connection.execute(QUERIES["lock_case"], reporter, case_id)


async def list_cases(connection: Connection, reporter: bytes, *, below: UUID, limit: int) -> list[CaseRow]:
    """Return a reporter's cases with ids below `below`, the newest first."""
    rows = await connection.fetch(QUERIES["list_cases"], reporter, below, limit)
    return [CaseRow(**row) for row in rows]


async def change_case(
    connection: Connection,
    reporter: bytes,
    case_id: UUID,
    *,
    respondent_kind: str,
    sealed: bytes,
    situation: str,
    now: datetime,
) -> None:
    """Replace the respondent's kind, the secrets and the situation of a case."""
    await connection.execute(
        QUERIES["change_case"], reporter, case_id, respondent_kind, sealed, now, situation
    )


async def set_reports(
    connection: Connection, reporter: bytes, case_id: UUID, report_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Replace the reports that a case is made of."""
    await connection.execute(QUERIES["set_reports"], reporter, case_id, report_ids, now)


async def withdraw_case(connection: Connection, reporter: bytes, case_id: UUID, *, now: datetime) -> None:
    """Mark a case as withdrawn. Doing it twice is harmless."""
    await connection.execute(QUERIES["withdraw_case"], reporter, case_id, now)


async def insert_consent(connection: Connection, reporter: bytes, consent: ConsentRow) -> None:
    """Append a consent or its withdrawal; its position is assigned by the query."""
    await connection.execute(
        QUERIES["insert_consent"],
        reporter,
        consent.case_id,
        consent.channel,
        consent.is_given,
        consent.text_version,
        consent.recorded_at,
    )


async def list_consents(
    connection: Connection, reporter: bytes, case_ids: Sequence[UUID]
) -> list[ConsentRow]:
    """Return the consents and withdrawals of these cases, in order."""
    return [ConsentRow(**row) for row in await connection.fetch(QUERIES["list_consents"], reporter, case_ids)]


async def insert_event(connection: Connection, reporter: bytes, event: EventRow) -> None:
    """Append an event to a filing."""
    await connection.execute(
        QUERIES["insert_event"],
        reporter,
        event.case_id,
        event.channel,
        event.position,
        event.event,
        event.happened_on,
        event.recorded_at,
        event.sealed,
        event.matter,
        event.review,
    )


async def list_events(connection: Connection, reporter: bytes, case_ids: Sequence[UUID]) -> list[EventRow]:
    """Return the events of the filings of these cases, in order."""
    return [EventRow(**row) for row in await connection.fetch(QUERIES["list_events"], reporter, case_ids)]


async def list_open_cases(connection: Connection, reporter: bytes) -> list[CaseRow]:
    """Return a reporter's open cases, the oldest first."""
    return [CaseRow(**row) for row in await connection.fetch(QUERIES["list_open_cases"], reporter)]


async def count_decided(connection: Connection, reporter: bytes, since: datetime) -> int:
    """Return how many decisions of authorities a reporter has recorded since a moment."""
    return int(await connection.fetchval(QUERIES["count_decided"], reporter, since))


async def replace_reminders(
    connection: Connection,
    reporter: bytes,
    *,
    case_id: UUID,
    channel: str,
    planned: Sequence[tuple[str, datetime, date]],
) -> None:
    """Replace the reminders of a filing by these: id of the deadline, when to remind, day it is due."""
    await connection.execute(QUERIES["delete_reminders"], reporter, case_id, channel)
    rows = [(reporter, case_id, channel, *one) for one in planned]
    await connection.executemany(QUERIES["insert_reminder"], rows)


async def take_reminders(connection: Connection, now: datetime, *, at_most: int) -> list[Reminder]:
    """Remove and return due reminders."""
    return [Reminder(**row) for row in await connection.fetch(QUERIES["take_reminders"], now, at_most)]


async def replace_calendar(
    connection: Connection, reporter: bytes, token_hash: bytes, *, now: datetime
) -> None:
    """Open a calendar under a new token and close the earlier one."""
    await connection.execute(QUERIES["delete_calendar"], reporter)
    await connection.execute(QUERIES["insert_calendar"], token_hash, reporter, now)


async def delete_calendar(connection: Connection, reporter: bytes) -> None:
    """Close a reporter's calendar, if there is one."""
    await connection.execute(QUERIES["delete_calendar"], reporter)


async def fetch_calendar(connection: Connection, token_hash: bytes) -> bytes | None:
    """Return the reporter whose calendar a token opens; None if there is none."""
    reporter: bytes | None = await connection.fetchval(QUERIES["fetch_calendar"], token_hash)
    return reporter
