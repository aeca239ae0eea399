"""What a reporter calls a piece of evidence: its original file name and a caption, stored encrypted."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from service.secrets import KeyRing

MOST_NAME: Final = 200  # characters of a file name
MOST_CAPTION: Final = 500
#: What a name must not hold: control characters, and those that turn the direction of text, by which names deceive.
_UNFIT: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The original name of a file, and what it shows in the reporter's own words."""

    file_name: str | None = None
    caption: str | None = None


def seal_labels(labels: Labels, keys: KeyRing, bound_to: UUID) -> bytes | None:
    """Encrypt labels, bound to the id of their piece or upload; return None if there are none."""
    return keys.seal(orjson.dumps(labels), bound_to.bytes) if labels != Labels() else None


def unseal_labels(sealed: bytes | None, keys: KeyRing, bound_to: UUID) -> Labels:
    """Decrypt what `seal_labels` encrypted."""
    return Labels(**orjson.loads(keys.unseal(sealed, bound_to.bytes))) if sealed else Labels()


def clean_name(name: str) -> str | None:
    """Return the last part of a file's path without what deceives; None if nothing is left of it."""
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFC", _UNFIT.sub("", last)).strip()
    if len(plain) > MOST_NAME:  # the ending says more than the middle
        plain = f"{plain[: MOST_NAME - 17]}…{plain[-16:]}"
    return plain if plain.strip(". ") else None


def clean_caption(caption: str) -> str | None:
    """Return a caption on one line; None if it is empty."""
    plain = " ".join(_UNFIT.sub(" ", caption).split())
    return unicodedata.normalize("NFC", plain)[:MOST_CAPTION] or None
