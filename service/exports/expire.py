"""Removes the files of exports that were kept long enough."""

import asyncio
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from service.database import Connection, Database
from service.exports.store import expire_exports, list_expired
from service.ledger.entry import Action, Entry
from service.ledger.store import append

log = structlog.get_logger()


async def expire(database: Database, exports_dir: Path, now: datetime) -> None:
    """End exports whose time is over, and remove the files of ended ones that lie on this host.

    The database first: an export whose files are gone must not be told as done. What a crash in between leaves
    is removed the next time, by the host that has it.
    """

    async def work(connection: Connection) -> dict[UUID, str]:
        expired = await expire_exports(connection, now)
        for export_id, agency in expired.items():
            entry = Entry(action=Action.EXPIRED, at=now, export_id=export_id, agency=agency)
            await append(connection, entry)
        return expired

    expired = await database.in_transaction(work)
    here = await asyncio.to_thread(_exports_in, exports_dir)
    async with database.connection() as connection:
        ended = await list_expired(connection, here)
    for export_id in ended:
        await asyncio.to_thread(shutil.rmtree, exports_dir / str(export_id), ignore_errors=True)
    if expired:
        log.info("exports expired", exports=len(expired))


def _exports_in(directory: Path) -> list[UUID]:
    found = []
    for path in directory.glob("*-*"):
        with suppress(ValueError):
            found.append(UUID(path.name))
    return found
