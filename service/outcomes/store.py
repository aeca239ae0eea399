"""Outcomes in PostgreSQL: one typed function a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


class OutcomeSource(StrEnum):
    """Where an outcome comes from."""

    AGENCY = "agency"
    CASE = "case"


class OutcomeResult(StrEnum):
    """What was found out about a number or one report of it."""

    UPHELD = "upheld"  # the report was right
    REJECTED = "rejected"  # it was investigated and was wrong
    NO_FINDING = "no_finding"  # closed without either: says nothing about the number


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """An outcome that is to be recorded; `source_id` names the row or filing that it concerns within its source.

    Without `confirmed_at` it is stored but has no effect: a filer's own statement until a moderator confirms it, or an
    agency's outcome about a row that accused no number.
    """

    number: str
    source: OutcomeSource
    source_id: str
    result: OutcomeResult
    decided_on: date
    recorded_at: datetime
    reported_on: date
    report_id: UUID | None = None
    note: str | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """A row that an agency received."""

    row_id: str
    number: str
    report_id: UUID | None
    reported_at: datetime
    accuses: bool


async def insert_outcome(connection: Connection, outcome: NewOutcome) -> bool:
    """Append an outcome; return False if the same was recorded before."""
    return bool(
        await connection.fetchval(
            QUERIES["insert_outcome"],
            outcome.number,
            outcome.source,
            outcome.source_id,
            outcome.result,
            outcome.decided_on,
            outcome.recorded_at,
            outcome.reported_on,
            outcome.report_id,
            outcome.note,
            outcome.confirmed_at,
        )
    )


async def confirm_outcomes(connection: Connection, number: str, source_id: str, now: datetime) -> int:
    """Confirm what a filer said about the own case; return how many outcomes there were."""
    return int(await connection.fetchval(QUERIES["confirm_outcomes"], number, source_id, now))


async def delete_claims(
    connection: Connection, source_id: str, result: OutcomeResult, decided_on: date
) -> list[str]:
    """Delete what a filer claimed about the own case and nobody has confirmed; return its numbers."""
    rows = await connection.fetch(QUERIES["delete_claims"], source_id, result, decided_on)
    return [row["number"] for row in rows]


async def list_outcomes(connection: Connection, number: str) -> list[NewOutcome]:
    """Return all outcomes about a number, oldest first."""
    rows = await connection.fetch(QUERIES["list_outcomes"], number)
    return [
        NewOutcome(**{**row, "source": OutcomeSource(row["source"]), "result": OutcomeResult(row["result"])})
        for row in rows
    ]


async def list_rows(connection: Connection, agency_id: int, row_ids: Sequence[str]) -> dict[str, AnsweredRow]:
    """Return the rows with these ids that an agency received, by id; rows of other agencies are missing."""
    rows = await connection.fetch(QUERIES["list_rows"], agency_id, row_ids)
    return {row["row_id"]: AnsweredRow(**row) for row in rows}


async def list_rows_of_numbers(
    connection: Connection, agency_id: int, numbers: Sequence[str]
) -> dict[str, list[str]]:
    """Return the ids of the rows about each of these numbers that an agency received."""
    rows = await connection.fetch(QUERIES["list_rows_of_numbers"], agency_id, numbers)
    return {row["number"]: row["row_ids"] for row in rows}


async def list_recorded(
    connection: Connection, numbers: Sequence[str], source_ids: Sequence[str]
) -> set[tuple[str, OutcomeResult]]:
    """Return which results were recorded before for these rows of agencies, which are about these numbers."""
    rows = await connection.fetch(QUERIES["list_recorded"], numbers, source_ids)
    return {(row["source_id"], OutcomeResult(row["result"])) for row in rows}
