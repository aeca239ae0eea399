"""Reports in PostgreSQL: one typed function a query.

Reporters are in `reporters_store.py`, sources and imports in `sources_store.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from ml.words import UNSCORED_KINDS
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
PREFETCH = 5000
READING_SECONDS = 3600.0  # for what grows with all reports; the pool's limit is for statements about a few


class NewReport(NamedTuple):
    """A row of `reports` about to be stored, in the order of `insert_reports`."""

    number: str
    reporter: bytes
    occurred_minute: datetime
    report_id: UUID
    source_id: int
    cluster: int
    kind: str
    shown: str | None
    is_simulated: bool
    medium: str
    occurred_at: datetime
    time_known: bool
    recorded_at: datetime
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    claimed_institution: str | None
    relation: str | None
    violations: str | None  # array literal of positions, such as "{0,4}"
    narrative: str | None
    opinion: str
    sealed: bytes | None
    weight: float
    evidence_weight: float
    is_seasoned: bool
    script: int | None = None  # of the narrative (ml.scripts)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A stored report, its secrets still encrypted."""

    report_id: UUID
    number: str
    cluster: int
    kind: str
    medium: str
    occurred_at: datetime
    time_known: bool
    recorded_at: datetime
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    claimed_institution: str | None
    relation: str | None
    violations: list[int] | None
    narrative: str | None
    opinion: str
    sealed: bytes | None
    retracted_at: datetime | None


class ClusterPart(NamedTuple):
    """What one cluster reported about a number; its signals are computed together."""

    number: str
    kind: str
    cluster: int


@dataclass(frozen=True, slots=True)
class SupplementRow:
    """A stored supplement, its secrets still encrypted."""

    position: int
    recorded_at: datetime
    narrative: str | None
    claimed_institution: str | None
    violations: list[int] | None
    sealed: bytes | None


async def insert_reports(connection: Connection, reports: Sequence[NewReport], *, is_bulk: bool) -> set[UUID]:
    """Store reports and count them; return the ids of the new ones."""
    columns = [list(column) for column in zip(*reports, strict=True)]
    rows = await connection.fetch(QUERIES["insert_reports"], *columns, is_bulk, sorted(UNSCORED_KINDS))
    return {row["report_id"] for row in rows}


async def count_inserted(connection: Connection, reports: Sequence[NewReport]) -> int:
    """Store reports of a feed and count them; return how many were new."""
    return len(await insert_reports(connection, reports, is_bulk=True))


async def fetch_report_at(connection: Connection, report: NewReport) -> UUID:
    """Return the id of the stored report that `report` repeats."""
    found: UUID = await connection.fetchval(
        QUERIES["fetch_report_at"], report.number, report.reporter, report.occurred_minute
    )
    return found


async def list_reports(
    connection: Connection, reporter: bytes, *, below: UUID, limit: int
) -> list[ReportRow]:
    """Return a reporter's reports with ids below `below`, newest first."""
    rows = await connection.fetch(QUERIES["list_reports"], reporter, below, limit)
    return [_report_row(row) for row in rows]


async def fetch_report(connection: Connection, reporter: bytes, report_id: UUID) -> ReportRow | None:
    """Return one of a reporter's own reports; None if there is none with this id."""
    row = await connection.fetchrow(QUERIES["fetch_report"], reporter, report_id)
    return _report_row(row) if row else None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What an agency found out about a report, or about its number as a whole."""

    report_id: UUID
    number: str
    agency: str | None  # its title; None if it was never registered under this name
    result: str
    decided_on: date
    note: str | None
    is_about_report: bool


async def list_findings(
    connection: Connection, reporter: bytes, report_ids: Sequence[UUID]
) -> list[FindingRow]:
    """Return what agencies found out about reports of a reporter, oldest first."""
    rows = await connection.fetch(QUERIES["list_findings"], reporter, report_ids)
    return [FindingRow(**row) for row in rows]


async def list_supplements(connection: Connection, number: str, report_id: UUID) -> list[SupplementRow]:
    """Return what was added to a report later, in order."""
    rows = await connection.fetch(QUERIES["list_supplements"], number, report_id)
    return [SupplementRow(**_only(row, SupplementRow)) for row in rows]


async def insert_supplement(
    connection: Connection, report: ReportRow, supplement: SupplementRow, *, at_most: int
) -> int | None:
    """Append to a report; return the position, None if there are `at_most` already."""
    position: int | None = await connection.fetchval(
        QUERIES["insert_supplement"], report.number, report.report_id, supplement.recorded_at,
        supplement.narrative, supplement.claimed_institution, supplement.violations, supplement.sealed, at_most,
    )  # fmt: skip
    return position


async def retract_report(connection: Connection, report: ReportRow, reporter: bytes, now: datetime) -> bool:
    """Mark a report as retracted and count the reporter's next one; return False if it was retracted before."""
    retracted = await connection.fetchval(
        QUERIES["retract_report"], report.number, reporter, report.report_id, now
    )
    if retracted is not None:
        await count_reporter_again(connection, report.number, reporter)
    return retracted is not None


async def count_reporter_again(connection: Connection, number: str, reporter: bytes) -> None:
    """Count a reporter's earliest remaining report of a number, if none counts."""
    await connection.execute(QUERIES["count_reporter_again"], number, reporter)


async def recompute_signals(connection: Connection, number: str, cluster: int) -> None:
    """Compute again the signals of what one cluster reported about a number; repeat the transaction on a conflict."""
    await connection.execute(QUERIES["delete_signals"], number, cluster)
    await connection.execute(QUERIES["insert_signals"], number, cluster)


async def mark_changed(connection: Connection, number: str, kind: str) -> None:
    """Queue a number for a new verdict, if numbers of its kind have verdicts."""
    if kind not in UNSCORED_KINDS:
        await connection.execute(QUERIES["mark_changed"], number)


async def recount(connection: Connection, parts: Iterable[ClusterPart]) -> None:
    """Compute signals again and queue the numbers for new verdicts; repeat the transaction on a conflict."""
    for number, cluster, kind in sorted({(part.number, part.cluster, part.kind) for part in parts}):
        await recompute_signals(connection, number, cluster)  # in one order of locks for all
        await mark_changed(connection, number, kind)


def first_id(moment: datetime) -> UUID:
    """Return the lowest id of reports made at a moment or later: ids are ordered by time (UUIDv7)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _report_row(row: asyncpg.Record) -> ReportRow:
    return ReportRow(**_only(row, ReportRow))


def _only(row: asyncpg.Record, shape: type[ReportRow] | type[SupplementRow]) -> dict[str, Any]:
    return {name: row[name] for name in shape.__dataclass_fields__}
