"""Credit of reporters in PostgreSQL: one typed function a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ml.people.standing import Standing
from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A reporter's first report of a number, with a time of retraction if all reports of it were retracted."""

    reporter: bytes
    cluster: int
    recorded_at: datetime
    is_abusive: bool
    retracted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visibility:
    """When a number was first listed, and whether it is confirmed or listed now."""

    visible_at: datetime | None
    is_confirmed: bool
    is_listed: bool


async def list_due_settlements(connection: Connection, now: datetime, *, at_most: int) -> list[str]:
    """Return numbers whose reporters are due to get what they have earned."""
    return [row["number"] for row in await connection.fetch(QUERIES["list_due_settlements"], now, at_most)]


async def take_settlement(connection: Connection, number: str, now: datetime) -> bool:
    """Remove a settlement from the agenda; return False if it is no longer there."""
    return bool(await connection.fetchval(QUERIES["take_settlement"], number, now))


async def list_claims(connection: Connection, number: str, since: date | None) -> list[ClaimRow]:
    """Return the first report of a number by each reporter of the crowd, from a day on."""
    return [ClaimRow(*row) for row in await connection.fetch(QUERIES["list_claims"], number, since)]


async def fetch_visibility(connection: Connection, number: str, since: date | None) -> Visibility:
    """Return what was published about a number from a day on."""
    return Visibility(**await connection.fetchrow(QUERIES["fetch_visibility"], number, since))


async def replace_credits(
    connection: Connection, number: str, reporters: Sequence[bytes], earned: Mapping[bytes, Standing]
) -> None:
    """Replace what these reporters have earned with a number by `earned`, and change their standing accordingly."""
    rows = await connection.fetch(QUERIES["list_credits"], number, reporters)
    before = {reporter: Standing(*counts) for reporter, *counts in rows}
    await connection.execute(QUERIES["delete_credits"], number, list(before))
    await connection.execute(
        QUERIES["insert_credits"], number, list(earned), *_columns(list(earned.values()))
    )
    nothing = Standing()
    change = {
        one: earned.get(one, nothing).plus(before.get(one, nothing).negated()) for one in {*before, *earned}
    }
    await add_to_standings(connection, {one: by for one, by in change.items() if by != nothing})


async def add_to_standings(connection: Connection, change: Mapping[bytes, Standing]) -> None:
    """Add to the standing of reporters."""
    await connection.execute(QUERIES["add_to_standings"], list(change), *_columns(list(change.values())))


def _columns(standings: Sequence[Standing]) -> tuple[list[int], list[int]]:
    return [one.confirmed for one in standings], [one.overturned for one in standings]
