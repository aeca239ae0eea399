"""What is left of a body whose request was answered before it was read: it is dropped, so that its sender hears the answer.

A server that closes a connection on which bytes still come resets it, and the answer may be lost on its way: a proxy then
says that it got none (502). So the rest is read for a while, held nowhere, and only after the answer was sent.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Final

from starlette.types import Message, Receive, Scope

MOST_BYTES: Final = 32 * 1024 * 1024
SECONDS: Final = 5.0
AT_ONCE: Final = 32  # requests of which the rest is read; of others the connection is closed
OF_A_NETWORK: Final = 8  # of them, so that none takes all


class Incoming:
    """The messages of one request's body, and whether all of them have come."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`waiting` is entered while the client is waited for."""
        self._receive = receive
        self._waiting = waiting
        self.is_complete = not any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in scope["headers"]
        )

    async def __call__(self) -> Message:
        """Receive the next message."""
        with self._waiting():
            message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.is_complete = True
        return message


class Unread:
    """Drops the rest of bodies, of a few requests at a time."""

    def __init__(self) -> None:
        self._dropping: Counter[str] = Counter()  # by network

    async def drop(self, incoming: Incoming, network: str) -> None:
        """Read what is left of a body that a network sends, within bounds."""
        if (
            incoming.is_complete
            or self._dropping[network] >= OF_A_NETWORK
            or self._dropping.total() >= AT_ONCE
        ):
            return
        self._dropping[network] += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await self._drop(incoming)
        finally:
            self._dropping[network] -= 1
            if not self._dropping[network]:
                del self._dropping[network]

    async def _drop(self, incoming: Incoming) -> None:
        left = MOST_BYTES
        while left > 0 and not incoming.is_complete:
            left -= len((await incoming()).get("body", b""))
