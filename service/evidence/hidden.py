"""Finds archives, programs, PDFs and web pages that hide in or behind a recording or a picture.

Such a file is one thing to a viewer and another to whatever opens it next. Telephones do add to their pictures: a video
(motion photos), further pictures (MPF), depth maps and makers' own data behind the end of a JPEG are left alone, as none
of them is what is looked for here. What is looked for is long enough, with its checks, not to occur by chance: once in
some 10^12 bytes. What begins with fewer bytes (gzip, Zstandard, LZ4, cpio, tar without `ustar`), has no sign (scripts
without `#!`, those of Windows) or is hidden by other means than its place is not looked for.
"""

import re
import struct
from collections.abc import Collection
from enum import StrEnum
from typing import Final

TAIL_BYTES: Final = (
    20 + 22 + 65535
)  # the longest end record of a ZIP archive with its comment, and the ZIP64 locator
_AT_ONCE: Final = 32 * 1024  # bytes: a file may arrive in very small pieces
_OVERLAP: Final = (
    255  # bytes: the longest sign with its checks has some sixty characters, of up to four bytes each
)


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
        # A member's name and extra field have a length (APPNOTE 4.3.7). The rest may be anything: what opens archives looks
        # into their directory, and compares no more than the name.
        b"PK\x03\x04",
        re.compile(rb"PK\x03\x04.{22}(?!\0\0).[\0-\x0f].[\0-\x0f]", re.DOTALL),
    ),
    (Hidden.ARCHIVE, b"Rar!\x1a\x07", None),
    (Hidden.ARCHIVE, b"7z\xbc\xaf\x27\x1c", None),
    (Hidden.ARCHIVE, b"\xfd7zXZ\0", None),
    (Hidden.ARCHIVE, b"MSCF\0\0\0\0", None),
    (Hidden.ARCHIVE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
    (Hidden.ARCHIVE, b"ustar", re.compile(rb"ustar(?:\0[0-9]{2}|  \0)")),  # POSIX, GNU
    (Hidden.ARCHIVE, b"BZh", re.compile(rb"BZh[1-9]1AY&SY")),
    (Hidden.ARCHIVE, b"!<arch>\n", None),
    (Hidden.PROGRAM, b"\x7fELF", re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01[\0-\x12]")),
    (Hidden.PROGRAM, b"PE\0\0", re.compile(rb"PE\0\0(?:L\x01|d\x86|d\xaa|\xc4\x01)[\x01-\x20]\0")),
    (Hidden.PROGRAM, b"dex\n03", None),
    (Hidden.PROGRAM, b"\xca\xfe\xba\xbe\0\0\0", None),
    (Hidden.PROGRAM, b"\xfa\xed\xfe", re.compile(rb"[\xce\xcf]\xfa\xed\xfe[\x07\x0c]\0\0[\0\x01]")),
    (
        Hidden.PROGRAM,
        b"#!",
        re.compile(rb"#![ \t]{0,4}/(?:usr|bin|sbin|opt|system|data|etc|tmp|home|nix)/[\w.+/-]"),
    ),
    (Hidden.PDF, b"%PDF-", re.compile(rb"%PDF-[12]\.[0-9]")),
)
_VARIABLE: Final = rb"[@(\\]{0,2}\$[a-z_]\w"  # of PHP
_CALL: Final = rb"[@(\\]{0,2}[a-z_]\w"
#: The same for pages and scripts, in small letters and without the zero bytes of UTF-16 and UTF-32. Shorter tags occur by
#: chance in long recordings, and so would `<svg`, `<?=`, `<?` and `<%` without what follows them where they do something.
_MARKUP: Final[tuple[tuple[bytes, re.Pattern[bytes] | None], ...]] = (
    (b"<!doctype html", None),
    (b"<html", re.compile(rb"<html[\s/>]")),
    (b"<head", re.compile(rb"<head[\s/>]")),
    (b"<body", re.compile(rb"<body[\s/>]")),
    (b"</html", None),
    (b"<script", None),
    (b"<iframe", None),
    (b"<object", None),
    (b"<embed", re.compile(rb"<embed[\s/>]")),
    (b"<svg", re.compile(rb"<svg[\s/>][\t\n\r\x20-\x7e]{6}")),
    (b"javascript:", None),
    (b"onload=", None),
    (b"onerror=", None),
    (b"<?php", re.compile(rb"<\?php\s")),
    (
        b"<?=",
        re.compile(rb"<\?=\s{0,4}(?:" + _VARIABLE + rb"{3}|" + _CALL + rb"{3,30}\s?\(|`[\x20-\x7e]{1,40}`)"),
    ),
    (
        b"<?",
        re.compile(
            rb"<\?\s{1,4}(?:" + _VARIABLE + rb"{0,30}\s?[\[=(;-][\x20-\x7e]{2}|" + _CALL + rb"{4,30}\s?\()"
        ),
    ),
    (b"<%@", re.compile(rb"<%@\s{0,4}(?:page|language|import|include|webservice|webhandler)\s")),
    (b"<%", re.compile(rb"<%=?\s{0,4}(?:eval|execute|response|request|runtime)[\s(.]")),
)

_END_OF_ZIP: Final = b"PK\x05\x06"
_IN_DIRECTORY: Final = b"PK\x01\x02"
_LOCATOR_OF_ZIP64: Final = b"PK\x06\x07"
_IN_ZIP64: Final = 0xFFFFFFFF


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
            if _is_in(searched, sign, pattern):
                self.found.add(what)
        text = searched.replace(b"\0", b"").lower()
        if any(_is_in(text, sign, pattern) for sign, pattern in _MARKUP):
            self.found.add(Hidden.MARKUP)


def _is_in(searched: bytes, sign: bytes, pattern: re.Pattern[bytes] | None) -> bool:
    return sign in searched and (pattern is None or pattern.search(searched) is not None)


def ends_as_archive(tail: bytes, size: int) -> bool:
    """Return whether the last bytes of a file of `size` bytes hold an archive's end record (APPNOTE 4.3.16).

    Other bytes may follow it: programs search it backwards from the end of a file.
    """
    before = size - len(tail)  # bytes of the file that are not at hand
    at = tail.rfind(_END_OF_ZIP)
    while at >= 0:
        if len(tail) - at >= 22 and _is_end_record(tail, at, before):
            return True
        at = tail.rfind(_END_OF_ZIP, 0, at)
    return False


def _is_end_record(tail: bytes, at: int, before: int) -> bool:
    """Return whether a record has a directory where its size and offset say; programs do without the counts in it.

    Most take the directory to lie immediately before the record, some where the offset says.
    """
    directory_size, offset = struct.unpack_from("<LL", tail, at + 12)
    if directory_size == 0 or _IN_ZIP64 in (directory_size, offset):
        return True
    if tail.startswith(_LOCATOR_OF_ZIP64, max(at - 20, 0)):
        return True
    return _may_be_directory(tail, at - directory_size, before) or _may_be_directory(
        tail, offset - before, before
    )


def _may_be_directory(tail: bytes, start: int, before: int) -> bool:
    """Return whether a directory begins at a place in the tail, or may do so in the file before it."""
    return tail.startswith(_IN_DIRECTORY, start) if start >= 0 else start >= -before
