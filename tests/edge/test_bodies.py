"""Bodies: shares, deadlines, and texts that hold more than any request needs."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from service.edge import bodies
from service.edge.bodies import LEAST_BYTES, Room, require_few_values
from service.edge.caller import Caller, Kind
from service.edge.problems import ProblemError
from service.edge.shares import Share


def room_of(in_all: int, each: int, network: int | None = None) -> Room:
    return Room({kind: Share(in_all, network or in_all, each) for kind in Kind})


def person(name: str, network: str = "192.0.2.0/24") -> Caller:
    return Caller(network, pseudonym=name.encode())


class Sender:
    """Sends the pieces of a body, then nothing more: the last one ends it if it is whole."""

    def __init__(self, pieces: Iterable[bytes], *, is_whole: bool = True) -> None:
        self._pieces = list(pieces)
        self._is_whole = is_whole

    async def __call__(self) -> Message:
        if not self._pieces:
            await asyncio.Event().wait()
        piece = self._pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces) or not self._is_whole}


async def code_of(reading: "asyncio.Future[bytes] | asyncio.Task[bytes]") -> str:
    with pytest.raises(ProblemError) as refused:
        await reading
    return refused.value.problem.code


async def test_a_body_is_read_whole_and_its_room_is_given_back() -> None:
    room = room_of(10_000, 10_000)
    for _ in range(3):
        with room.place(person("a")) as place:
            assert await place.read(Sender([b"ab", b"", b"c" * 5000]), 6000) == b"ab" + b"c" * 5000
            assert not room.shares.is_empty
        assert room.shares.is_empty
    with room.place(person("b")) as place:
        assert await place.read(Sender([b"d" * 10_000]), 10_000) == b"d" * 10_000


async def test_more_than_the_limit_is_refused_at_the_piece_that_passes_it() -> None:
    sender = Sender([b"a" * 60, b"b" * 60, b"never read"])
    with room_of(10_000, 10_000).place(person("a")) as place:
        assert await code_of(asyncio.ensure_future(place.read(sender, 100))) == "body_too_large"
    assert (await sender())["body"] == b"never read"


async def test_half_a_body_is_not_taken_for_a_whole_one() -> None:
    async def leave() -> Message:
        return {"type": "http.disconnect"}

    with room_of(10_000, 10_000).place(person("a")) as place, pytest.raises(ClientDisconnect):
        await place.read(leave, 100)


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.01)
    room = room_of(LEAST_BYTES, LEAST_BYTES)
    for _ in range(2):  # and what it held is free again
        with room.place(person("a")) as place:
            reading = asyncio.ensure_future(place.read(Sender([b"x"], is_whole=False), 100))
            assert await code_of(reading) == "request_timeout"


async def test_one_cannot_hold_the_place_of_others() -> None:
    """Unfinished bodies count from the start, and only against the share of who sends them."""
    room = room_of(10 * LEAST_BYTES, 2 * LEAST_BYTES)
    places = [room.place(person("a")) for _ in range(3)]
    reading = [
        asyncio.ensure_future(place.__enter__().read(Sender([b"x"], is_whole=False), 100)) for place in places
    ]
    assert await code_of(reading[2]) == "too_many_at_once"
    with room.place(person("b")) as place:
        assert await place.read(Sender([b"x"]), 100) == b"x"
    for task in reading:
        task.cancel()


async def test_all_together_hold_no_more_than_there_is() -> None:
    room = room_of(3 * LEAST_BYTES, 2 * LEAST_BYTES)
    reading = [
        asyncio.ensure_future(
            room.place(person(f"person {place}", f"network {place}"))
            .__enter__()
            .read(Sender([b"x"], is_whole=False), 100)
        )
        for place in range(4)
    ]
    assert await code_of(reading[3]) == "overloaded"
    for task in reading:
        task.cancel()


async def test_people_of_one_network_leave_room_for_those_of_others() -> None:
    room = room_of(100 * LEAST_BYTES, LEAST_BYTES, network=2 * LEAST_BYTES)
    reading = [
        asyncio.ensure_future(
            room.place(person(f"person {place}")).__enter__().read(Sender([b"x"], is_whole=False), 100)
        )
        for place in range(3)
    ]
    assert await code_of(reading[2]) == "too_many_at_once"
    with room.place(person("elsewhere", "198.51.100.0/24")) as place:
        assert await place.read(Sender([b"x"]), 100) == b"x"
    for task in reading:
        task.cancel()


@pytest.mark.parametrize(
    "body",
    [b'{"a":1,' * 600, b"[" * 600, b'{"a":' * 600, b"[" + b"1," * 600, b"[" + b"{}," * 600, b"," * 600],
)
def test_texts_of_more_values_than_a_request_needs_are_refused(body: bytes) -> None:
    with pytest.raises(ProblemError) as refused:
        require_few_values(body, 500)
    assert refused.value.problem.code == "too_many_values"
    require_few_values(body, 3000)
