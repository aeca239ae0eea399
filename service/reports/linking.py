"""Finds reporters who count as one, and recomputes what they reported: sign-up alone cannot recognise them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ml.people.clusters import Account, ReportTime, largest_share, link_reporters
from service.database import Connection, Database
from service.ids import reporter_id
from service.reports import store
from service.reports.store import AccountRow

CONTACTS_OF = timedelta(days=365)
MOVED_AT_ONCE = 100
DAY_SECONDS = 86_400


class Linked(NamedTuple):
    """The result of linking."""

    moved: int  # reporters now in another cluster
    largest_share: float  # of all reporters, in the largest cluster


async def link_all(database: Database, now: datetime) -> Linked:
    """Link all accounts by device, network, sign-up surge and co-reporting.

    Links are computed from what is known now alone: accounts that nothing links any more are separated again.
    """
    async with database.connection() as connection, connection.transaction():
        rows = [row async for row in store.stream_accounts(connection)]
        contacts = await _read_contacts(connection, now - CONTACTS_OF)
    clusters = await asyncio.to_thread(_clusters, rows, contacts, now)
    moved = [
        (row.reporter, cluster)
        for row in rows
        if (cluster := clusters[reporter_id(row.reporter)]) != row.cluster
    ]
    for start in range(0, len(moved), MOVED_AT_ONCE):
        part = dict(moved[start : start + MOVED_AT_ONCE])

        async def work(connection: Connection, part: Mapping[bytes, int] = part) -> None:
            await _move(connection, part, now)

        await database.in_transaction(work)
    return Linked(len(moved), largest_share(clusters))


async def _read_contacts(connection: Connection, since: datetime) -> list[ReportTime]:
    """Return contacts with small numbers in place of texts: a year of them takes most of the memory of linking."""
    places: dict[str, int] = {}
    return [
        ReportTime(places.setdefault(row.number, len(places)), reporter_id(row.reporter), row.at)
        async for row in store.stream_contacts(connection, since)
    ]


def _clusters(rows: Sequence[AccountRow], contacts: Sequence[ReportTime], now: datetime) -> dict[int, int]:
    accounts = [
        Account(
            reporter_id(row.reporter),
            row.signed_up_at,
            None if row.device is None else str(row.device),
            None if row.network is None else str(row.network),
            row.standing.is_seasoned(account_days=(now.timestamp() - row.signed_up_at) / DAY_SECONDS),
        )
        for row in rows
    ]
    return link_reporters(accounts, contacts)


async def _move(connection: Connection, cluster_of: Mapping[bytes, int], now: datetime) -> None:
    """Move reporters, with everything they ever reported, to other clusters."""
    await store.lock_reporters(connection, list(cluster_of), now)
    await store.move_reporters(connection, cluster_of)
    await store.recount(connection, await store.move_reports(connection, cluster_of))
