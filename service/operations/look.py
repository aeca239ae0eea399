"""Looks at the whole service for an administrator: some seconds are kept, and no part that hangs hides the others."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from service.agencies.store import list_agencies
from service.database import Database, DatabaseUnavailableError
from service.days import CHINA, date_of, day_of
from service.disputes.store import count_open_disputes
from service.edge.api_keys import KeyRow, list_keys
from service.edge.shared import Shared
from service.ledger.sign import Notary
from service.ledger.watch import LedgerWatch
from service.models.shelf import ModelShelf
from service.operations import judge, store
from service.operations.refusals import refused_on
from service.operations.schemas import AgencyShown, KeyShown, OperationsView, Part, Queue, Refused, Today
from service.rules.facts import Text

KEPT: Final = timedelta(seconds=5)
ASKING_SECONDS: Final = 3.0  # a database that has not answered by then is away
_FROM_DATABASE: Final = ("queues", "today", "keys", "agencies")


class Replica(Protocol):
    """What is asked of this host's replica."""

    @property
    def is_ready(self) -> bool:
        """Whether there is one to answer from."""

    @property
    def age_seconds(self) -> float:
        """How old it is."""

    def refresh(self) -> int:
        """Look at the disk."""


class Surroundings(NamedTuple):
    """What is looked at."""

    database: Database
    replica: Replica
    models: ModelShelf
    ledger: LedgerWatch
    notary: Notary
    metrics_dir: Path
    stale_after_seconds: float


class _Found(NamedTuple):
    """What the database said."""

    state: str
    parts: list[Part]
    queues: list[Queue] | None = None
    today: Today | None = None
    keys: list[KeyShown] | None = None
    agencies: list[AgencyShown] | None = None


class OperationsWatch:
    """How the service is, as one process saw it some seconds ago."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._shared: Shared[OperationsView] = Shared()
        self._view: OperationsView | None = None

    async def get(self, now: Callable[[], datetime]) -> OperationsView:
        """Return how the service is; it never fails because a part of it does."""
        if self._view is not None and now() - self._view.as_of < KEPT:
            return self._view
        return await self._shared.get(lambda: self._look(now()))

    async def _look(self, now: datetime) -> OperationsView:
        around = self._around
        today = now.astimezone(CHINA).date()
        found, refused = await asyncio.gather(
            self._ask(now), asyncio.to_thread(refused_on, around.metrics_dir, today)
        )
        around.replica.refresh()
        is_ready, age = around.replica.is_ready, around.replica.age_seconds
        replica = judge.judged_replica(
            is_ready=is_ready, is_stale=age > around.stale_after_seconds, age_seconds=age, now=now
        )
        model = judge.judged_model(around.models.version)
        self._view = OperationsView(
            as_of=now,
            works=judge.what_works(lookups=is_ready, database=found.state),
            unavailable=list(_FROM_DATABASE) if found.queues is None else [],
            parts=judge.in_order([judge.judged_database(found.state), replica, model, *found.parts]),
            queues=found.queues,
            today=found.today,
            refusals=[Refused(code=code, count=count) for code, count in refused.counts],
            refusals_since=refused.since,
            keys=found.keys,
            agencies=found.agencies,
        )
        return self._view

    async def _ask(self, now: datetime) -> _Found:
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                found = await self._read(now)
        except (DatabaseUnavailableError, TimeoutError):
            return _Found("away", [_unknown(name) for name in ("ledger", "upkeep", "purge", "backup")])
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                ledger = await self._around.ledger.state(self._around.database, self._around.notary, now)
        except (DatabaseUnavailableError, TimeoutError):
            return found._replace(parts=[_unknown("ledger"), *found.parts])
        return found._replace(parts=[judge.judged_ledger(ledger.altered, ledger.looked_at), *found.parts])

    async def _read(self, now: datetime) -> _Found:
        midnight = datetime.combine(now.astimezone(CHINA).date(), time.min, CHINA)
        database = self._around.database
        async with database.connection() as connection:
            await self._around.models.look(connection)
            takes_writes = await database.takes_writes(connection)
            disputes = await count_open_disputes(connection, date_of(day_of(now)))
            queues = [
                judge.judged_queue(row, now, overdue=disputes.overdue if row.queue == "disputes" else None)
                for row in await store.list_queues(connection, now)
            ]
            today = await store.count_today(connection, midnight)
            begun = await store.list_begun(connection)
            agencies = await list_agencies(connection, now)
            titles = {agency.agency_id: agency.title for agency, _ in agencies}
            keys = [_key(row, titles, now) for row in await list_keys(connection)]
        return _Found(
            state="ok" if takes_writes else "refused",
            parts=judge.judged_chores(begun, now),
            queues=queues,
            today=Today(since=midnight, sign_ups=today.sign_ups, reports=today.reports),
            keys=keys,
            agencies=[
                AgencyShown(
                    name=one.name, title=one.title, rows_per_30_days=one.rows_per_30_days, rows_received=rows
                )
                for one, rows in agencies
            ],
        )


def _unknown(name: str) -> Part:
    text = Text(zh="数据库没有应答，不知道", en="It is not known while the database does not answer.")
    return Part(name=name, state="unknown", text=text)


def _key(row: KeyRow, titles: dict[int, str], now: datetime) -> KeyShown:
    is_expired = row.expires_at is not None and row.expires_at <= now
    return KeyShown(
        key_id=row.key_id,
        label=row.label,
        scopes=row.scopes,
        agency=titles.get(row.agency_id) if row.agency_id is not None else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
        state="revoked" if row.revoked_at else "expired" if is_expired else "valid",
    )
