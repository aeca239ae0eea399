"""Registers a webhook: checks its address, makes a secret, and encrypts both."""

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
    """The address of a webhook, and the secret that signs its messages."""

    url: str
    secret: str


def new_secret() -> str:
    """Return a new secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def check_address(url: str, *, allow_private: bool) -> None:
    """Raise webhook_refused, with the reason, for an address that no webhook may have."""
    try:
        await resolve(parse_target(url, allow_private=allow_private), allow_private=allow_private)
    except AddressRefusedError as error:
        zh, en = REFUSALS[error.code]
        raise ProblemError(WEBHOOK_REFUSED, reason_zh=zh, reason_en=en) from error


def seal_destination(destination: Destination, keys: KeyRing, webhook_id: UUID) -> bytes:
    """Encrypt address and secret: an address may itself be a secret."""
    return keys.seal(orjson.dumps([destination.url, destination.secret]), webhook_id.bytes)


def unseal_destination(sealed: bytes, keys: KeyRing, webhook_id: UUID) -> Destination:
    """Decrypt what `seal_destination` encrypted."""
    return Destination(*orjson.loads(keys.unseal(sealed, webhook_id.bytes)))
