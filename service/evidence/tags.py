"""Reads the time of recording from an ID3v2 tag: TDRC of 2.4, TYER, TDAT and TIME of 2.3, TYE, TDA and TIM of 2.2."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

_MOST_FRAMES: Final = 200
_MOST_TEXT: Final = 64  # bytes of a frame that may be a time
_ENCODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")


def tag_time(head: bytes) -> datetime | None:
    """Return when a recording says it was made; None if it says less than the minute.

    A time of version 2.4 is UTC, as its text says; the earlier ones have no zone.
    """
    said = dict(_texts(head))
    if _TIME.fullmatch(said.get("TDRC", "")):
        return datetime.fromisoformat(said["TDRC"]).replace(tzinfo=UTC)
    year, day, hour = (said.get(long) or said.get(short, "") for long, short in _PARTS)
    if not (re.fullmatch(r"\d{4}", year) and re.fullmatch(r"\d{4}", day) and re.fullmatch(r"\d{4}", hour)):
        return None
    month = day[2:]  # TDAT is DDMM
    return datetime.fromisoformat(f"{year}-{month}-{day[:2]}T{hour[:2]}:{hour[2:]}")


_PARTS: Final = (("TYER", "TYE"), ("TDAT", "TDA"), ("TIME", "TIM"))


def _texts(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield the short texts of a tag by the names of their frames."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return
    version, at = head[3], 10
    name_bytes, header_bytes = (3, 6) if version == 2 else (4, 10)
    for _ in range(_MOST_FRAMES):
        header = head[at : at + header_bytes]
        if len(header) < header_bytes or not header[:name_bytes].isalnum():
            return
        size = _size(header[name_bytes : name_bytes + (3 if version == 2 else 4)], is_synchsafe=version == 4)
        at += header_bytes
        if header.startswith(b"T") and 1 < size <= _MOST_TEXT:
            yield header[:name_bytes].decode("ascii"), _text(head[at : at + size])
        at += size


def _size(given: bytes, *, is_synchsafe: bool) -> int:
    size = 0
    for byte in given:
        size = size << (7 if is_synchsafe else 8) | byte
    return size


def _text(content: bytes) -> str:
    return content[1:].decode(_ENCODINGS.get(content[0], "latin-1"), "replace").strip("\0 \ufeff")
