"""Takes a webhook: its address is looked at, a secret made for it, both stored encrypted."""

import base64
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from service.edge.problems import WEBHOOK_REFUSED, ProblemError
from service.secrets import KeyRing
from service.webhooks.addresses import REFUSALS, AddressRefusedError, parse_target, resolve

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a webhook's messages go, and with what they are signed."""

    url: str
    secret: str


def new_secret() -> str:
    """A secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def check_address(url: str, *, allow_private: bool) -> None:
    """Raises the problem webhook_refused, with its reason, for an address that no webhook may have."""
    try:
        await resolve(parse_target(url, allow_private=allow_private), allow_private=allow_private)
    except AddressRefusedError as error:
        zh, en = REFUSALS[error.code]
        raise ProblemError(WEBHOOK_REFUSED, reason_zh=zh, reason_en=en) from error


def seal(destination: Destination, keys: KeyRing, webhook_id: UUID) -> bytes:
    """Address and secret, encrypted: an address may be a secret itself."""
    return keys.seal(orjson.dumps([destination.url, destination.secret]), webhook_id.bytes)


def unseal(sealed: bytes, keys: KeyRing, webhook_id: UUID) -> Destination:
    """Inverse of `seal`."""
    return Destination(*orjson.loads(keys.unseal(sealed, webhook_id.bytes)))
