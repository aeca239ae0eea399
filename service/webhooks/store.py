"""Webhooks in PostgreSQL: one typed function a query."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from service.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook, its address and secret still sealed."""

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
    """Register a webhook; False when there are `at_most` already."""
    new = await connection.fetchval(QUERIES["insert_webhook"], reporter, webhook_id, sealed, now, at_most)
    return new is not None


async def list_webhooks(connection: Connection, reporter: bytes) -> list[WebhookRow]:
    """A reporter's webhooks, oldest first."""
    return [WebhookRow(**row) for row in await connection.fetch(QUERIES["list_webhooks"], reporter)]


async def delete_webhook(connection: Connection, reporter: bytes, webhook_id: UUID) -> bool:
    """Forget a webhook and what waits for it; False when there is none."""
    return await connection.fetchval(QUERIES["delete_webhook"], reporter, webhook_id) is not None


async def insert_messages(connection: Connection, reporter: bytes, body: str, *, now: datetime) -> int:
    """Put a message in line for each of a reporter's webhooks; gives how many."""
    return len(await connection.fetch(QUERIES["insert_messages"], reporter, body, now))


async def insert_message(
    connection: Connection, reporter: bytes, webhook_id: UUID, *, body: str, now: datetime
) -> UUID | None:
    """Put a message in line for one webhook; gives its id, None when there is no such webhook that is called."""
    message_id: UUID | None = await connection.fetchval(
        QUERIES["insert_message"], reporter, webhook_id, body, now
    )
    return message_id


async def claim_messages(
    connection: Connection, *, now: datetime, until: datetime, at_most: int
) -> list[MessageRow]:
    """Take messages that are to be tried; they come up again at `until` unless they are settled."""
    rows = await connection.fetch(QUERIES["claim_messages"], now, until, at_most)
    return [MessageRow(**row) for row in rows]


async def settle_message(
    connection: Connection, message: MessageRow, result: str, *, next_at: datetime, ended_at: datetime | None
) -> None:
    """Note what became of a try."""
    await connection.execute(
        QUERIES["settle_message"], message.reporter, message.message_id, result, next_at, ended_at
    )


async def disable_webhook(
    connection: Connection, reporter: bytes, webhook_id: UUID, *, now: datetime
) -> None:
    """Call a webhook no more."""
    await connection.execute(QUERIES["disable_webhook"], reporter, webhook_id, now)


async def delete_old_messages(connection: Connection, ended_before: datetime) -> None:
    """Forget messages that ended before a moment."""
    await connection.execute(QUERIES["delete_old_messages"], ended_before)
