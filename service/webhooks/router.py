"""Webhooks over HTTP: a reporter registers, lists, tests and removes them."""

from typing import Final
from uuid import uuid4

import orjson
from fastapi import APIRouter, Request, Response

from service.database import ANSWER_SECONDS, Connection
from service.edge.access import RateLimit
from service.edge.context import Context, context_of, count_request
from service.edge.declared import raises
from service.edge.parameters import WebhookId
from service.edge.problems import LIMIT_REACHED, NOT_FOUND, WEBHOOK_REFUSED, ProblemError
from service.reports.reporters import ReporterPseudonym, require_reporter
from service.webhooks import store
from service.webhooks.register import (
    Destination,
    check_address,
    new_secret,
    seal_destination,
    unseal_destination,
)
from service.webhooks.schemas import NewlyMadeWebhook, NewWebhook, Webhook, Webhooks

MOST_WEBHOOKS: Final = 5
TESTS_AN_HOUR: Final = RateLimit("webhook-tests", 20, 3600)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post("", status_code=201, summary="Register a webhook for reminders · 登记接收提醒的 Webhook")
@raises(LIMIT_REACHED, WEBHOOK_REFUSED)
async def create_webhook(
    wanted: NewWebhook, request: Request, pseudonym: ReporterPseudonym
) -> NewlyMadeWebhook:
    """The secret is shown only this once. Private and special addresses are refused, now and at every call."""
    context = context_of(request)
    count_request(request, TESTS_AN_HOUR, pseudonym.hex())
    async with context.database.connection() as connection:
        await require_reporter(connection, pseudonym)  # before a name is looked up for anybody
    await check_address(wanted.url, allow_private=context.settings.webhook_allow_private)
    webhook_id, now = uuid4(), context.now()
    destination = Destination(wanted.url, new_secret())
    sealed = seal_destination(destination, context.keys, webhook_id)

    async def work(connection: Connection) -> None:
        is_new = await store.insert_webhook(
            connection, pseudonym, webhook_id, sealed=sealed, now=now, at_most=MOST_WEBHOOKS
        )
        if not is_new:
            raise ProblemError(LIMIT_REACHED, limit=MOST_WEBHOOKS)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return NewlyMadeWebhook(
        webhook_id=webhook_id,
        url=wanted.url,
        created_at=now,
        disabled_at=None,
        last_result=None,
        secret=destination.secret,
    )


@router.get("", summary="List your own webhooks · 列出自己的 Webhook")
async def list_webhooks(request: Request, pseudonym: ReporterPseudonym) -> Webhooks:
    """The answer lists the reporter's own webhooks without their secrets, the oldest first."""
    context = context_of(request)
    async with context.database.connection() as connection:
        await require_reporter(connection, pseudonym)
        rows = await store.list_webhooks(connection, pseudonym)
    return Webhooks(webhooks=[_shown(context, row) for row in rows])


@router.post("/{webhook_id}/test", status_code=202, summary="Send a test message · 发送测试消息")
@raises(NOT_FOUND)
async def send_test_message(
    webhook_id: WebhookId, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """The message is sent within seconds; `last_result` of the webhook then says what became of it."""
    context = context_of(request)
    count_request(request, TESTS_AN_HOUR, pseudonym.hex())
    now = context.now()
    body = orjson.dumps({"type": "webhook.test", "timestamp": now.isoformat(), "data": {}}).decode()

    async def work(connection: Connection) -> None:
        await require_reporter(connection, pseudonym)
        if await store.insert_message(connection, pseudonym, webhook_id, body=body, now=now) is None:
            raise ProblemError(NOT_FOUND)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=202)


@router.delete("/{webhook_id}", status_code=204, summary="Remove a webhook · 删除 Webhook")
@raises(NOT_FOUND)
async def delete_webhook(webhook_id: WebhookId, request: Request, pseudonym: ReporterPseudonym) -> Response:
    """The webhook is no longer called, and messages that wait for it are discarded."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await require_reporter(connection, pseudonym)
        if not await store.delete_webhook(connection, pseudonym, webhook_id):
            raise ProblemError(NOT_FOUND)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


def _shown(context: Context, row: store.WebhookRow) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        url=unseal_destination(row.sealed, context.keys, row.webhook_id).url,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        last_result=row.last_result,
    )
