"""Sources of reports and imports of their files in PostgreSQL."""

import re
from dataclasses import dataclass
from datetime import datetime

from service.database import Connection
from service.reports.store import QUERIES

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
CROWD = "crowd"
SIMULATION = "simulation"  # of `dunwatch demo`, which vets it


class SourceNameError(ValueError):
    """A text that is not allowed as the name of a source."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of reports, and what one of its reports weighs."""

    source_id: int
    name: str
    weight: float
    simulated: bool
    vetting: str = "undecided"


@dataclass(frozen=True, slots=True)
class ImportRun:
    """The state of the import of one file."""

    lines_done: int
    stored: int
    repeated: int
    rejected: int
    finished_at: datetime | None


async def begin_import(
    connection: Connection, source_id: int, sha256: bytes, file_format: str, now: datetime
) -> ImportRun:
    """Start the import of a file, or continue an earlier one."""
    return ImportRun(
        **await connection.fetchrow(QUERIES["begin_import"], source_id, sha256, file_format, now)
    )


async def advance_import(
    connection: Connection, source_id: int, sha256: bytes, counts: tuple[int, int, int, int], *, before: int
) -> ImportRun | None:
    """Add the counts of a batch (lines, stored, repeated, rejected); return None unless `before` lines were done."""
    row = await connection.fetchrow(QUERIES["advance_import"], source_id, sha256, *counts, before)
    return ImportRun(**row) if row else None


async def finish_import(connection: Connection, source_id: int, sha256: bytes, now: datetime) -> ImportRun:
    """Mark an import as complete."""
    return ImportRun(**await connection.fetchrow(QUERIES["finish_import"], source_id, sha256, now))


async def lock_source(connection: Connection, source_id: int) -> None:
    """Become the only writer of a source until the transaction ends."""
    await connection.execute(QUERIES["lock_source"], source_id)


async def fetch_source(connection: Connection, name_or_id: str | int) -> Source | None:
    """Return a source by its name or id; None if there is none."""
    query = "fetch_source" if isinstance(name_or_id, str) else "fetch_source_by_id"
    row = await connection.fetchrow(QUERIES[query], name_or_id)
    return Source(**row) if row else None


async def has_reports(connection: Connection, source_id: int) -> bool:
    """Return whether anything was ever reported by a source; without any, reads all reports."""
    return bool(await connection.fetchval(QUERIES["has_reports"], source_id))


def require_source_name(name: str, *, simulated: bool = False) -> None:
    """Raise `SourceNameError` for a text that is no name for a source, or a name that is taken."""
    if not SOURCE_NAME.fullmatch(name):
        raise SourceNameError(
            f"{name!r} is no name for a source: a-z, 0-9, dot, hyphen and underscore, at most 64"
        )
    if name == CROWD:
        raise SourceNameError(f"{name!r} is the name of this service's own reporters: choose another")
    if name == SIMULATION and not simulated:
        raise SourceNameError(f"{name!r} is the name of the demonstration's source: choose another")


async def ensure_source(
    connection: Connection, name: str, *, weight: float, simulated: bool = False, concerns: str = "collection"
) -> Source:
    """Return the source of that name, which is registered if it is new; raises SourceNameError.

    Its reports concern `collection` calls, or `any` unwanted ones.
    """
    require_source_name(name, simulated=simulated)
    await connection.execute(QUERIES["insert_source"], name, weight, simulated, concerns)
    source = await fetch_source(connection, name)
    if source is None:
        raise LookupError(name)
    return source
