"""Finds archives, programs, PDFs and web pages that hide in or behind a recording or a picture.

Such a file is one thing to a viewer and another to whatever opens it next. Telephones do add to their pictures: a video
(motion photos), further pictures (MPF), depth maps and makers' own data behind the end of a JPEG are left alone, as none
of them is what is looked for here. What is looked for is long enough, with its checks, not to occur by chance: once in
some 10^12 bytes.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

TAIL_BYTES: Final = 22 + 65535  # the longest end record of a ZIP archive, including its comment
_AT_ONCE: Final = 32 * 1024  # bytes: a file may arrive in very small pieces
_OVERLAP: Final = 63  # bytes, one fewer than the longest sign with its checks


class Hidden(StrEnum):
    """What hides in a file."""

    ARCHIVE = "archive"
    PROGRAM = "program"
    PDF = "pdf"
    MARKUP = "markup"


#: How each thing begins, and a pattern of fixed length where its first bytes alone might occur by chance.
_SIGNS: Final[tuple[tuple[Hidden, bytes, re.Pattern[bytes] | None], ...]] = (
    (
        Hidden.ARCHIVE,
        b"PK\x03\x04",  # version, flags, method of a member (APPNOTE 4.3.7), and the length of its name
        re.compile(
            rb"PK\x03\x04[\x00\x0a-\x3f][\0-\x14]..[\0\x01\x06\x08\x09\x0c\x0e\x5d\x5f-\x63]\0.{16}(?!\0\0).[\0-\x0f]",
            re.DOTALL,
        ),
    ),
    (Hidden.ARCHIVE, b"Rar!\x1a\x07", None),
    (Hidden.ARCHIVE, b"7z\xbc\xaf\x27\x1c", None),
    (Hidden.ARCHIVE, b"\xfd7zXZ\0", None),
    (Hidden.ARCHIVE, b"MSCF\0\0\0\0", None),
    (Hidden.ARCHIVE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
    (Hidden.PROGRAM, b"\x7fELF", re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01[\0-\x12]")),
    (Hidden.PROGRAM, b"PE\0\0", re.compile(rb"PE\0\0(?:L\x01|d\x86|d\xaa|\xc4\x01)[\x01-\x20]\0")),
    (Hidden.PROGRAM, b"dex\n03", None),
    (Hidden.PROGRAM, b"\xca\xfe\xba\xbe\0\0\0", None),
    (Hidden.PROGRAM, b"\xfa\xed\xfe", re.compile(rb"[\xce\xcf]\xfa\xed\xfe[\x07\x0c]\0\0[\0\x01]")),
    (Hidden.PDF, b"%PDF-", re.compile(rb"%PDF-[12]\.[0-9]")),
)
#: In any case of letters; shorter tags occur by chance in long recordings.
_MARKUP: Final = (
    b"<!doctype html",
    b"<html>",
    b"<html ",
    b"</html>",
    b"<script",
    b"<iframe",
    b"<?php ",
    b"<?php\n",
)

_END_OF_ZIP: Final = b"PK\x05\x06"


class HiddenFinder:
    """Looks through a file while it streams by, and keeps only its end."""

    def __init__(self) -> None:
        self.found: set[Hidden] = set()
        self._waiting = bytearray()
        self._tail = bytearray()
        self._size = 0

    def look(self, piece: bytes) -> None:
        """Look through a piece of any length."""
        self._waiting += piece
        if len(self._waiting) >= _AT_ONCE:
            self._search()

    def finish(self) -> None:
        """Look through what is left, and at the end as archives have it."""
        self._search()
        if ends_as_archive(bytes(self._tail[-TAIL_BYTES:]), self._size):
            self.found.add(Hidden.ARCHIVE)

    def first(self, of: Collection[Hidden]) -> Hidden | None:
        """Return which of some things was found; None if none was."""
        return next((one for one in Hidden if one in of and one in self.found), None)

    def _search(self) -> None:
        searched = bytes(self._tail[-_OVERLAP:] + self._waiting)
        self._size += len(self._waiting)
        self._tail += self._waiting
        self._waiting.clear()
        if len(self._tail) > 4 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]
        for what, sign, pattern in _SIGNS:
            if sign in searched and (pattern is None or pattern.search(searched)):
                self.found.add(what)
        folded = searched.lower()
        if any(tag in folded for tag in _MARKUP):
            self.found.add(Hidden.MARKUP)


def ends_as_archive(tail: bytes, size: int) -> bool:
    """Return whether the last bytes of a file of `size` bytes hold an archive's end record (APPNOTE 4.3.16).

    Other bytes may follow it: programs search it backwards from the end of a file.
    """
    at = tail.rfind(_END_OF_ZIP)
    tried = 0
    while at >= 0 and tried < 64:  # a file made of nothing but such signs is no archive that can be opened
        if len(tail) - at >= 22 and _is_end_record(tail[at : at + 22], size - len(tail) + at):
            return True
        at = tail.rfind(_END_OF_ZIP, 0, at)
        tried += 1
    return False


def _is_end_record(record: bytes, place: int) -> bool:
    on_disk, in_all = record[8:10], record[10:12]
    directory = int.from_bytes(record[12:16], "little")
    return on_disk == in_all and (directory <= place or directory == 0xFFFFFFFF)  # the latter in ZIP64
