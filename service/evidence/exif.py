"""Reads when a picture was taken from its Exif fields: two directories of a TIFF, and four texts in them.

A library that reads everything that cameras write is large, and warns of what is broken; this reads the few fields it needs.
"""

import re
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Final

_MOST_ENTRIES: Final = 300
_ENTRY: Final = 12  # bytes
_DETAIL: Final = 0x8769  # where the directory of Exif itself is
_TEXT: Final = 2  # the type of a field in ASCII
#: When a picture was taken, or when one was made digital, each with its zone (Exif 2.31); not when it was changed last.
_TIMES: Final = ((0x9003, 0x9011), (0x9004, 0x9012))


def exif_time(fields: bytes) -> datetime | None:
    """Return when a picture says it was taken, without a zone if it names none; raise ValueError for what cannot be."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(fields[:4])
    if order is None:
        return None
    (first,) = struct.unpack_from(f"{order}L", fields, 4)
    detail = _directory(fields, first, order).get(_DETAIL)
    if detail is None:
        return None
    told = _directory(fields, struct.unpack(f"{order}L", detail[1])[0], order)
    for time, zone in _TIMES:
        if taken := _text(fields, told.get(time), order):
            said = datetime.strptime(taken[:19], "%Y:%m:%d %H:%M:%S")
            offset = _text(fields, told.get(zone), order)
            return datetime.fromisoformat(f"{said.isoformat()}{offset}") if _is_zone(offset) else said
    return None


def _directory(fields: bytes, at: int, order: str) -> Mapping[int, tuple[int, bytes]]:
    """Return the entries of a directory by their tags: how long each is if it is a text, and its value or where that is."""
    (count,) = struct.unpack_from(f"{order}H", fields, at)
    entries: dict[int, tuple[int, bytes]] = {}
    for place in range(min(count, _MOST_ENTRIES)):
        tag, kind, length, value = struct.unpack_from(f"{order}HHL4s", fields, at + 2 + place * _ENTRY)
        entries.setdefault(tag, (length if kind == _TEXT else 0, value))
    return entries


def _text(fields: bytes, entry: tuple[int, bytes] | None, order: str) -> str:
    if entry is None:
        return ""
    length, value = entry
    (at,) = struct.unpack(f"{order}L", value)
    return fields[at : at + min(length, 32)].decode("ascii", "replace").strip("\0 ")


def _is_zone(offset: str) -> bool:
    return re.fullmatch(r"[+-][01]\d:[0-5]\d", offset) is not None
