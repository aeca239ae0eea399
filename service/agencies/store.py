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
    """An agency that cannot be registered or is unknown; the message says why."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An authority that receives exports, and how many rows it may receive in 30 days."""

    agency_id: int
    name: str
    title: str
    rows_per_30_days: int


@dataclass(frozen=True, slots=True)
class Binding:
    """The agency that an API key is bound to, and the purpose."""

    agency: Agency
    purpose: str


async def insert_agency(
    connection: Connection, name: str, title: str, *, rows_per_30_days: int, now: datetime
) -> int:
    """Register an agency and return its id; raises AgencyError for a name that is not allowed or is taken."""
    if not NAME.fullmatch(name):
        raise AgencyError(
            f"{name!r} is not allowed as a name: a-z, 0-9, dot, hyphen and underscore, at most 64"
        )
    agency_id = await connection.fetchval(QUERIES["insert_agency"], name, title, rows_per_30_days, now)
    if agency_id is None:
        raise AgencyError(f"the agency {name} exists already")
    return int(agency_id)


async def fetch_agency(connection: Connection, name: str) -> Agency:
    """Return the agency of that name; raises AgencyError if there is none."""
    row = await connection.fetchrow(QUERIES["fetch_agency"], name)
    if row is None:
        raise AgencyError(f"there is no agency {name}: `dunwatch agencies add` registers one")
    return Agency(**row)


async def fetch_binding(connection: Connection, key_id: str) -> Binding | None:
    """Return the agency that a key is bound to; None if it is bound to none."""
    row = await connection.fetchrow(QUERIES["fetch_binding"], key_id)
    if row is None:
        return None
    *agency, purpose = row
    return Binding(Agency(*agency), purpose)


async def list_agencies(connection: Connection, now: datetime) -> list[tuple[Agency, int]]:
    """Return all agencies, and how many rows each received in the last 30 days."""
    rows = await connection.fetch(QUERIES["list_agencies"], now - QUOTA_PERIOD)
    return [(Agency(*agency), handed) for *agency, handed in rows]


async def set_quota(connection: Connection, name: str, rows_per_30_days: int) -> None:
    """Change how many rows an agency may receive in 30 days; raises AgencyError if there is no such agency."""
    if await connection.fetchval(QUERIES["set_quota"], name, rows_per_30_days) is None:
        raise AgencyError(f"there is no agency {name}")
