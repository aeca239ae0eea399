"""How tests have exports written: approved at once, by a worker in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from service.database import Database
from service.exports.schemas import ExportDecision, ExportRequest
from service.exports.store import Recipient, decide_export, insert_export
from service.exports.worker import run_exports
from service.metrics import Metrics
from service.secrets import KeyRing
from service.settings import Settings


@asynccontextmanager
async def exporting(
    database: Database, settings: Settings, keys: KeyRing, metrics: Metrics | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker at work; it is stopped at the end."""
    stop = asyncio.Event()
    metrics = metrics or Metrics(CollectorRegistry())
    running = asyncio.create_task(run_exports(database, settings, keys, metrics, stop=stop))
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def new_export(
    database: Database, request: ExportRequest, recipient: Recipient, *, now: datetime
) -> UUID:
    """An export that was asked for and approved."""
    export_id = uuid4()
    async with database.connection() as connection:
        await insert_export(connection, export_id, request, key_id="a-key", recipient=recipient, now=now)
        decision = ExportDecision(decision="approved", reason="test")
        await decide_export(connection, export_id, decision, by="somebody", now=now)
    return export_id
