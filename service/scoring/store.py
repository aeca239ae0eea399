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
    """What a person decided of a number; days are counted from 1970-01-01 in Asia/Shanghai."""

    kind: str
    decision: str
    decided_at: datetime
    day: int
    epoch_day: int | None  # from which the number has its present owner


class OutcomeFinding(NamedTuple):
    """What an agency or a filing found of a number."""

    is_abusive: bool
    confirmed_at: datetime


@dataclass(slots=True)
class KnownNumber:
    """All that is known of one number, of its present owner's time."""

    kind: str
    is_simulated: bool = False
    rows: list[DayRow] = field(default_factory=list)
    ruling: Ruling | None = None
    is_disputed: bool = False  # by its owner, and not yet decided
    finding: OutcomeFinding | None = None


class Plan(NamedTuple):
    """What is to be done about a number later: by whom, when, and of a review why."""

    number: str
    task: str  # score, settle or review
    due_at: datetime
    reasons: str  # array literal


async def claim_changed(
    connection: Connection, claim: UUID, *, now: datetime, until: datetime, at_most: int
) -> dict[str, int]:
    """Take up to `at_most` changed numbers; gives the version of each as it was claimed."""
    rows = await connection.fetch(QUERIES["claim_changed"], claim, now, until, at_most)
    return {row["number"]: row["version"] for row in rows}


async def settle_changed(connection: Connection, claim: UUID, claimed: dict[str, int]) -> set[str]:
    """End a claim; gives the numbers that were still claimed, which alone may be published."""
    rows = await connection.fetch(QUERIES["settle_changed"], claim, list(claimed), list(claimed.values()))
    return {row["number"] for row in rows}


async def count_changed(connection: Connection) -> int:
    """About how many numbers wait for a verdict."""
    return int(await connection.fetchval(QUERIES["count_changed"]) or 0)


async def count_waiting(connection: Connection) -> int:
    """Exactly how many numbers wait for a verdict; reads all of them."""
    return int(await connection.fetchval(QUERIES["count_waiting"]))


async def mark_all_changed(connection: Connection) -> None:
    """Put every number in line again; outside a transaction, so that nobody who reports one waits for all."""
    last: str | None = ""
    while last is not None:
        last = await connection.fetchval(
            QUERIES["mark_next_changed"], sorted(UNSCORED_KINDS), last, MARKED_AT_ONCE
        )


async def plan(connection: Connection, numbers: Sequence[str], plans: Sequence[Plan]) -> None:
    """Put these plans in the place of what was to be scored or reviewed of `numbers`.

    A review keeps the time since when it waits.
    """
    keys = [f"{plan.number} {plan.task}" for plan in plans]
    await connection.execute(QUERIES["delete_plans"], numbers, keys)
    if plans:
        await connection.execute(
            QUERIES["upsert_plans"], *[list(column) for column in zip(*plans, strict=True)]
        )


async def ask_for_review(connection: Connection, number: str, now: datetime) -> None:
    """Have a person look at a number because of an outcome that a filer told; kept until the person decides."""
    await connection.execute(QUERIES["ask_for_review"], number, now)


async def withdraw_request(connection: Connection, number: str) -> None:
    """Stop asking a person about a number, whose outcome a filer took back. Needs a transaction.

    It goes on waiting where something else asks: another outcome that nobody confirmed, or scoring.
    """
    await connection.execute(QUERIES["lock_review"], number)
    if not await connection.fetchval(QUERIES["has_waiting_outcome"], number):
        await connection.execute(QUERIES["withdraw_request"], number)


async def begin_due_scores(connection: Connection, now: datetime, *, at_most: int) -> int:
    """Put numbers whose time to be scored again has come in line for it; gives how many."""
    return int(await connection.fetchval(QUERIES["begin_due_scores"], now, at_most))


async def list_block_activity(
    connection: Connection, blocks: Sequence[str], *, since: date
) -> dict[str, list[tuple[int, int]]]:
    """Reports by day (counted from 1970-01-01) against every number of these blocks of 10,000, since a day."""
    activity: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, day, reports in await connection.fetch(QUERIES["list_block_activity"], blocks, since):
        activity[number].append((day, reports))
    return activity


async def list_known(connection: Connection, numbers: Sequence[str]) -> dict[str, KnownNumber]:
    """What is known of each of these numbers; one with neither reports of its owner's time nor ruling is missing."""
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
    """Those of these numbers that an owner disputes, undecided yet."""
    return [row["number"] for row in await connection.fetch(QUERIES["list_disputed"], numbers)]


async def list_findings(connection: Connection, numbers: Sequence[str]) -> dict[str, OutcomeFinding]:
    """What outcomes say of each of these numbers that has one."""
    rows = await connection.fetch(QUERIES["list_findings"], numbers)
    return {number: OutcomeFinding(*rest) for number, *rest in rows}


async def list_rulings(connection: Connection, numbers: Sequence[str]) -> dict[str, Ruling]:
    """The newest decision about each of these numbers that has one."""
    rows = await connection.fetch(QUERIES["list_rulings"], numbers)
    return {number: Ruling(*rest) for number, *rest in rows}


async def list_signals(connection: Connection, numbers: Sequence[str]) -> dict[str, KnownNumber]:
    """What was ever reported of each of these numbers; one without any report left is missing."""
    known: defaultdict[str, KnownNumber] = defaultdict(lambda: KnownNumber(""))
    for number, kind, is_simulated, *counts in await connection.fetch(QUERIES["list_signals"], numbers):
        entry = known[number]
        entry.kind = kind
        entry.is_simulated |= is_simulated
        entry.rows.append(DayRow(*counts))
    return dict(known)
