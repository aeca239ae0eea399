"""Verified lines of organisations as replicas hold them, and as look-ups tell them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import orjson

from service.organisations.ranges import NumberRange, RangeTable

if TYPE_CHECKING:  # reading them takes no database
    from service.organisations.store import Line

NO_ORGANISATION: Final = b',"organisation":null'


def encode_lines(lines: Iterable["Line"]) -> bytes:
    """Return all lines as one text: they are few, and readers take them over whole."""
    return orjson.dumps([(*one.range, one.name, one.complaints) for one in lines])


def decode_lines(encoded: bytes) -> RangeTable[bytes]:
    """Return the table of lines, each leading to the member that an answer tells; raises ValueError."""
    return RangeTable(
        (
            NumberRange(first, last),
            b',"organisation":' + orjson.dumps({"name": name, "complaints": complaints}),
        )
        for first, last, name, complaints in orjson.loads(encoded)
    )
