"""Decisions and reviews in PostgreSQL: one typed function a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from service.database import Connection, load_queries
from service.reports.store import first_id

if TYPE_CHECKING:
    from ml.people.reliability import Opinion

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a number, and why."""

    decided_at: datetime
    decision: str
    reason: str
    decided_by: str
    epoch_from: date | None


@dataclass(frozen=True, slots=True)
class DecisionForReporters:
    """A decision about a number as its reporters see it, without who decided."""

    decided_at: datetime
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A number that waits for a person's decision, with its published verdict if it has one."""

    number: str
    waits_since: datetime
    reasons: list[str]
    verdict: str | None
    score: float | None
    reporters_at_least: int | None
    trust_probability: float | None
    trust_without_strongest: float | None
    effective_clusters: float | None


async def lock_decisions(connection: Connection, number: str) -> None:
    """Become the only process that decides about a number until the transaction ends."""
    await connection.execute(QUERIES["lock_decisions"], number)


async def insert_decision(connection: Connection, number: str, kind: str, decision: Decision) -> None:
    """Append a decision."""
    await connection.execute(
        QUERIES["insert_decision"],
        number,
        decision.decided_at,
        kind,
        decision.decision,
        decision.reason,
        decision.decided_by,
        decision.epoch_from,
    )


async def close_former_disputes(
    connection: Connection, number: str, decision: Decision, *, explanation: str
) -> None:
    """End disputes of a number that were opened before its new owner's first day."""
    await connection.execute(
        QUERIES["close_former_disputes"],
        number,
        decision.epoch_from,
        decision.decided_at,
        explanation,
        decision.decided_by,
    )


async def plan_settlement(connection: Connection, number: str, now: datetime) -> None:
    """Plan to give the reporters of a number what they have earned."""
    await connection.execute(QUERIES["plan_settlement"], number, now)


async def end_review(connection: Connection, number: str) -> None:
    """Remove a number from the queue of reviews."""
    await connection.execute(QUERIES["end_review"], number)


async def list_decisions(connection: Connection, number: str) -> list[Decision]:
    """Return all decisions about a number, oldest first."""
    return [Decision(**row) for row in await connection.fetch(QUERIES["list_decisions"], number)]


async def list_conclusions(
    connection: Connection, number: str, since: datetime
) -> list[DecisionForReporters]:
    """Return the decisions about a number since a moment, oldest first."""
    return [
        DecisionForReporters(**row)
        for row in await connection.fetch(QUERIES["list_conclusions"], number, since)
    ]


async def list_reviews(connection: Connection, *, at_most: int) -> list[ReviewRow]:
    """Return numbers that wait for a person's decision, longest wait first."""
    return [ReviewRow(**row) for row in await connection.fetch(QUERIES["list_reviews"], at_most)]


async def count_reviews(connection: Connection) -> int:
    """Return how many numbers wait for a person's decision."""
    return int(await connection.fetchval(QUERIES["count_reviews"]))


async def list_opinions(
    connection: Connection, numbers: Sequence[str], since: datetime, *, at_most: int
) -> "list[Opinion]":
    """Return what the newest reporters of these numbers say about them, then about others, newest first."""
    from ml.people.reliability import Opinion  # noqa: PLC0415  NumPy: for contested numbers only

    rows = await connection.fetch(QUERIES["list_reporters_of"], numbers, at_most)
    reporters = [row["reporter"] for row in rows]
    rows = await connection.fetch(QUERIES["list_opinions"], reporters, first_id(since), numbers, at_most)
    return [Opinion(*row) for row in rows]


async def list_scored_decisions(
    connection: Connection, model: str | None, since: datetime
) -> list[tuple[float, bool]]:
    """Return the score that this model gave before each decision since a moment, and what was decided."""
    return [tuple(row) for row in await connection.fetch(QUERIES["list_scored_decisions"], since, model)]
