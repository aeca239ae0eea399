"""Reports in PostgreSQL: one typed function a query."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from ml.people.standing import Standing
from ml.trust import INFLUENCE_DAYS
from ml.words import UNSCORED_KINDS
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
MOST_COUNTED = 2000  # numbers; each report weighs next to nothing by then, and counting on would cost
PREFETCH = 5000
READING_SECONDS = 3600.0  # for what grows with all reports; the pool's limit is for statements about a few
SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class SourceNameError(ValueError):
    """Not a name that a feed may have."""


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
class Reporter:
    """With whom a reporter is counted, how its reports turned out, and how much it reports."""

    cluster: int
    standing: Standing
    created_at: datetime
    is_restricted: bool  # its reports are not to be used
    recent_numbers: int  # others than the next, within ml.trust.INFLUENCE_DAYS; counted up to MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Links:
    """By what a new reporter may be linked to others, as keyed hashes."""

    network: int
    device: int | None


class AccountRow(NamedTuple):
    """A reporter's account; time in seconds since 1970-01-01, traits as keyed hashes."""

    reporter: bytes
    signed_up_at: int
    device: int | None
    network: int | None
    cluster: int
    standing: Standing


class ContactRow(NamedTuple):
    """That a reporter reported a number at a time, in seconds since 1970-01-01."""

    number: str
    reporter: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Source:
    """A feed of reports and what one of its reports weighs."""

    source_id: int
    name: str
    weight: float
    simulated: bool


@dataclass(frozen=True, slots=True)
class ImportRun:
    """How far the import of one file has come."""

    lines_done: int
    stored: int
    repeated: int
    rejected: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A stored report, its secrets still sealed."""

    report_id: UUID
    number: str
    cluster: int
    kind: str
    medium: str
    occurred_at: datetime
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
    """What one cluster reported of a number, which is summed up at once."""

    number: str
    kind: str
    cluster: int


@dataclass(frozen=True, slots=True)
class SupplementRow:
    """A stored supplement, its secrets still sealed."""

    position: int
    recorded_at: datetime
    narrative: str | None
    claimed_institution: str | None
    violations: list[int] | None
    sealed: bytes | None


async def insert_reports(connection: Connection, reports: Sequence[NewReport], *, is_bulk: bool) -> set[UUID]:
    """Store reports and count them; return the ids of those that were new."""
    columns = [list(column) for column in zip(*reports, strict=True)]
    rows = await connection.fetch(QUERIES["insert_reports"], *columns, is_bulk, sorted(UNSCORED_KINDS))
    return {row["report_id"] for row in rows}


async def count_inserted(connection: Connection, reports: Sequence[NewReport]) -> int:
    """Store reports of a feed and count them; gives how many were new."""
    return len(await insert_reports(connection, reports, is_bulk=True))


async def begin_import(
    connection: Connection, source_id: int, sha256: bytes, file_format: str, now: datetime
) -> ImportRun:
    """Start the import of a file, or take up an earlier one."""
    return ImportRun(
        **await connection.fetchrow(QUERIES["begin_import"], source_id, sha256, file_format, now)
    )


async def advance_import(
    connection: Connection, source_id: int, sha256: bytes, counts: tuple[int, int, int, int], *, before: int
) -> ImportRun | None:
    """Add a batch's lines, stored, repeated and rejected; None when `before` lines were not what was done."""
    row = await connection.fetchrow(QUERIES["advance_import"], source_id, sha256, *counts, before)
    return ImportRun(**row) if row else None


async def finish_import(connection: Connection, source_id: int, sha256: bytes, now: datetime) -> ImportRun:
    """Mark an import as whole."""
    return ImportRun(**await connection.fetchrow(QUERIES["finish_import"], source_id, sha256, now))


async def lock_source(connection: Connection, source_id: int) -> None:
    """Be the only writer of a source until the transaction ends."""
    await connection.execute(QUERIES["lock_source"], source_id)


