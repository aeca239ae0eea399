"""Removes the files of exports that were kept long enough."""

import asyncio
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from service.database import Connection, Database
from service.exports.handed import HANDED_PREFIX
from service.exports.store import expire_exports, list_states
from service.exports.write import DRAFT_PREFIX
from service.ledger.entry import Action, Entry
from service.ledger.store import append

UUID_LENGTH = 36
ENDED = frozenset({"done", "failed", "expired"})

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
    await _clear(database, exports_dir)
    if expired:
        log.info("exports expired", exports=len(expired))


async def _clear(database: Database, exports_dir: Path) -> None:
    """Remove the files of expired exports, and what a worker left that was killed once its export was recorded."""
    directories = await asyncio.to_thread(_exports_in, exports_dir, "")
    kept_rows = await asyncio.to_thread(_exports_in, exports_dir, HANDED_PREFIX)
    drafts = await asyncio.to_thread(_exports_in, exports_dir, DRAFT_PREFIX)
    async with database.connection() as connection:
        states = await list_states(connection, [*directories, *kept_rows, *drafts])
    useless = [
        path for export_id, path in directories.items() if states.get(export_id) in ("expired", "failed")
    ]
    useless += [path for export_id, path in drafts.items() if states.get(export_id) in ENDED]
    for directory in useless:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
    for export_id, file in kept_rows.items():
        if states.get(export_id) in ENDED:
            file.unlink(missing_ok=True)


def _exports_in(directory: Path, prefix: str) -> dict[UUID, Path]:
    """What a directory holds of exports under names that begin so, by the ids of the exports."""
    found = {}
    for path in directory.glob(f"{prefix}*-*"):
        with suppress(ValueError):
            found[UUID(path.name.removeprefix(prefix)[:UUID_LENGTH])] = path
    return found
