"""Agencies in PostgreSQL: one typed function a query."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)
QUOTA_PERIOD: Final = timedelta(days=30)
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class AgencyError(ValueError):
    """An agency that cannot be registered or is not known; the message says why."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An authority that is handed exports, and how many rows of them in 30 days."""

    agency_id: int
    name: str
    title: str
    rows_per_30_days: int


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose an API key is, and for what."""

    agency: Agency
    purpose: str


async def insert_agency(
    connection: Connection, name: str, title: str, *, rows_per_30_days: int, now: datetime
) -> int:
    """Register an agency; raises AgencyError for a wrong name or one that is taken."""
    if not NAME.fullmatch(name):
        raise AgencyError(f"{name!r} is no name: a-z, 0-9, dot, hyphen and underscore, at most 64")
    agency_id = await connection.fetchval(QUERIES["insert_agency"], name, title, rows_per_30_days, now)
    if agency_id is None:
        raise AgencyError(f"there is an agency {name} already")
    return int(agency_id)


async def fetch_agency(connection: Connection, name: str) -> Agency:
    """The agency of that name; raises AgencyError where there is none."""
    row = await connection.fetchrow(QUERIES["fetch_agency"], name)
    if row is None:
        raise AgencyError(f"there is no agency {name}: `dunwatch agencies add` registers it")
    return Agency(**row)


async def fetch_binding(connection: Connection, key_id: str) -> Binding | None:
    """Whose a key is, None for one of no agency."""
    row = await connection.fetchrow(QUERIES["fetch_binding"], key_id)
    if row is None:
        return None
    *agency, purpose = row
    return Binding(Agency(*agency), purpose)


async def list_agencies(connection: Connection, now: datetime) -> list[tuple[Agency, int]]:
    """All agencies, and how many rows each was handed in the last 30 days."""
    rows = await connection.fetch(QUERIES["list_agencies"], now - QUOTA_PERIOD)
    return [(Agency(*agency), handed) for *agency, handed in rows]


async def set_quota(connection: Connection, name: str, rows_per_30_days: int) -> None:
    """Change how many rows an agency may be handed in 30 days; raises AgencyError where there is none."""
    if await connection.fetchval(QUERIES["set_quota"], name, rows_per_30_days) is None:
        raise AgencyError(f"there is no agency {name}")
