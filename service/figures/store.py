"""Public figures in PostgreSQL: one typed function a query."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
COUNTING_SECONDS: Final = 600.0  # once a week; some of it reads all reports


@dataclass(frozen=True, slots=True)
class Reported:
    """What was reported in a week."""

    reports: int
    reporters: int
    partner_reports: int


@dataclass(frozen=True, slots=True)
class Disputed:
    """What became of disputes in a week; `median_days` is None if none was decided."""

    opened: int
    upheld: int
    rejected: int
    withdrawn: int
    median_days: int | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Received:
    """What an agency received in a week."""

    agency: str
    exports: int
    rows: int


async def fetch_newest(connection: Connection) -> tuple[date, dict[str, int]] | None:
    """Return the newest week and the counts behind its bands; None if none was published yet."""
    row = await connection.fetchrow(QUERIES["fetch_newest"])
    return (row["week_from"], json.loads(row["held"])) if row else None


async def insert_week(
    connection: Connection, week_from: date, now: datetime, *, figures: str, held: Mapping[str, int]
) -> None:
    """Publish a week, unless it is published already."""
    await connection.execute(QUERIES["insert_week"], week_from, now, figures, json.dumps(held))


async def list_weeks(connection: Connection, *, at_most: int) -> list[str]:
    """Return the newest weeks as the JSON texts that were published, the newest first."""
    return [row["figures"] for row in await connection.fetch(QUERIES["list_weeks"], at_most)]


async def count_reports(connection: Connection, begins: datetime, ends: datetime) -> Reported:
    """Return what was reported in a week."""
    return Reported(
        **await connection.fetchrow(QUERIES["count_reports"], begins, ends, timeout=COUNTING_SECONDS)
    )


async def count_retracted(connection: Connection, begins: datetime, ends: datetime) -> int:
    """Return how many reports were taken back in a week."""
    return int(await connection.fetchval(QUERIES["count_retracted"], begins, ends, timeout=COUNTING_SECONDS))


async def count_numbers(connection: Connection, moment: datetime) -> dict[str, int]:
    """Return how many numbers had each verdict at a moment; a verdict that none had is missing."""
    return dict(await connection.fetch(QUERIES["count_numbers"], moment, timeout=COUNTING_SECONDS))


async def count_disputes(
    connection: Connection, begins: datetime, ends: datetime, last_day: date
) -> Disputed:
    """Return what became of disputes in a week."""
    return Disputed(**await connection.fetchrow(QUERIES["count_disputes"], begins, ends, last_day))


async def list_handed_over(connection: Connection, begins: datetime, ends: datetime) -> list[Received]:
    """Return what each agency received in a week, by their titles."""
    return [Received(**row) for row in await connection.fetch(QUERIES["list_handed_over"], begins, ends)]


async def count_decisions(connection: Connection, begins: datetime, ends: datetime) -> dict[str, int]:
    """Return how many decisions of each kind were taken in a week; a kind that was not is missing."""
    return dict(await connection.fetch(QUERIES["count_decisions"], begins, ends))
