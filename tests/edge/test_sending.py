"""A file that was made for one request is released with its place, whether it was sent, could not be, or is not read."""

import asyncio
import io
from contextlib import ExitStack

import pytest
from starlette.types import Message

from service.edge import sending
from service.edge.in_flight import InFlight
from service.edge.sending import PacedFile

SCOPE = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.0"}}


def held(flights: InFlight, file: io.BytesIO) -> PacedFile:
    with ExitStack() as stack:
        stack.enter_context(file)
        place = stack.enter_context(flights.admit(b"somebody", "here"))
        return PacedFile(stack.pop_all(), file, place, media_type="application/zip", headers={})


async def receive() -> Message:
    await asyncio.sleep(3600)
    return {"type": "http.disconnect"}


@pytest.mark.parametrize("version", ["2.0", "2.4"])
async def test_who_does_not_read_gets_no_more_of_it(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_SECONDS", 0.05)
    flights, file = InFlight(in_all=1, each=1), io.BytesIO(b"x" * 1_000_000)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        await asyncio.sleep(3600)

    await held(flights, file)({**SCOPE, "asgi": {"spec_version": version}}, receive, send)
    assert file.closed
    assert flights.under_way == 0
    assert len(sent) == 1


async def test_what_cannot_be_sent_is_released() -> None:
    flights, file = InFlight(in_all=1, each=1), io.BytesIO(b"x" * 1_000_000)

    async def send(_message: Message) -> None:
        raise ConnectionResetError

    with pytest.raises((Exception, BaseExceptionGroup)):
        await held(flights, file)(dict(SCOPE), receive, send)
    assert file.closed
    assert flights.under_way == 0


async def test_all_of_it_is_sent_and_of_a_head_nothing() -> None:
    flights, content = InFlight(in_all=1, each=1), bytes(range(256)) * 1000
    for method, expected in (("GET", content), ("HEAD", b"")):
        sent: list[Message] = []

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        await held(flights, io.BytesIO(content))({**SCOPE, "method": method}, receive, send)
        assert b"".join(message.get("body", b"") for message in sent) == expected
        assert (b"content-length", b"256000") in sent[0]["headers"]
    assert flights.under_way == 0
