"""The rights of reporters and owners: a copy of everything that is stored, restriction, deletion."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

from ml.words import VIOLATIONS
from service.cases.sealing import unseal_case, unseal_event
from service.database import Connection
from service.disputes import owners
from service.disputes.dispute import unseal_statement, withdraw_own_dispute
from service.disputes.store import StatementRow, fetch_dispute
from service.edge.access import INVALID_TOKEN
from service.edge.problems import WRONG_KEY, ProblemError
from service.reports import intake
from service.reports.store import count_reporter_again, lock_reporters, recount
from service.rights import store
from service.rights.store import Rows
from service.secrets import PSEUDONYM_BYTES, KeyRing
from service.webhooks.register import unseal_destination


async def copy_reporter(connection: Connection, keys: KeyRing, reporter: bytes) -> Mapping[str, Rows]:
    """Return every stored row about a reporter, by table, with encrypted values decrypted."""
    tables = {"reporters": [await _account(connection, reporter)]}
    tables |= await store.fetch_reporter_tables(connection, reporter)
    for row in [*tables["reports"], *tables["report_supplements"]]:
        row["sealed"] = intake.unseal(row["sealed"], keys, row["report_id"])
    for row in tables["cases"]:
        row["sealed"] = asdict(unseal_case(row["sealed"], keys, row["case_id"]))
    for row in tables["case_events"]:
        row["sealed"] = asdict(unseal_event(row["sealed"], keys, row["case_id"]))
    for row in tables["webhooks"]:
        row["sealed"] = {"url": unseal_destination(row["sealed"], keys, row["webhook_id"]).url}
    return _readable(tables)


async def copy_owner(connection: Connection, keys: KeyRing, pseudonym: bytes) -> Mapping[str, Rows]:
    """Return every stored row about an owner, and what was published about the number while it was the owner's."""
    owner = await owners.require_owner(connection, pseudonym)
    tables = await store.fetch_owner_tables(connection, owner)
    for row in tables["dispute_statements"]:
        statement = StatementRow(row["position"], row["recorded_at"], row["sealed"])
        row["sealed"] = unseal_statement(statement, keys, row["dispute_id"])
    for row in tables["disputes"]:
        row.pop("decided_by")
    return _readable(tables)


async def restrict(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Take a reporter's reports out of every count, but keep them. Needs a transaction; doing it twice is harmless."""
    await lock_reporters(connection, [reporter], now)
    if (await _account(connection, reporter))["restricted_at"] is None:
        await recount(connection, await store.restrict_reporter(connection, reporter, now))


async def release(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Let a reporter's restricted reports count again. Needs a transaction; doing it twice is harmless."""
    await lock_reporters(connection, [reporter], now)
    restricted_at = (await _account(connection, reporter))["restricted_at"]
    if restricted_at is None:
        return
    parts = await store.release_reporter(connection, reporter, restricted_at)
    for number in sorted({part.number for part in parts}):
        await count_reporter_again(connection, number, reporter)
    await recount(connection, parts)


async def erase_reporter(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Take all reports out of every count, destroy personal data, and end the token. Needs a transaction."""
    await lock_reporters(connection, [reporter], now)
    await _account(connection, reporter)
    stranger = secrets.token_bytes(PSEUDONYM_BYTES)
    await recount(connection, await store.delete_reporter(connection, reporter, stranger=stranger, now=now))


async def erase_owner(connection: Connection, pseudonym: bytes, now: datetime) -> None:
    """Withdraw open disputes, destroy their statements, and end the token. Needs a transaction."""
    await owners.require_owner(connection, pseudonym)
    for dispute_id in await store.lock_own_disputes(connection, pseudonym):
        dispute = await fetch_dispute(connection, dispute_id)
        if dispute is not None and dispute.state == "open":
            await withdraw_own_dispute(connection, dispute, now)
    await store.delete_owner(connection, pseudonym)


async def _account(connection: Connection, reporter: bytes) -> dict[str, Any]:
    account = await store.fetch_reporter(connection, reporter)
    if account is None:
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)
    return account


def _readable(tables: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """Return the rows as JSON: violations by their ids, bytes as hexadecimal digits."""
    for row in chain.from_iterable(tables.values()):
        if row.get("violations") is not None:
            row["violations"] = [VIOLATIONS[position] for position in row["violations"]]
    readable: Mapping[str, Rows] = orjson.loads(orjson.dumps(tables, default=_as_text))
    return readable


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):  # asyncpg's own subclass, which orjson does not know
        return str(value)
    raise TypeError(type(value).__name__)
