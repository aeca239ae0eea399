"""Short texts that a page hands to the browser and takes back: sealed, for one purpose, for a while."""

import struct
from base64 import b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag

from service.secrets import KeyRing

LONGEST: Final = 4096  # characters
_UNTIL: Final = struct.Struct(">Q")


class SealedError(ValueError):
    """A sealed text was altered, is of another purpose, or is over."""


def seal_text(keys: KeyRing, purpose: str, text: str, *, now: datetime, good_for: timedelta) -> str:
    """Return a text that nobody else can read or make, as it can stand in an address."""
    until = _UNTIL.pack(int((now + good_for).timestamp()))
    return urlsafe_b64encode(keys.seal(until + text.encode(), _bound_to(purpose))).decode().rstrip("=")


def unseal_text(keys: KeyRing, purpose: str, sealed: str, *, now: datetime) -> str:
    """Return what was sealed for this purpose; raises SealedError."""
    if len(sealed) > LONGEST:
        raise SealedError
    try:
        content = keys.unseal(
            b64decode(sealed + "=" * (-len(sealed) % 4), b"-_", validate=True), _bound_to(purpose)
        )
    except (InvalidTag, ValueError) as error:
        raise SealedError from error
    (until,) = _UNTIL.unpack_from(content)
    if now.timestamp() >= until:
        raise SealedError
    return content[_UNTIL.size :].decode()


def _bound_to(purpose: str) -> bytes:
    return b"page:" + purpose.encode()
