"""Copies the ledger, page by page, into the form that `dunwatch verify --log` checks."""

from service.database import Connection
from service.ledger.store import list_checkpoints, list_entries
from service.ledger.verify import (
    CheckpointFile,
    CheckpointRow,
    EntryLine,
    render_checkpoints,
    render_entries,
)

PAGE = 5000


async def copy_ledger(connection: Connection) -> tuple[bytes, bytes]:
    """Return the contents of `entries.ndjson` and `checkpoints.json`."""
    lines: list[EntryLine] = []
    while page := await list_entries(connection, len(lines), at_most=PAGE):
        lines += [EntryLine(one.place, one.entry, one.leaf_hash.hex()) for one in page]
    rows = [CheckpointRow(one.size, one.note) for one in await list_checkpoints(connection)]
    return render_entries(lines), render_checkpoints(CheckpointFile(tuple(rows)))
