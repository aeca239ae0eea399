"""Copies, restriction and deletion in PostgreSQL: one typed function per query."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from service.database import Connection, load_queries
from service.disputes.store import Owner
from service.reports.store import ClusterPart
from service.verdicts.verdict import NOTHING, NumberVerdict, is_told_alike, told, told_revision

QUERIES = load_queries(Path(__file__).parent)
Rows = list[dict[str, Any]]
AT_ONCE: Final = 250  # rows of a copy: a millisecond or two, so that nobody waits for somebody's many rows
#: Tables that hold a reporter's pseudonym, except those about numbers -> the query that copies them.
OF_REPORTER: Mapping[str, str] = {
    "idempotency_keys": "copy_idempotency_keys",
    "evidence": "copy_evidence",
    "evidence_uploads": "copy_uploads",
    "evidence_parts": "copy_parts",
    "cases": "copy_cases",
    "case_consents": "copy_consents",
    "case_events": "copy_events",
    "case_reminders": "copy_reminders",
    "case_calendars": "copy_calendars",
    "webhooks": "copy_webhooks",
    "webhook_messages": "copy_messages",
}


@dataclass(frozen=True, slots=True)
class OldReport:
    """A report to be deleted."""

    number: str
    reporter: bytes
    occurred_minute: datetime
    report_id: UUID
    kind: str
    cluster: int
    is_counted: bool
    is_summed: bool


@dataclass(frozen=True, slots=True)
class Purged:
    """What a retention rule removed from a table."""

    purged_at: datetime
    rule: str
    relation: str
    rows: int


async def fetch_reporter(connection: Connection, reporter: bytes) -> dict[str, Any] | None:
    """Return every column of a reporter's account; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_reporter"], reporter)
    return dict(row) if row else None


async def stream_reporter_tables(connection: Connection, reporter: bytes) -> AsyncIterator[tuple[str, Rows]]:
    """Yield every row about a reporter except the account, in slices with the name of their table, table by table."""
    numbers: list[str] = []
    ids: list[UUID] = []
    async for rows in _slices(connection, "copy_reports", reporter):
        numbers += [row["number"] for row in rows]
        ids += [row["report_id"] for row in rows]
        yield "reports", rows
    for table, query, arguments in (
        ("report_supplements", "copy_supplements", (numbers, ids)),
        ("contacts", "copy_contacts", (numbers, reporter)),
        ("logged_calls", "copy_logged_calls", (numbers, reporter)),
        ("call_logs", "copy_call_logs", (numbers, ids)),
        ("credits", "copy_credits", (numbers, reporter)),
        *((table, query, (reporter,)) for table, query in OF_REPORTER.items()),
    ):
        async for rows in _slices(connection, query, *arguments):
            yield table, rows


async def stream_owner_tables(connection: Connection, owner: Owner) -> AsyncIterator[tuple[str, Rows]]:
    """Yield every row about an owner, and what was published about the number while it was the owner's, as above."""
    own = {
        "owners": "copy_owners",
        "disputes": "copy_disputes",
        "dispute_statements": "copy_statements",
        "dispute_proofs": "copy_proofs",
        "idempotency_keys": "copy_idempotency_keys",
    }
    of_number = {"owner_codes": "copy_codes", "verdicts": "copy_verdicts", "decisions": "copy_decisions"}
    for table, query in own.items():
        async for rows in _slices(connection, query, owner.owner):
            yield table, rows
    for table, query in of_number.items():
        before = NOTHING
        async for rows in _slices(connection, query, owner.number, owner.began_at, owner.ended_at):
            if table == "verdicts":
                shown, before = _as_told(rows, before, since=owner.began_at)
                yield table, shown
            else:
                yield table, rows


def _as_told(verdicts: Rows, before: NumberVerdict, *, since: datetime | None) -> tuple[Rows, NumberVerdict]:
    """Return a slice of the verdicts on a number as everybody was told them, and the last of them.

    `before` is the one before the slice; what is older than `since` is only that. A change that no look-up showed is not
    among them: a row for it would tell when something hidden changed.
    """
    shown = []
    for row in verdicts:
        verdict = NumberVerdict(**{name: row[name] for name in NumberVerdict._fields})
        if not is_told_alike(verdict, before) and (since is None or row["decided_at"] >= since):
            shown.append(
                row | told(verdict)._asdict() | {"revision": told_revision(verdict, row["revision"])}
            )
        before = verdict
    return shown, before


async def _slices(connection: Connection, query: str, *arguments: object) -> AsyncIterator[Rows]:
    """Yield the rows of a query by a cursor, AT_ONCE of them, and an empty slice if there are none."""
    cursor = await connection.cursor(QUERIES[query], *arguments)
    rows = await cursor.fetch(AT_ONCE)
    yield _rows(rows)
    while len(rows) == AT_ONCE:
        rows = await cursor.fetch(AT_ONCE)
        yield _rows(rows)


