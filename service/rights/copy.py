"""A copy of everything that is stored about a reporter or an owner, written slice by slice: people may have many rows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import orjson

from ml.words import VIOLATIONS
from service.cases.sealing import unseal_case, unseal_event
from service.database import Connection
from service.disputes import owners
from service.disputes.dispute import unseal_statement
from service.disputes.store import StatementRow
from service.evidence.labels import unseal_labels
from service.reports import intake
from service.rights import store
from service.rights.me import require_account
from service.rights.store import Rows
from service.secrets import KeyRing
from service.webhooks.register import unseal_destination

Row = dict[str, Any]
Slices = AsyncIterator[tuple[str, Rows]]


async def write_reporter(
    file: IO[bytes], connection: Connection, keys: KeyRing, reporter: bytes, *, made_at: datetime
) -> None:
    """Write every stored row about a reporter, by table, with encrypted values decrypted. Needs a transaction."""
    _begin(file, "reporter", made_at)
    await _write_tables(file, _of_reporter(connection, reporter), keys)


async def write_owner(
    file: IO[bytes], connection: Connection, keys: KeyRing, pseudonym: bytes, *, made_at: datetime
) -> None:
    """Write every stored row about an owner, and what was published about the number while it was the owner's."""
    owner = await owners.require_owner(connection, pseudonym)
    _begin(file, "owner", made_at)
    await _write_tables(file, store.stream_owner_tables(connection, owner), keys)


async def _of_reporter(connection: Connection, reporter: bytes) -> Slices:
    yield "reporters", [await require_account(connection, reporter)]
    async for table, rows in store.stream_reporter_tables(connection, reporter):
        yield table, rows


def _begin(file: IO[bytes], subject: str, made_at: datetime) -> None:
    moment = orjson.dumps(made_at, option=orjson.OPT_UTC_Z)
    file.write(b'{"subject":"%s","made_at":%s,"tables":{' % (subject.encode(), moment))


async def _write_tables(file: IO[bytes], slices: Slices, keys: KeyRing) -> None:
    """Write slices as they come, each in the list of its table, and the end of the document."""
    table = ""
    is_empty = True
    async for name, rows in slices:
        if name != table:
            file.write(b'%s"%s":[' % (b"]," if table else b"", name.encode()))
            table, is_empty = name, True
        for row in rows:
            _make_readable(row, keys, table)
        if rows:
            file.write((b"" if is_empty else b",") + orjson.dumps(rows, default=_as_text)[1:-1])
            is_empty = False
    file.write(b"]}}")


def _make_readable(row: Row, keys: KeyRing, table: str) -> None:
    """Decrypt a row in place, and name its violations."""
    if table in _UNSEALED:
        row["sealed"] = _UNSEALED[table](row, keys)
    if table == "disputes":
        row.pop("decided_by")
    if row.get("violations") is not None:
        row["violations"] = [VIOLATIONS[position] for position in row["violations"]]


def _statement(row: Row, keys: KeyRing) -> object:
    statement = StatementRow(row["position"], row["recorded_at"], row["sealed"])
    return unseal_statement(statement, keys, row["dispute_id"])


#: Tables with an encrypted column -> what it says.
_UNSEALED: dict[str, Callable[[Row, KeyRing], object]] = {
    "reports": lambda row, keys: intake.unseal(row["sealed"], keys, row["report_id"]),
    "report_supplements": lambda row, keys: intake.unseal(row["sealed"], keys, row["report_id"]),
    "evidence": lambda row, keys: asdict(unseal_labels(row["sealed"], keys, row["evidence_id"])),
    "evidence_uploads": lambda row, keys: asdict(unseal_labels(row["sealed"], keys, row["upload_id"])),
    "cases": lambda row, keys: asdict(unseal_case(row["sealed"], keys, row["case_id"])),
    "case_events": lambda row, keys: asdict(unseal_event(row["sealed"], keys, row["case_id"])),
    "webhooks": lambda row, keys: {"url": unseal_destination(row["sealed"], keys, row["webhook_id"]).url},
    "dispute_statements": _statement,
}


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):  # asyncpg's own subclass, which orjson does not know
        return str(value)
    raise TypeError(type(value).__name__)
