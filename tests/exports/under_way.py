"""Exports under way in one database, as a test asks for them and sees them end."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from prometheus_client import CollectorRegistry

from service.agencies.store import insert_agency
from service.database import Database
from service.exports.schemas import ExportRequest
from service.exports.store import Recipient
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings
from tests.exports.exporting import exporting, new_export
from tests.waiting import until

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


class Exports:
    """Exports under way in one database, and workers for them."""

    def __init__(self, database: Database, settings: Settings, keys: KeyRing) -> None:
        self.database = database
        self.settings = settings
        self.metrics = Metrics(CollectorRegistry())
        self._keys = keys
        self._recipient: Recipient | None = None

    async def ask(self, request: ExportRequest, recipient: Recipient | None = None) -> UUID:
        """Ask for an export that is approved at once."""
        recipient = recipient or await self._agency()
        return await new_export(self.database, request, recipient, now=datetime.now(UTC))

    async def _agency(self) -> Recipient:
        """Who asks where nobody is named."""
        if self._recipient is None:
            async with self.database.connection() as connection:
                agency_id = await insert_agency(connection, "own", "某机构", rows_per_30_days=10**6, now=NOW)
            self._recipient = Recipient(agency_id, "own", "testing")
        return self._recipient

    async def handed(self) -> list[asyncpg.Record]:
        async with self.database.connection() as connection:
            return list(await connection.fetch("SELECT * FROM hand_overs ORDER BY handed_at, number, row_id"))

    def worker(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """A worker at work."""
        return exporting(self.database, self.settings, self._keys, self.metrics)

    async def row(self, export_id: UUID) -> asyncpg.Record:
        async with self.database.connection() as connection:
            return await connection.fetchrow("SELECT * FROM exports WHERE export_id = $1", export_id)

    async def until(self, export_id: UUID, state: str) -> asyncpg.Record:
        async def reached() -> asyncpg.Record | None:
            row = await self.row(export_id)
            return row if row["state"] == state else None

        return await until(reached)

    def directory(self, export_id: UUID) -> Path:
        return self.settings.exports_dir / str(export_id)

    def left(self) -> set[str]:
        return {path.name for path in self.settings.exports_dir.iterdir()}

    async def until_left(self, *export_ids: UUID) -> None:
        """Wait until no directories are there but these."""

        async def are_left() -> bool:
            return self.left() == set(map(str, export_ids))

        await until(are_left)
