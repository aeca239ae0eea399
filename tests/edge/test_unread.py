"""Whoever is refused before their body was read hears it: the rest is dropped after the answer, within bounds."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from starlette.types import Message, Scope

from service.edge import unread
from service.edge.unread import AT_ONCE, MOST_BYTES, OF_A_NETWORK, Incoming, Unread
from tests.clients import Api
from tests.edge.test_envelope import Wire

ANNOUNCED: Scope = {"headers": [(b"content-length", b"1000")]}
PIECE = 64 * 1024


class Body:
    """A body that comes in pieces; without an end it goes on with the last piece, or never comes."""

    def __init__(self, pieces: Sequence[bytes], *, ends: bool = True) -> None:
        self.pieces = pieces
        self.given = 0
        self._ends = ends

    async def __call__(self) -> Message:
        if not self.pieces or (self._ends and self.given == len(self.pieces)):
            await asyncio.Event().wait()
        self.given += 1
        is_last = self._ends and self.given == len(self.pieces)
        return {
            "type": "http.request",
            "body": self.pieces[min(self.given, len(self.pieces)) - 1],
            "more_body": not is_last,
        }


async def test_the_rest_is_read_to_its_end() -> None:
    body = Body([b"x"] * 5)
    incoming = Incoming(ANNOUNCED, body)
    await incoming()
    await Unread().drop(incoming, "a")
    assert body.given == 5


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")], [(b"x-length", b"5")]])
async def test_a_request_without_a_body_is_not_waited_for(headers: list[tuple[bytes, bytes]]) -> None:
    body = Body([])
    await asyncio.wait_for(Unread().drop(Incoming({"headers": headers}, body), "a"), 60)
    assert body.given == 0


async def test_a_body_of_unknown_length_is_dropped_too() -> None:
    body = Body([b"x", b"y"])
    await Unread().drop(Incoming({"headers": [(b"transfer-encoding", b"chunked")]}, body), "a")
    assert body.given == 2


async def test_one_that_was_read_is_left_alone() -> None:
    body = Body([b"x"])
    incoming = Incoming(ANNOUNCED, body)
    await incoming()
    await asyncio.wait_for(Unread().drop(incoming, "a"), 60)
    assert body.given == 1


async def test_no_more_than_a_bound_is_read() -> None:
    body = Body([b"x" * PIECE], ends=False)
    await Unread().drop(Incoming(ANNOUNCED, body), "a")
    assert body.given == MOST_BYTES // PIECE


async def test_whoever_sends_nothing_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "SECONDS", 0.01)
    await Unread().drop(Incoming(ANNOUNCED, Body([])), "a")


async def test_whoever_left_is_not_waited_for() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    await asyncio.wait_for(Unread().drop(Incoming(ANNOUNCED, gone), "a"), 60)


async def test_only_so_many_are_read_at_once_and_fewer_of_a_network() -> None:
    dropper, networks = Unread(), AT_ONCE // OF_A_NETWORK
    waiting = [
        asyncio.create_task(dropper.drop(Incoming(ANNOUNCED, Body([])), str(place % networks)))
        for place in range(AT_ONCE - 1)
    ]
    await asyncio.sleep(0)
    further, others = Body([b"x"]), Body([b"x"])
    await dropper.drop(Incoming(ANNOUNCED, further), "0")
    assert further.given == 0, "its network has as many as it may"
    await dropper.drop(Incoming(ANNOUNCED, others), "another")
    assert others.given == 1
    waiting.append(asyncio.create_task(dropper.drop(Incoming(ANNOUNCED, Body([])), "another")))
    await asyncio.sleep(0)
    await dropper.drop(Incoming(ANNOUNCED, further), "a third")
    assert further.given == 0, "there are as many as there may be"
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await dropper.drop(Incoming(ANNOUNCED, further), "0")
    assert further.given == 1
    assert not dropper._dropping


async def test_what_is_waited_for_is_told() -> None:
    told: list[str] = []

    @contextmanager
    def waiting() -> Iterator[None]:
        told.append("begins")
        yield
        told.append("ends")

    body = Body([b"x", b"y"])
    incoming = Incoming(ANNOUNCED, body, waiting)
    for _ in body.pieces:
        await incoming()
    assert told == ["begins", "ends"] * 2


async def test_it_is_read_only_after_the_answer(api: Api) -> None:
    wire = Wire([b"x" * 1000] * 10)
    told: list[int] = []
    receive = wire.receive

    async def receiving() -> Message:
        told.append(wire.status)
        return await receive()

    wire.receive = receiving  # type: ignore[method-assign]
    await wire.request(api.app, "POST", "/v1/outcomes", [(b"content-length", b"10000")])
    assert (told, wire.pieces) == ([401] * 10, [])