async def restrict_reporter(connection: Connection, reporter: bytes, now: datetime) -> list[ClusterPart]:
    """Take all of a reporter's reports out of use; return the sums to recompute."""
    parts = [ClusterPart(*row) for row in await connection.fetch(QUERIES["list_counted_parts"], reporter)]
    await connection.execute(QUERIES["restrict_reports"], reporter, now)
    await connection.execute(QUERIES["restrict_reporter"], reporter, now)
    return parts


async def release_reporter(
    connection: Connection, reporter: bytes, restricted_at: datetime
) -> list[ClusterPart]:
    """Bring a reporter's reports back into use; return the sums to recompute."""
    rows = await connection.fetch(QUERIES["list_restricted_parts"], reporter, restricted_at)
    await connection.execute(QUERIES["release_reports"], reporter, restricted_at)
    await connection.execute(QUERIES["restrict_reporter"], reporter, None)
    return [ClusterPart(*row) for row in rows]


async def delete_reporter(
    connection: Connection, reporter: bytes, *, stranger: bytes, now: datetime
) -> list[ClusterPart]:
    """Destroy a reporter's personal data and give the reports to a `stranger`; return the sums to recompute."""
    parts = [ClusterPart(*row) for row in await connection.fetch(QUERIES["list_counted_parts"], reporter)]
    reported = await connection.fetch(QUERIES["list_reported"], reporter)
    numbers, ids = [row["number"] for row in reported], [row["report_id"] for row in reported]
    await connection.execute(QUERIES["delete_supplements"], numbers, ids)
    await connection.execute(QUERIES["delete_call_logs"], numbers, ids)
    for query in ("delete_contacts", "delete_logged_calls", "delete_credits"):
        await connection.execute(QUERIES[query], list(set(numbers)), reporter)
    await connection.execute(QUERIES["strip_reports"], reporter, now, stranger)
    await connection.execute(QUERIES["delete_idempotency_keys"], reporter)
    for query in ("delete_evidence", "delete_uploads", "delete_cases", "delete_reporter"):
        await connection.execute(QUERIES[query], reporter)
    return parts


async def lock_own_disputes(connection: Connection, owner: bytes) -> list[UUID]:
    """Lock an owner's disputes until the transaction ends; return their ids."""
    return [row["dispute_id"] for row in await connection.fetch(QUERIES["lock_own_disputes"], owner)]


async def delete_owner(connection: Connection, owner: bytes) -> None:
    """Destroy the personal data of an owner whose disputes have ended."""
    await connection.execute(QUERIES["destroy_own_statements"], owner)
    await connection.execute(QUERIES["delete_own_proofs"], owner)
    await connection.execute(QUERIES["forget_owner_of_disputes"], owner)
    await connection.execute(QUERIES["delete_idempotency_keys"], owner)
    await connection.execute(QUERIES["delete_owner"], owner)


async def count_old(connection: Connection, query: str, before: datetime) -> int:
    """Return how many rows a counting query of the purge finds."""
    return int(await connection.fetchval(QUERIES[query], before))


async def remove_old(connection: Connection, query: str, before: datetime, *, at_most: int) -> int:
    """Run a deleting query of the purge; return how many rows it deleted."""
    status: str = await connection.execute(QUERIES[query], before, at_most)
    return int(status.rsplit(" ", 1)[1])


async def list_old_reports(
    connection: Connection, query: str, before: datetime, *, at_most: int
) -> list[OldReport]:
    """Return the reports that a query of the purge finds."""
    return [OldReport(*row) for row in await connection.fetch(QUERIES[query], before, at_most)]


async def delete_reports(connection: Connection, reports: Sequence[OldReport]) -> None:
    """Delete reports and their supplements, without recomputing sums."""
    numbers = [one.number for one in reports]
    await connection.execute(QUERIES["delete_supplements"], numbers, [one.report_id for one in reports])
    await connection.execute(
        QUERIES["delete_reports"],
        numbers,
        [one.reporter for one in reports],
        [one.occurred_minute for one in reports],
    )


async def note_purge(connection: Connection, purged: Purged) -> None:
    """Record that a rule removed more rows in a purge."""
    await connection.execute(
        QUERIES["note_purge"], purged.purged_at, purged.rule, purged.relation, purged.rows
    )


async def list_purges(connection: Connection, *, at_most: int) -> list[Purged]:
    """Return what was purged, the newest first."""
    return [Purged(*row) for row in await connection.fetch(QUERIES["list_purges"], at_most)]


def _rows(records: Sequence[asyncpg.Record]) -> Rows:
    return [dict(record) for record in records]
