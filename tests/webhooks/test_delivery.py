"""Messages are signed, tried again with growing pauses, and never follow where they are led."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from service.webhooks import addresses
from service.webhooks import send as sending
from service.webhooks.addresses import Target
from service.webhooks.deliver import FIRST_PAUSE, LEASE, MOST_TRIES, Deliverer, forget_old, pause_after
from service.webhooks.register import new_secret
from service.webhooks.send import DeliveryResult, Message, send
from service.webhooks.store import claim_messages
from tests.clients import Api
from tests.receiver import Receiver

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


async def registered(reporter: httpx.AsyncClient, receiver: Receiver) -> dict[str, str]:
    answer = await reporter.post("/v1/webhooks", json={"url": receiver.url})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, str] = answer.json()
    assert (await reporter.post(f"/v1/webhooks/{webhook['webhook_id']}/test")).status_code == 202
    return webhook


async def sent(url: str, *, allow_private: bool = True) -> DeliveryResult:
    message = Message(uuid4(), '{"type":"webhook.test"}')
    return await send(url, new_secret(), message, now=NOW, allow_private=allow_private)


async def last_result(reporter: httpx.AsyncClient) -> tuple[str | None, bool]:
    (webhook,) = (await reporter.get("/v1/webhooks")).json()["webhooks"]
    return webhook["last_result"], webhook["disabled_at"] is not None


async def test_a_message_arrives_signed_with_the_secret_that_was_shown(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    reporter = await api.reporter()
    webhook = await registered(reporter, receiver)
    assert await deliverer.deliver_due(datetime.now(UTC)) == 1
    ((headers, body),) = receiver.received
    told = Webhook(webhook["secret"]).verify(body, headers)
    assert told == json.loads(body)
    assert told["type"] == "webhook.test"
    assert await last_result(reporter) == ("delivered", False)
    assert await deliverer.deliver_due(datetime.now(UTC) + timedelta(days=9)) == 0


async def test_an_altered_body_does_not_verify(api: Api, receiver: Receiver, deliverer: Deliverer) -> None:
    webhook = await registered(await api.reporter(), receiver)
    await deliverer.deliver_due(datetime.now(UTC))
    ((headers, body),) = receiver.received
    with pytest.raises(Exception, match="signature"):
        Webhook(webhook["secret"]).verify(body.replace(b"test", b"tost"), headers)


async def test_what_fails_is_tried_again_under_the_same_id_with_growing_pauses_and_given_up(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    reporter = await api.reporter()
    await registered(reporter, receiver)
    receiver.answer = 500
    now = datetime.now(UTC)
    for tries in range(1, MOST_TRIES + 1):
        assert await deliverer.deliver_due(now) == 1
        assert await last_result(reporter) == ("status_500", False)
        wait = pause_after(tries)
        if wait is not None:
            assert await deliverer.deliver_due(now + wait - timedelta(seconds=1)) == 0
            now += wait
    assert await deliverer.deliver_due(now + timedelta(days=30)) == 0
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert len({headers["webhook-signature"] for headers, _ in receiver.received}) == MOST_TRIES


def test_pauses_grow_fourfold_up_to_a_day_and_end() -> None:
    pauses = [pause_after(tries) for tries in range(1, MOST_TRIES + 1)]
    assert [wait / FIRST_PAUSE for wait in pauses[:6] if wait] == [1, 4, 16, 64, 256, 1024]
    assert pauses[6:] == [timedelta(days=1), timedelta(days=1), None]


async def test_a_receiver_that_is_gone_is_called_no_more(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    reporter = await api.reporter()
    webhook = await registered(reporter, receiver)
    await reporter.post(f"/v1/webhooks/{webhook['webhook_id']}/test")
    receiver.answer = 410
    await deliverer.deliver_due(datetime.now(UTC))
    assert (await last_result(reporter))[1]
    assert (await reporter.post(f"/v1/webhooks/{webhook['webhook_id']}/test")).status_code == 404
    assert await deliverer.deliver_due(datetime.now(UTC) + timedelta(days=9)) == 0


async def test_a_message_whose_deliverer_died_is_tried_by_another(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    await registered(await api.reporter(), receiver)
    now = datetime.now(UTC)
    async with api.database.connection() as connection:
        (taken,) = await claim_messages(connection, now=now, until=now + LEASE, at_most=9)
    assert taken.tries == 1
    assert await deliverer.deliver_due(now + LEASE / 2) == 0
    assert await deliverer.deliver_due(now + LEASE) == 1
    assert len(receiver.received) == 1


async def test_a_webhook_that_cannot_be_opened_any_more_holds_up_no_other(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    """As after the loss of the keys with which it was sealed."""
    lost, other = await api.reporter(), await api.reporter()
    webhook = await registered(lost, receiver)
    await api.fetch(
        "UPDATE webhooks SET sealed = repeat('x', 60)::bytea WHERE webhook_id = $1", webhook["webhook_id"]
    )
    await registered(other, receiver)
    assert await deliverer.deliver_due(datetime.now(UTC)) == 2
    assert await last_result(other) == ("delivered", False)
    ((result,),) = await api.fetch(
        "SELECT last_result FROM webhooks WHERE webhook_id = $1", webhook["webhook_id"]
    )
    assert result == "failed"


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer, receiver.location = 302, receiver.url
    assert await sent(receiver.url) == DeliveryResult("redirected")
    assert len(receiver.received) == 1


async def test_a_receiver_that_says_nothing_is_left(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "STEP_SECONDS", 0.05)
    receiver.answer = None
    assert await sent(receiver.url) == DeliveryResult("timed_out")


async def test_a_receiver_that_is_not_there_is_unreachable(receiver: Receiver) -> None:
    url = receiver.url.replace(str(receiver.port), "1")
    assert await sent(url) == DeliveryResult("unreachable")


async def test_an_address_is_looked_at_again_whenever_it_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was public when it was registered may lead inside by now."""

    async def look_up(_target: Target) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(addresses, "look_up", look_up)
    result = await sent(f"https://hooks.example.org:{receiver.port}/", allow_private=False)
    assert (result, receiver.received) == (DeliveryResult("refused_private"), [])


async def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up once: a second answer, which could lead elsewhere, is never asked for."""
    asked: list[Target] = []

    async def look_up(target: Target) -> list[str]:
        asked.append(target)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    monkeypatch.setattr(addresses, "look_up", look_up)
    assert await sent(f"http://hooks.example.org:{receiver.port}/") == DeliveryResult("delivered")
    assert len(asked) == 1
    assert receiver.received[0][0]["host"] == f"hooks.example.org:{receiver.port}"


async def test_a_name_with_an_address_that_does_not_answer_is_reached_by_another(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look_up(_target: Target) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first

    monkeypatch.setattr(addresses, "look_up", look_up)
    assert await sent(f"http://hooks.example.org:{receiver.port}/") == DeliveryResult("delivered")


async def test_ended_messages_are_forgotten_after_a_month(
    api: Api, receiver: Receiver, deliverer: Deliverer
) -> None:
    await registered(await api.reporter(), receiver)
    now = datetime.now(UTC)
    await deliverer.deliver_due(now)
    async with api.database.connection() as connection:
        await forget_old(connection, now + timedelta(days=29))
        assert await api.count("webhook_messages") == 1
        await forget_old(connection, now + timedelta(days=31))
    assert await api.count("webhook_messages") == 0
