"""The rights of reporters and owners to restrict and to delete what is stored about them."""

import secrets
from datetime import datetime
from typing import Any

from service.database import Connection
from service.disputes import owners
from service.disputes.dispute import withdraw_own_dispute
from service.disputes.store import fetch_dispute
from service.edge.access import INVALID_TOKEN
from service.edge.problems import WRONG_KEY, ProblemError
from service.reports.reporters_store import lock_reporters
from service.reports.store import count_reporter_again, recount
from service.rights import store
from service.secrets import PSEUDONYM_BYTES


async def restrict(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Take a reporter's reports out of every count, but keep them. Needs a transaction; doing it twice is harmless."""
    await lock_reporters(connection, [reporter], now)
    if (await require_account(connection, reporter))["restricted_at"] is None:
        await recount(connection, await store.restrict_reporter(connection, reporter, now))


async def release(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Let a reporter's restricted reports count again. Needs a transaction; doing it twice is harmless."""
    await lock_reporters(connection, [reporter], now)
    restricted_at = (await require_account(connection, reporter))["restricted_at"]
    if restricted_at is None:
        return
    parts = await store.release_reporter(connection, reporter, restricted_at)
    for number in sorted({part.number for part in parts}):
        await count_reporter_again(connection, number, reporter)
    await recount(connection, parts)


async def erase_reporter(connection: Connection, reporter: bytes, now: datetime) -> None:
    """Take all reports out of every count, destroy personal data, and end the token. Needs a transaction."""
    await lock_reporters(connection, [reporter], now)
    await require_account(connection, reporter)
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


async def require_account(connection: Connection, reporter: bytes) -> dict[str, Any]:
    """Return every column of a reporter's account; raise wrong_key if there is none."""
    account = await store.fetch_reporter(connection, reporter)
    if account is None:
        raise ProblemError(WRONG_KEY, headers=INVALID_TOKEN)
    return account
