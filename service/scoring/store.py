"""Signals and the queue of changed numbers in PostgreSQL: one typed function a query."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from ml.day_rows import DayRow
from ml.words import UNSCORED_KINDS
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
MARKED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided about a number; days are counted from 1970-01-01 in Asia/Shanghai."""

    kind: str
    decision: str
    decided_at: datetime
    day: int
    epoch_day: int | None  # first day of the number's present owner


class OutcomeFinding(NamedTuple):
    """What an agency or a filing found out about a number."""

    is_abusive: bool
    confirmed_at: datetime


@dataclass(slots=True)
class KnownNumber:
    """All that is known about one number in its present owner's time."""

    kind: str
    is_simulated: bool = False
    rows: list[DayRow] = field(default_factory=list)
    ruling: Ruling | None = None
    is_disputed: bool = False  # by its owner, and no person has decided yet
    finding: OutcomeFinding | None = None
    lost_vetting_at: datetime | None = (
        None  # when the operator last decided against a source that supports it
    )


class Plan(NamedTuple):
    """What is to be done about a number later: which task, when, and why if it is a review."""

    number: str
    task: str  # score, settle or review
    due_at: datetime
    reasons: str  # array literal


async def claim_changed(
    connection: Connection, claim: UUID, *, now: datetime, until: datetime, at_most: int
) -> dict[str, int]:
    """Claim up to `at_most` changed numbers; return the version of each as it was claimed."""
    rows = await connection.fetch(QUERIES["claim_changed"], claim, now, until, at_most)
    return {row["number"]: row["version"] for row in rows}


async def settle_changed(connection: Connection, claim: UUID, claimed: dict[str, int]) -> set[str]:
    """End a claim; return the numbers that were still claimed: only these may be published."""
    rows = await connection.fetch(QUERIES["settle_changed"], claim, list(claimed), list(claimed.values()))
    return {row["number"] for row in rows}


async def count_changed(connection: Connection) -> int:
    """Return about how many numbers wait for a verdict."""
    return int(await connection.fetchval(QUERIES["count_changed"]) or 0)


async def count_waiting(connection: Connection) -> int:
    """Return exactly how many numbers wait for a verdict; reads all of them."""
    return int(await connection.fetchval(QUERIES["count_waiting"]))


async def mark_all_changed(connection: Connection) -> None:
    """Queue every number again, without one long transaction, so that reports of a number do not wait for all others."""
    last: str | None = ""
    while last is not None:
        last = await connection.fetchval(
            QUERIES["mark_next_changed"], sorted(UNSCORED_KINDS), last, MARKED_AT_ONCE
        )


async def plan(connection: Connection, numbers: Sequence[str], plans: Sequence[Plan]) -> None:
    """Replace the planned scorings and reviews of `numbers` by these plans.

    A review keeps the time since when it has been waiting.
    """
    keys = [f"{plan.number} {plan.task}" for plan in plans]
    await connection.execute(QUERIES["delete_plans"], numbers, keys)
    if plans:
        await connection.execute(
            QUERIES["upsert_plans"], *[list(column) for column in zip(*plans, strict=True)]
        )


async def ask_for_review(connection: Connection, number: str, now: datetime) -> None:
    """Ask a person to look at a number because of an outcome; this stays until the person decides."""
    await connection.execute(QUERIES["ask_for_review"], number, now)


async def withdraw_request(connection: Connection, number: str) -> None:
    """Stop asking a person about a number whose outcome a filer took back; needs a transaction.

    The number keeps waiting if something else asks: another outcome that nobody confirmed, or scoring.
    """
    await connection.execute(QUERIES["lock_review"], number)
    if not await connection.fetchval(QUERIES["has_waiting_outcome"], number):
        await connection.execute(QUERIES["withdraw_request"], number)


async def begin_due_scores(connection: Connection, now: datetime, *, at_most: int) -> int:
    """Queue numbers that are due to be scored again; return how many."""
    return int(await connection.fetchval(QUERIES["begin_due_scores"], now, at_most))


async def list_block_activity(
    connection: Connection, blocks: Sequence[str], *, since: date
) -> dict[str, list[tuple[int, int]]]:
    """Return the reports of every number in these blocks of 10,000, by day (counted from 1970-01-01), since a day."""
    activity: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, day, reports in await connection.fetch(QUERIES["list_block_activity"], blocks, since):
        activity[number].append((day, reports))
    return activity


async def list_known(connection: Connection, numbers: Sequence[str]) -> dict[str, KnownNumber]:
    """Return what is known about these numbers; one with neither reports of its owner's time nor a ruling is missing."""
    known = await list_signals(connection, numbers)
    for number, ruling in (await list_rulings(connection, numbers)).items():
        entry = known.setdefault(number, KnownNumber(ruling.kind))
        entry.ruling = ruling
        if (epoch := ruling.epoch_day) is not None:
            entry.rows = [row for row in entry.rows if row.day >= epoch]
    for number in await list_disputed(connection, list(known)):
        known[number].is_disputed = True
    for number, finding in (await list_findings(connection, list(known))).items():
        known[number].finding = finding
    return known


async def list_disputed(connection: Connection, numbers: Sequence[str]) -> list[str]:
    """Return those of these numbers that have an open dispute."""
    return [row["number"] for row in await connection.fetch(QUERIES["list_disputed"], numbers)]


async def list_findings(connection: Connection, numbers: Sequence[str]) -> dict[str, OutcomeFinding]:
    """Return what outcomes say about these numbers; one without an outcome is missing."""
    rows = await connection.fetch(QUERIES["list_findings"], numbers)
    return {number: OutcomeFinding(*rest) for number, *rest in rows}


async def list_rulings(connection: Connection, numbers: Sequence[str]) -> dict[str, Ruling]:
    """Return the newest decision about each of these numbers; one without a decision is missing."""
    rows = await connection.fetch(QUERIES["list_rulings"], numbers)
    return {number: Ruling(*rest) for number, *rest in rows}


async def list_signals(connection: Connection, numbers: Sequence[str]) -> dict[str, KnownNumber]:
    """Return what was ever reported about these numbers; one without any report left is missing."""
    known: defaultdict[str, KnownNumber] = defaultdict(lambda: KnownNumber(""))
    rows = await connection.fetch(QUERIES["list_signals"], numbers)
    for number, kind, is_simulated, lost_vetting_at, *counts in rows:
        entry = known[number]
        entry.kind = kind
        entry.is_simulated |= is_simulated
        entry.rows.append(row := DayRow(*counts))
        if lost_vetting_at is not None and row.reports > row.legitimate:
            entry.lost_vetting_at = max(entry.lost_vetting_at or lost_vetting_at, lost_vetting_at)
    return dict(known)
