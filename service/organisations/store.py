"""Organisations and their ranges in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.database import Connection, load_queries
from service.organisations.ranges import NumberRange

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Line:
    """A range of numbers, whose it is, and where to complain about it."""

    range: NumberRange
    name: str
    complaints: str
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation whose token was shown: its ranges, and since when they are known to be its own."""

    name: str
    verified_at: datetime
    ranges: tuple[NumberRange, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What an operator verified: whose lines these are, where to complain, what was seen, and by whom."""

    name: str
    complaints: str
    reason: str
    verified_by: str
    verified_at: datetime


async def lock_organisations(connection: Connection) -> None:
    """Become the only transaction that changes organisations."""
    await connection.execute(QUERIES["lock_organisations"])


async def announce_organisations(connection: Connection) -> None:
    """Have every replica take over the organisations as they are now."""
    await connection.execute(QUERIES["announce_organisations"])


async def insert_organisation(connection: Connection, verified: Verification, owner: bytes) -> int | None:
    """Register an organisation with the pseudonym of its token; return its id, None if the name is taken."""
    organisation_id: int | None = await connection.fetchval(
        QUERIES["insert_organisation"],
        verified.name,
        verified.complaints,
        owner,
        verified.reason,
        verified.verified_by,
        verified.verified_at,
    )
    return organisation_id


async def insert_range(connection: Connection, found: NumberRange, organisation_id: int) -> None:
    """Add a range to an organisation."""
    await connection.execute(QUERIES["insert_range"], found.first, found.last, organisation_id)


async def delete_organisation(connection: Connection, name: str) -> bool:
    """End the verification of an organisation; return False if there is none of that name."""
    return bool(await connection.fetchval(QUERIES["delete_organisation"], name))


async def list_lines(connection: Connection) -> list[Line]:
    """Return all ranges with whose they are."""
    rows = await connection.fetch(QUERIES["list_lines"])
    return [
        Line(
            NumberRange(row["first_number"], row["last_number"]),
            row["name"],
            row["complaints"],
            row["verified_at"],
        )
        for row in rows
    ]


async def fetch_organisation(connection: Connection, pseudonym: bytes) -> Organisation | None:
    """Return the organisation behind a pseudonym; None if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_organisation"], pseudonym)
    if row is None:
        return None
    pairs = zip(row["firsts"], row["lasts"], strict=True)
    return Organisation(row["name"], row["verified_at"], tuple(NumberRange(*pair) for pair in pairs))
