"""Finds reporters who count as one, and counts what they reported anew: what sign-up alone could not see."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ml.clusters import Account, Contact, link_reporters
from ml.trust import UNSCORED_KINDS
from service.database import Connection, Database
from service.reports import store
from service.reports.reporters import reporter_id
from service.reports.store import AccountRow, ContactRow

CONTACTS_OF = timedelta(days=365)
MOVED_AT_ONCE = 100


async def link_all(database: Database, now: datetime) -> int:
    """Link all accounts by device, network, sign-up surge and co-reporting; gives how many moved to another cluster.

    Nothing is remembered: who is linked by what is known now is one, and who no longer is, is not.
    """
    async with database.connection() as connection:
        accounts = await store.list_accounts(connection)
        contacts = await store.list_contacts(connection, now - CONTACTS_OF)
    clusters = await asyncio.to_thread(_clusters, accounts, contacts)
    moved = [
        (account.reporter, cluster)
        for account in accounts
        if (cluster := clusters[reporter_id(account.reporter)]) != account.cluster
    ]
    for start in range(0, len(moved), MOVED_AT_ONCE):
        part = dict(moved[start : start + MOVED_AT_ONCE])

        async def work(connection: Connection, part: Mapping[bytes, int] = part) -> None:
            await _move(connection, part, now)

        await database.in_transaction(work)
    return len(moved)


def _clusters(accounts: Sequence[AccountRow], contacts: Sequence[ContactRow]) -> dict[int, int]:
    places: dict[str, int] = {}
    return link_reporters(
        [
            Account(
                reporter_id(one.reporter),
                one.signed_up_at,
                None if one.device is None else str(one.device),
                None if one.network is None else str(one.network),
            )
            for one in accounts
        ],
        (
            Contact(places.setdefault(one.number, len(places)), reporter_id(one.reporter), one.at)
            for one in contacts
        ),
    )


async def _move(connection: Connection, cluster_of: Mapping[bytes, int], now: datetime) -> None:
    """Put reporters into other clusters, with all they ever reported."""
    await store.lock_reporters(connection, list(cluster_of), now)
    await store.move_reporters(connection, cluster_of)
    for number, kind, cluster in await store.move_reports(connection, cluster_of):
        await store.recompute_signals(connection, number, cluster)
        if kind not in UNSCORED_KINDS:
            await store.mark_changed(connection, number)
