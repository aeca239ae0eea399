"""The bodies of requests: how many of their bytes a process holds at once, for how long, and how many values they have."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from service.edge.problems import (
    BODY_TOO_LARGE,
    OVERLOADED,
    REQUEST_TIMEOUT,
    TOO_MANY_AT_ONCE,
    TOO_MANY_VALUES,
    ProblemError,
)

SECONDS: Final = 30.0  # within which a body must have come whole
LEAST_BYTES: Final = 4096  # that a body counts for as soon as it is waited for
RETRY: Final = {"Retry-After": "5"}


class Place:
    """What one request may hold: its bytes count against those of its caller and of all until it is answered."""

    def __init__(self, room: "Room", who: str) -> None:
        self._room = room
        self._who = who
        self.held = 0

    async def read(self, receive: Receive, limit: int) -> bytes:
        """Return the whole body of at most `limit` bytes.

        Raises body_too_large as soon as it is known to be, request_timeout when it does not come, what `Room` raises, and
        ClientDisconnect: half a body must not be taken for a whole one.
        """
        try:
            async with asyncio.timeout(SECONDS):
                return await self._read(receive, limit)
        except TimeoutError:
            raise ProblemError(REQUEST_TIMEOUT, seconds=round(SECONDS)) from None

    async def _read(self, receive: Receive, limit: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        self._hold(LEAST_BYTES)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            if piece := message.get("body", b""):
                pieces.append(piece)
                size += len(piece)
            if size > limit:
                raise ProblemError(BODY_TOO_LARGE, limit=limit)
            self._hold(size)
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _hold(self, size: int) -> None:
        if size > self.held:
            self._room.grow(self._who, size - self.held)
            self.held = size


class Room:
    """Bounds the bytes of bodies in this process: `in_all`, and for `each` who sends them."""

    def __init__(self, *, in_all: int, each: int) -> None:
        self._in_all = in_all
        self._each = each
        self._held: Counter[str] = Counter()
        self._total = 0

    @contextmanager
    def place(self, who: str) -> Iterator[Place]:
        """Give a request its place, empty at first, for as long as the context lasts."""
        place = Place(self, who)
        try:
            yield place
        finally:
            self._shrink(who, place.held)

    def grow(self, who: str, amount: int) -> None:
        """Add bytes; raises too_many_at_once past the share of `who`, and overloaded past that of all."""
        if self._held[who] + amount > self._each:
            raise ProblemError(TOO_MANY_AT_ONCE, headers=RETRY)
        if self._total + amount > self._in_all:
            raise ProblemError(OVERLOADED, headers=RETRY)
        self._held[who] += amount
        self._total += amount

    def _shrink(self, who: str, amount: int) -> None:
        self._total -= amount
        self._held[who] -= amount
        if not self._held[who]:
            del self._held[who]  # nobody is remembered


def require_few_values(body: bytes, most: int) -> None:
    """Raise too_many_values for a JSON text that may hold more than `most` values: each follows a comma or a bracket.

    Counted before it is parsed, so that what is refused costs no more than to read it once.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > most:
        raise ProblemError(TOO_MANY_VALUES, limit=most)