async def fetch_report_at(connection: Connection, report: NewReport) -> UUID:
    """Id of the stored report that `report` repeats."""
    found: UUID = await connection.fetchval(
        QUERIES["fetch_report_at"], report.number, report.reporter, report.occurred_minute
    )
    return found


async def list_reports(
    connection: Connection, reporter: bytes, *, below: UUID, limit: int
) -> list[ReportRow]:
    """A reporter's reports with ids below `below`, newest first."""
    rows = await connection.fetch(QUERIES["list_reports"], reporter, below, limit)
    return [_report_row(row) for row in rows]


async def fetch_report(connection: Connection, reporter: bytes, report_id: UUID) -> ReportRow | None:
    """One of a reporter's own reports."""
    row = await connection.fetchrow(QUERIES["fetch_report"], reporter, report_id)
    return _report_row(row) if row else None


async def list_supplements(connection: Connection, number: str, report_id: UUID) -> list[SupplementRow]:
    """What was added to a report later, in order."""
    rows = await connection.fetch(QUERIES["list_supplements"], number, report_id)
    return [SupplementRow(**_only(row, SupplementRow)) for row in rows]


async def insert_supplement(
    connection: Connection, report: ReportRow, supplement: SupplementRow, *, at_most: int
) -> int | None:
    """Append to a report; gives the position, None when there are `at_most` already."""
    position: int | None = await connection.fetchval(
        QUERIES["insert_supplement"], report.number, report.report_id, supplement.recorded_at,
        supplement.narrative, supplement.claimed_institution, supplement.violations, supplement.sealed, at_most,
    )  # fmt: skip
    return position


async def retract_report(connection: Connection, report: ReportRow, reporter: bytes, now: datetime) -> bool:
    """Mark a report as retracted and let the reporter's next one count; False when it was retracted before."""
    retracted = await connection.fetchval(
        QUERIES["retract_report"], report.number, reporter, report.report_id, now
    )
    if retracted is not None:
        await count_reporter_again(connection, report.number, reporter)
    return retracted is not None


async def count_reporter_again(connection: Connection, number: str, reporter: bytes) -> None:
    """Let a reporter's earliest remaining report of a number count, where none does."""
    await connection.execute(QUERIES["count_reporter_again"], number, reporter)


async def recompute_signals(connection: Connection, number: str, cluster: int) -> None:
    """Sum up again what one cluster reported of a number; the transaction is to be repeated on a conflict."""
    await connection.execute(QUERIES["delete_signals"], number, cluster)
    await connection.execute(QUERIES["insert_signals"], number, cluster)


async def mark_changed(connection: Connection, number: str, kind: str) -> None:
    """Ask for a new verdict of a number, where numbers of its kind have one."""
    if kind not in UNSCORED_KINDS:
        await connection.execute(QUERIES["mark_changed"], number)


async def recount(connection: Connection, parts: Iterable[ClusterPart]) -> None:
    """Sum up parts again and ask for new verdicts; the transaction is to be repeated on a conflict."""
    for number, cluster, kind in sorted({(part.number, part.cluster, part.kind) for part in parts}):
        await recompute_signals(connection, number, cluster)  # in one order of locks for all
        await mark_changed(connection, number, kind)


async def insert_reporter(
    connection: Connection, pseudonym: bytes, links: Links, now: datetime, *, cluster: int
) -> None:
    """Register a reporter in the cluster of the oldest one with the same device or network, else in `cluster`."""
    await connection.execute(QUERIES["lock_network"], links.network)
    await connection.execute(QUERIES["insert_reporter"], pseudonym, links.network, links.device, cluster, now)


async def is_reporter(connection: Connection, pseudonym: bytes) -> bool:
    """Whether there is such a reporter, not revoked."""
    return bool(await connection.fetchval(QUERIES["is_reporter"], pseudonym))


async def is_restricted(connection: Connection, pseudonym: bytes) -> bool:
    """Whether a reporter restricts the use of the reports."""
    return bool(await connection.fetchval(QUERIES["is_restricted"], pseudonym))


