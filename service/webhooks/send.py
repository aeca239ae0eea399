"""Sends one signed message to one webhook, without following redirects, using proxies or calling private addresses."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import httpcore
from standardwebhooks.webhooks import Webhook

from service.webhooks.addresses import AddressRefusedError, Target, parse_target, resolve

WHOLE_SECONDS: Final = 10.0  # from looking up the name to the status of the answer
STEP_SECONDS: Final = 5.0
GONE: Final = 410
SUCCESSFUL: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Message:
    """A message; its id stays the same however often it is tried."""

    message_id: UUID
    body: str


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of one attempt: `delivered`, or why it failed."""

    code: str

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver accepted the message."""
        return self.code == "delivered"

    @property
    def is_gone(self) -> bool:
        """Whether the receiver asks never to be called again."""
        return self.code == "gone"


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were looked up and found public, so that a name cannot change in between."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the interface's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the name up once and connect to the first of its addresses that answers; raise AddressRefusedError."""
        *others, last = await resolve(Target(host, port), allow_private=self._allow_private)
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def send(
    url: str, secret: str, message: Message, *, now: datetime, allow_private: bool
) -> DeliveryResult:
    """Post a message, signed as of `now`. Nothing that the receiver does raises an error."""
    body = message.body.encode()
    try:
        parse_target(url, allow_private=allow_private)
        async with (
            asyncio.timeout(WHOLE_SECONDS),
            httpcore.AsyncConnectionPool(
                network_backend=GuardedNetwork(allow_private=allow_private), max_keepalive_connections=0
            ) as pool,
            pool.stream(
                "POST",
                url,
                headers=[(name.encode(), value.encode()) for name, value in headers_of(message, secret, now)],
                content=body,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), STEP_SECONDS)},
            ) as response,
        ):
            return _result(response.status)  # the rest of the answer is not read
    except AddressRefusedError as error:
        return DeliveryResult(f"refused_{error.code}")
    except (TimeoutError, httpcore.TimeoutException):
        return DeliveryResult("timed_out")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError):
        return DeliveryResult("unreachable")


def headers_of(message: Message, secret: str, now: datetime) -> list[tuple[str, str]]:
    """Return the headers of Standard Webhooks 1.0: id, time, and the signature of both and the body."""
    message_id = f"msg_{message.message_id.hex}"
    signature = Webhook(secret).sign(message_id, now, message.body)
    return [
        ("content-type", "application/json"),
        ("user-agent", "dunwatch-webhook/1"),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(now.timestamp()))),
        ("webhook-signature", signature),
    ]


def _result(status: int) -> DeliveryResult:
    if status in SUCCESSFUL:
        return DeliveryResult("delivered")
    if status in REDIRECTS:
        return DeliveryResult("redirected")
    return DeliveryResult("gone" if status == GONE else f"status_{status}")
