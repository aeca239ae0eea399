"""Removes the files of exports whose retention time has passed."""

import asyncio
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from service.database import Connection, Database
from service.exports.handed import HANDED_NAME
from service.exports.store import expire_exports, lapse_exports, list_states
from service.exports.write import DRAFT_PREFIX
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry
from service.settings import Settings

UUID_LENGTH = 36
ENDED = frozenset({"done", "failed", "expired"})

log = structlog.get_logger()


async def expire(database: Database, settings: Settings, now: datetime) -> None:
    """End exports and requests whose time has passed, and remove the files of ended ones from this host.

    The database comes first: an export whose files are gone must not be reported as done. What a crash in between leaves
    behind is removed the next time, by the host that has it.
    """

    async def work(connection: Connection) -> int:
        expired = await expire_exports(connection, now)
        asked_before = now - timedelta(days=settings.export_request_days)
        lapsed = await lapse_exports(connection, asked_before=asked_before)
        for action, ended in ((Action.EXPIRED, expired), (Action.LAPSED, lapsed)):
            for export_id, agency in ended.items():
                await append_entry(
                    connection, Entry(action=action, at=now, export_id=export_id, agency=agency)
                )
        return len(expired) + len(lapsed)

    ended = await database.in_transaction(work)
    await _clear(database, settings.exports_dir)
    if ended:
        log.info("exports expired or lapsed", exports=ended)


async def _clear(database: Database, exports_dir: Path) -> None:
    """Remove the files of expired exports, and what a worker left behind that was killed after its export was recorded."""
    directories = await asyncio.to_thread(_exports_in, exports_dir, "")
    drafts = await asyncio.to_thread(_exports_in, exports_dir, DRAFT_PREFIX)
    async with database.connection() as connection:
        states = await list_states(connection, [*directories, *drafts])
    useless = [
        path for export_id, path in directories.items() if states.get(export_id) in ("expired", "failed")
    ]
    useless += [path for export_id, path in drafts.items() if states.get(export_id) in ENDED]
    for directory in useless:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
    for export_id, directory in directories.items():
        if states.get(export_id) == "done":
            (directory / HANDED_NAME).unlink(missing_ok=True)


def _exports_in(directory: Path, prefix: str) -> dict[UUID, Path]:
    """Return the entries of a directory whose names are `prefix` and the id of an export, by that id."""
    found = {}
    for path in directory.glob(f"{prefix}*-*"):
        with suppress(ValueError):
            found[UUID(path.name.removeprefix(prefix)[:UUID_LENGTH])] = path
    return found
