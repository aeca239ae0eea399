"""Reporters in PostgreSQL: their accounts, clusters and proofs of work."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ml.people.standing import Standing
from ml.trust import INFLUENCE_DAYS
from service.database import Connection
from service.reports.store import PREFETCH, QUERIES, READING_SECONDS, ClusterPart, first_id

MOST_COUNTED = 2000  # numbers; each report weighs next to nothing by then, and counting on would cost


@dataclass(frozen=True, slots=True)
class Reporter:
    """A reporter: the cluster, how earlier reports turned out, and how many numbers were reported lately."""

    cluster: int
    standing: Standing
    created_at: datetime
    is_restricted: bool  # the reports must not be used
    recent_numbers: int  # without the next one, within ml.trust.INFLUENCE_DAYS; counted up to MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Links:
    """What may link a new reporter to others, as keyed hashes."""

    network: int
    device: int | None


class AccountRow(NamedTuple):
    """A reporter's account; times in seconds since 1970-01-01, links as keyed hashes."""

    reporter: bytes
    signed_up_at: int
    device: int | None
    network: int | None
    cluster: int
    standing: Standing


class ContactRow(NamedTuple):
    """A reporter's report of a number at a time, in seconds since 1970-01-01."""

    number: str
    reporter: bytes
    at: int


async def insert_reporter(
    connection: Connection, pseudonym: bytes, links: Links, now: datetime, *, cluster: int
) -> None:
    """Register a reporter in the cluster of the oldest one with the same device or network, else in `cluster`."""
    await connection.execute(QUERIES["lock_network"], links.network)
    await connection.execute(QUERIES["insert_reporter"], pseudonym, links.network, links.device, cluster, now)


async def is_reporter(connection: Connection, pseudonym: bytes) -> bool:
    """Return whether there is such a reporter and it is not revoked."""
    return bool(await connection.fetchval(QUERIES["is_reporter"], pseudonym))


async def is_session_good(connection: Connection, pseudonym: bytes, begun_at: datetime) -> bool:
    """Return whether a reporter is not revoked, and has not ended all sessions since one began."""
    return bool(await connection.fetchval(QUERIES["is_session_good"], pseudonym, begun_at))


async def end_sessions(connection: Connection, pseudonym: bytes, now: datetime) -> None:
    """End all sessions of a reporter that began before now."""
    await connection.execute(QUERIES["end_sessions"], pseudonym, now)


async def is_restricted(connection: Connection, pseudonym: bytes) -> bool:
    """Return whether a reporter restricts the use of the reports."""
    return bool(await connection.fetchval(QUERIES["is_restricted"], pseudonym))


async def lock_reporters(
    connection: Connection, pseudonyms: Sequence[bytes], now: datetime
) -> dict[bytes, Reporter]:
    """Return reporters by pseudonym, locked until the transaction ends; unknown and revoked ones are missing."""
    since = first_id(now - timedelta(days=INFLUENCE_DAYS))
    await connection.execute(QUERIES["lock_reporters"], pseudonyms)
    rows = await connection.fetch(QUERIES["list_reporters"], pseudonyms, since, MOST_COUNTED)
    return {
        pseudonym: Reporter(
            cluster, Standing(confirmed, overturned), created_at, restricted_at is not None, recent_numbers
        )
        for pseudonym, cluster, confirmed, overturned, created_at, restricted_at, recent_numbers in rows
    }


async def stream_accounts(connection: Connection) -> AsyncIterator[AccountRow]:
    """Return all reporters, with what may link them; needs a transaction."""
    query = QUERIES["stream_accounts"]
    async for row in connection.cursor(query, prefetch=PREFETCH, timeout=READING_SECONDS):
        reporter, signed_up_at, device, network, cluster, confirmed, overturned = row
        yield AccountRow(
            reporter=reporter,
            signed_up_at=signed_up_at,
            device=device,
            network=network,
            cluster=cluster,
            standing=Standing(confirmed, overturned),
        )


async def stream_contacts(connection: Connection, since: datetime) -> AsyncIterator[ContactRow]:
    """Return who reported which number when, since a moment; needs a transaction."""
    query = QUERIES["stream_contacts"]
    async for row in connection.cursor(query, since, prefetch=PREFETCH, timeout=READING_SECONDS):
        yield ContactRow(*row)


async def move_reporters(connection: Connection, cluster_of: Mapping[bytes, int]) -> None:
    """Move reporters to other clusters."""
    await connection.execute(QUERIES["move_reporters"], list(cluster_of), list(cluster_of.values()))


async def move_reports(connection: Connection, cluster_of: Mapping[bytes, int]) -> list[ClusterPart]:
    """Move their reports as well; return the parts whose signals must be computed again."""
    rows = await connection.fetch(QUERIES["move_reports"], list(cluster_of), list(cluster_of.values()))
    return [ClusterPart(*row) for row in rows]


async def spend_challenge(connection: Connection, challenge: bytes, expires_at: datetime) -> bool:
    """Mark a proof of work as used; return False if it was used before."""
    return bool(await connection.fetchval(QUERIES["spend_challenge"], challenge, expires_at))


async def delete_spent_challenges(connection: Connection, now: datetime) -> None:
    """Delete used challenges that have expired."""
    await connection.execute(QUERIES["delete_spent_challenges"], now)
