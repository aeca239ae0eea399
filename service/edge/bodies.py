"""The bodies of requests: how many of their bytes a process holds at once, for how long, and how many values they have."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from service.edge.caller import Caller, Kind
from service.edge.problems import (
    BODY_TOO_LARGE,
    REQUEST_TIMEOUT,
    TOO_MANY_VALUES,
    ProblemError,
)
from service.edge.shares import Share, Shares

SECONDS: Final = 30.0  # within which a body must have come whole
LEAST_BYTES: Final = 4096  # that a body counts for as soon as it is waited for
RETRY_SECONDS: Final = 5
MB: Final = 1024 * 1024
BYTES: Final = {
    Kind.KEYS: Share(in_all=64 * MB, network=64 * MB, each=24 * MB),
    Kind.PEOPLE: Share(in_all=32 * MB, network=4 * MB, each=MB // 2),
    Kind.STRANGERS: Share(in_all=32 * MB, network=2 * MB, each=2 * MB),
}


class Place:
    """What the body of one request holds of the bytes that a process has for bodies, until it is answered."""

    def __init__(self, shares: Shares, caller: Caller) -> None:
        self._shares = shares
        self._caller = caller
        self._held = 0

    async def read(self, receive: Receive, limit: int) -> bytes:
        """Return the whole body of at most `limit` bytes.

        Raises body_too_large as soon as it is known to be, request_timeout when it does not come, what `Shares` raises, and
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

    def end(self) -> None:
        """Give back what it holds."""
        self._shares.give_back(self._caller, self._held)
        self._held = 0

    def _hold(self, size: int) -> None:
        if size > self._held:
            self._shares.take(self._caller, size - self._held)
            self._held = size


class Room:
    """The bytes that a process has for bodies."""

    def __init__(self, limits: Mapping[Kind, Share] = BYTES) -> None:
        self.shares = Shares(limits, retry_seconds=RETRY_SECONDS)

    @contextmanager
    def place(self, caller: Caller) -> Iterator[Place]:
        """Give a request its place, empty at first, for as long as the context lasts."""
        place = Place(self.shares, caller)
        try:
            yield place
        finally:
            place.end()


def require_few_values(body: bytes, most: int) -> None:
    """Raise too_many_values for a JSON text that may hold more than `most` values: each follows a comma or a bracket.

    Counted before it is parsed, so that what is refused costs no more than to read it once.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > most:
        raise ProblemError(TOO_MANY_VALUES, limit=most)
