"""Webhooks in PostgreSQL: one typed function per query."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook, its address and secret encrypted."""

    webhook_id: UUID
    sealed: bytes
    created_at: datetime
    disabled_at: datetime | None
    last_result: str | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message to be tried now, for the `tries`-th time."""

    reporter: bytes
    message_id: UUID
    webhook_id: UUID
    body: str
    tries: int
    sealed: bytes


async def insert_webhook(
    connection: Connection, reporter: bytes, webhook_id: UUID, *, sealed: bytes, now: datetime, at_most: int
) -> bool:
    """Store a webhook; return False if the reporter already has `at_most`."""
    new = await connection.fetchval(QUERIES["insert_webhook"], reporter, webhook_id, sealed, now, at_most)
    return new is not None


async def list_webhooks(connection: Connection, reporter: bytes) -> list[WebhookRow]:
    """Return a reporter's webhooks, the oldest first."""
    return [WebhookRow(**row) for row in await connection.fetch(QUERIES["list_webhooks"], reporter)]


async def delete_webhook(connection: Connection, reporter: bytes, webhook_id: UUID) -> bool:
    """Delete a webhook and the messages that wait for it; return False if there is no such webhook."""
    return await connection.fetchval(QUERIES["delete_webhook"], reporter, webhook_id) is not None


async def insert_messages(connection: Connection, reporter: bytes, body: str, *, now: datetime) -> int:
    """Queue a message for each of a reporter's webhooks; return how many there are."""
    return len(await connection.fetch(QUERIES["insert_messages"], reporter, body, now))


async def insert_message(
    connection: Connection, reporter: bytes, webhook_id: UUID, *, body: str, now: datetime
) -> UUID | None:
    """Queue a message for one webhook; return its id, or None if no such webhook is in use."""
    message_id: UUID | None = await connection.fetchval(
        QUERIES["insert_message"], reporter, webhook_id, body, now
    )
    return message_id


async def claim_messages(
    connection: Connection, *, now: datetime, until: datetime, at_most: int
) -> list[MessageRow]:
    """Claim the messages to try now; they become due again at `until` unless they are settled."""
    rows = await connection.fetch(QUERIES["claim_messages"], now, until, at_most)
    return [MessageRow(**row) for row in rows]


async def settle_message(
    connection: Connection, message: MessageRow, result: str, *, next_at: datetime, ended_at: datetime | None
) -> None:
    """Store the result of an attempt."""
    await connection.execute(
        QUERIES["settle_message"], message.reporter, message.message_id, result, next_at, ended_at
    )


async def disable_webhook(
    connection: Connection, reporter: bytes, webhook_id: UUID, *, now: datetime
) -> None:
    """Switch a webhook off."""
    await connection.execute(QUERIES["disable_webhook"], reporter, webhook_id, now)


async def delete_old_messages(connection: Connection, ended_before: datetime) -> None:
    """Delete messages that ended before a moment."""
    await connection.execute(QUERIES["delete_old_messages"], ended_before)