async def lock_reporters(
    connection: Connection, pseudonyms: Sequence[bytes], now: datetime
) -> dict[bytes, Reporter]:
    """Reporters by pseudonym, locked until the transaction ends; unknown and revoked ones are missing."""
    since = first_id(now - timedelta(days=INFLUENCE_DAYS))
    await connection.execute(QUERIES["lock_reporters"], pseudonyms)
    rows = await connection.fetch(QUERIES["list_reporters"], pseudonyms, since, MOST_COUNTED)
    return {
        pseudonym: Reporter(
            cluster, Standing(confirmed, overturned), created_at, restricted_at is not None, recent_numbers
        )
        for pseudonym, cluster, confirmed, overturned, created_at, restricted_at, recent_numbers in rows
    }


async def stream_accounts(connection: Connection) -> AsyncIterator[AccountRow]:
    """All reporters, with what may link them; needs a transaction."""
    query = QUERIES["stream_accounts"]
    async for row in connection.cursor(query, prefetch=PREFETCH, timeout=READING_SECONDS):
        reporter, signed_up_at, device, network, cluster, confirmed, overturned = row
        yield AccountRow(reporter, signed_up_at, device, network, cluster, Standing(confirmed, overturned))


async def stream_contacts(connection: Connection, since: datetime) -> AsyncIterator[ContactRow]:
    """Who reported what when, since a moment; needs a transaction."""
    query = QUERIES["stream_contacts"]
    async for row in connection.cursor(query, since, prefetch=PREFETCH, timeout=READING_SECONDS):
        yield ContactRow(*row)


async def move_reporters(connection: Connection, cluster_of: Mapping[bytes, int]) -> None:
    """Put reporters into other clusters."""
    await connection.execute(QUERIES["move_reporters"], list(cluster_of), list(cluster_of.values()))


async def move_reports(connection: Connection, cluster_of: Mapping[bytes, int]) -> list[ClusterPart]:
    """Move what they reported as well; return what is to be summed up again."""
    rows = await connection.fetch(QUERIES["move_reports"], list(cluster_of), list(cluster_of.values()))
    return [ClusterPart(*row) for row in rows]


async def spend_challenge(connection: Connection, challenge: bytes, expires_at: datetime) -> bool:
    """Mark a proof of work as used; False when it was used before."""
    return bool(await connection.fetchval(QUERIES["spend_challenge"], challenge, expires_at))


async def delete_spent_challenges(connection: Connection, now: datetime) -> None:
    """Forget challenges that nobody can use any more."""
    await connection.execute(QUERIES["delete_spent_challenges"], now)


async def fetch_source(connection: Connection, name_or_id: str | int) -> Source | None:
    """A feed by its name or id."""
    query = "fetch_source" if isinstance(name_or_id, str) else "fetch_source_by_id"
    row = await connection.fetchrow(QUERIES[query], name_or_id)
    return Source(**row) if row else None


async def ensure_source(
    connection: Connection, name: str, *, weight: float, simulated: bool = False, concerns: str = "collection"
) -> Source:
    """The feed of that name, registered when it is new; raises SourceNameError.

    Its reports concern `collection` calls, or `any` unwanted ones.
    """
    if not SOURCE_NAME.fullmatch(name):
        raise SourceNameError(
            f"{name!r} is no name for a source: a-z, 0-9, dot, hyphen and underscore, at most 64"
        )
    await connection.execute(QUERIES["insert_source"], name, weight, simulated, concerns)
    source = await fetch_source(connection, name)
    if source is None:
        raise LookupError(name)
    return source


def first_id(moment: datetime) -> UUID:
    """The lowest id of a report made at a moment or later: ids are ordered by time (UUIDv7)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _report_row(row: asyncpg.Record) -> ReportRow:
    return ReportRow(**_only(row, ReportRow))


def _only(row: asyncpg.Record, shape: type[ReportRow] | type[SupplementRow]) -> dict[str, Any]:
    return {name: row[name] for name in shape.__dataclass_fields__}
