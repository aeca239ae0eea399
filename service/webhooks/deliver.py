"""Delivers waiting messages to webhooks: signed, retried for three days with growing pauses, then given up."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from service.database import Connection, Database, DatabaseUnavailableError
from service.host.pause import Outage, pause
from service.metrics import Metrics
from service.secrets import KeyRing
from service.webhooks import store
from service.webhooks.register import unseal_destination
from service.webhooks.send import DeliveryResult, Message, send
from service.webhooks.store import MessageRow

LOOK_SECONDS: Final = 1.0
AT_ONCE: Final = 16
LEASE: Final = timedelta(
    seconds=60
)  # longer than any attempt: a process that holds a message longer has died
KEPT_FOR: Final = timedelta(days=30)
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=24)
MOST_TRIES: Final = 9

log = structlog.get_logger()


def pause_after(tries: int) -> timedelta | None:
    """Return how long to wait after that many attempts; None to give up.

    30 s, 2 min, 8 min, 32 min, 2 h 8 min, 8 h 32 min, then a day each time: three days in total.
    """
    return None if tries >= MOST_TRIES else min(FIRST_PAUSE * 4 ** (tries - 1), LONGEST_PAUSE)


class Deliverer:
    """Delivers messages. Any number of them may run: each leases the messages that it tries."""

    def __init__(self, database: Database, keys: KeyRing, metrics: Metrics, *, allow_private: bool) -> None:
        self._database = database
        self._keys = keys
        self._metrics = metrics
        self._allow_private = allow_private

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver due messages until `stop` is set; PostgreSQL may come and go in the meantime."""
        outage = Outage("the database is unavailable; webhooks wait")
        while not stop.is_set():
            tried = 0
            try:
                tried = await self.deliver_due(datetime.now(UTC))
            except DatabaseUnavailableError as error:
                outage.tell(str(error))
            else:
                outage.end()
            if not tried:
                await pause(stop, LOOK_SECONDS)

    async def deliver_due(self, now: datetime) -> int:
        """Try the due messages, several receivers at once; return how many messages were tried."""

        async def claim(connection: Connection) -> list[MessageRow]:
            return await store.claim_messages(connection, now=now, until=now + LEASE, at_most=AT_ONCE)

        messages = await self._database.in_transaction(claim)
        await asyncio.gather(*(self._try(message, now) for message in messages))
        return len(messages)

    async def _try(self, message: MessageRow, now: datetime) -> None:
        result = await self._send(message, now)
        is_over = result.is_delivered or result.is_gone
        wait = None if is_over else pause_after(message.tries)

        async def settle(connection: Connection) -> None:
            ended_at = now if wait is None else None
            await store.settle_message(
                connection, message, result.code, next_at=now + (wait or LEASE), ended_at=ended_at
            )
            if result.is_gone:
                await store.disable_webhook(connection, message.reporter, message.webhook_id, now=now)

        await self._database.in_transaction(settle)
        self._metrics.webhook_tries.labels(_outcome(result, wait)).inc()

    async def _send(self, message: MessageRow, now: datetime) -> DeliveryResult:
        try:
            destination = unseal_destination(message.sealed, self._keys, message.webhook_id)
            return await send(
                destination.url,
                destination.secret,
                Message(message.message_id, message.body),
                now=now,
                allow_private=self._allow_private,
            )
        except Exception as error:  # one message must not hold up the others, nor end the process
            log.error("a webhook message could not be delivered", error=type(error).__name__)
            return DeliveryResult("failed")


async def forget_old(connection: Connection, now: datetime) -> None:
    """Delete messages a month after they were delivered or given up."""
    await store.delete_old_messages(connection, now - KEPT_FOR)


def _outcome(result: DeliveryResult, wait: timedelta | None) -> str:
    if result.is_delivered:
        return "delivered"
    return "failed" if wait else "given_up"
