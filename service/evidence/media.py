"""Finds out what a file is from its content alone, without its name or its declared type.

puremagic knows the signatures of recordings and pictures. This module knows what puremagic cannot tell: MP3 frames
without a tag, some brands of MP4 and HEIF, text in the encodings that telephones in China use, and mail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import puremagic

from service.contacts.store import LOG_TYPES
from service.edge.problems import EVIDENCE_TOO_LARGE, EVIDENCE_TYPE_REFUSED, ProblemError, megabytes
from service.evidence.hidden import Hidden, HiddenFinder
from service.numbers.text import fold

HEAD_BYTES: Final = 4096
#: Far more than any message or call log has; of a mail, this much is searched for the number.
TEXT_BYTES: Final = 4 * 1024 * 1024

#: puremagic's first guess -> media type
SIGNATURES: Final[Mapping[str, str]] = {
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".mpga": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac",
    ".amr": "audio/amr", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac",
    ".aiff": "audio/aiff", ".caf": "audio/x-caf",
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".3ga": "video/3gpp", ".3gp": "video/3gpp",
    ".jfif": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png",
    ".webp": "image/webp", ".gif": "image/gif", ".heif": "image/heic", ".heic": "image/heic", ".avif": "image/avif",
    ".pdf": "application/pdf",
}  # fmt: skip
#: First brand of an ISO base media file (ISO/IEC 14496-12) -> media type.
BRANDS: Final[Mapping[bytes, str]] = {
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"isom": "video/mp4", b"iso2": "video/mp4", b"iso4": "video/mp4",
    b"iso5": "video/mp4", b"iso6": "video/mp4", b"mp41": "video/mp4", b"mp42": "video/mp4", b"avc1": "video/mp4",
    b"3gp4": "video/3gpp", b"3gp5": "video/3gpp", b"3gp6": "video/3gpp", b"qt  ": "video/quicktime",
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"msf1": "image/heic", b"hevc": "image/heic",
    b"avif": "image/avif",
}  # fmt: skip
TEXT: Final = "text/plain"
#: What call logs are; a page of a carrier that is named .xls is what spreadsheets open, and no page to a browser.
CALL_LOG, XLS, XLSX, XML, JSON = LOG_TYPES
MAIL: Final = "message/rfc822"
#: Every media type that is accepted -> the extension of its files.
EXTENSIONS: Final[Mapping[str, str]] = {
    "application/pdf": ".pdf", "audio/aac": ".aac", "audio/aiff": ".aiff", "audio/amr": ".amr", "audio/flac": ".flac",
    "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/x-caf": ".caf",
    "image/avif": ".avif", "image/gif": ".gif", "image/heic": ".heic", "image/jpeg": ".jpg", "image/png": ".png",
    "image/webp": ".webp", "video/3gpp": ".3gp", "video/mp4": ".mp4", "video/quicktime": ".mov",
    MAIL: ".eml", TEXT: ".txt", CALL_LOG: ".csv", XLS: ".xls", XLSX: ".xlsx", XML: ".xml", JSON: ".json",
}  # fmt: skip

ARCHIVE: Final = ("压缩包或 Office 文档", "an archive or office document")
PROGRAM: Final = ("程序", "a program")
MARKUP: Final = ("网页、矢量图或脚本", "a web page, vector graphic or script")
UNKNOWN: Final = ("无法识别的文件", "a file of an unknown kind")
#: What to call a file with something else in it or behind it.
WITH_HIDDEN: Final[Mapping[Hidden, tuple[str, str]]] = {
    Hidden.ARCHIVE: ("藏有压缩包的文件", "a file with an archive hidden in it"),
    Hidden.PROGRAM: ("藏有程序的文件", "a file with a program hidden in it"),
    Hidden.PDF: ("藏有 PDF 的文件", "a file with a PDF hidden in it"),
    Hidden.MARKUP: ("藏有网页或脚本的文件", "a file with a web page or script hidden in it"),
}
#: What a mail may not hold: its attachments are text, encoded, and a page may be its content.
NOT_IN_MAIL: Final = frozenset({Hidden.ARCHIVE, Hidden.PROGRAM})
PDF: Final = "application/pdf"
#: First bytes of some refused files -> what to call them; any other refused file is of an unknown kind.
REFUSED: Final[Mapping[bytes, tuple[str, str]]] = {
    b"PK": ARCHIVE, b"Rar!": ARCHIVE, b"7z\xbc\xaf": ARCHIVE, b"\x1f\x8b": ARCHIVE, b"BZh": ARCHIVE,
    b"\xfd7zXZ": ARCHIVE, b"\x28\xb5\x2f\xfd": ARCHIVE, b"MSCF": ARCHIVE,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ARCHIVE, b"{\\rtf": ARCHIVE,
    b"MZ": PROGRAM, b"\x7fELF": PROGRAM, b"\xca\xfe\xba\xbe": PROGRAM, b"dex\n": PROGRAM,
    b"\xcf\xfa\xed\xfe": PROGRAM, b"\xce\xfa\xed\xfe": PROGRAM,
}  # fmt: skip

#: What office programs put first into their archives.
_FIRST_PARTS: Final = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/")
_SCRIPT: Final = re.compile(r"\s*+(?:<[a-z!?%]|#!|@echo\b)", re.IGNORECASE)
_TAG: Final = re.compile(r"<(?:!doctype|html|svg|script|iframe|\?php|%)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_MAIL: Final = re.compile(
    rb"(?:From [^\r\n]+\r?\n)?(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}", re.ASCII
)
_MAIL_FIELD: Final = re.compile(
    rb"^(?:From|Date|Received|Return-Path|Message-ID):", re.IGNORECASE | re.MULTILINE
)
_NOT_DIGITS: Final = re.compile(r"[\s\-().·]+")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; `text` is its text, if it is a text or a mail (a mail undecoded)."""

    media_type: str
    text: str = ""

    def names(self, number: str) -> bool:
        """Return whether the text contains a number, given by its key, however it is written."""
        digits = re.sub(r"\D", "", number.removeprefix("+86"))
        return len(digits) >= 3 and digits in _NOT_DIGITS.sub("", fold(self.text))


class Examiner:
    """Examines a file while it streams by, keeping no more of it than must be seen at once."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._hidden = HiddenFinder()
        self._binary: str | None = None
        self._is_begun = False

    def look(self, piece: bytes) -> None:
        """Examine a piece; raise evidence_type_refused as soon as the type is certain."""
        self._hidden.look(piece)
        if self._binary is not None:
            return
        self._kept += piece[: TEXT_BYTES + 1 - len(self._kept)]
        if not self._is_begun and len(self._kept) >= HEAD_BYTES:
            self._begin()

    def finish(self) -> Examined | None:
        """Return what the whole file is, None if `examine_text` has to say; raise evidence_type_refused if it is refused."""
        if not self._is_begun:
            self._begin()
        self._hidden.finish()
        if self._binary is None:
            if is_mail(self.kept) and (hidden := self._hidden.first(NOT_IN_MAIL)):
                raise refused(WITH_HIDDEN[hidden])
            return None
        # pictures are parts of a PDF, as files may be: only what makes an archive of all of it is refused
        if hidden := self._hidden.first({Hidden.ARCHIVE} if self._binary == PDF else frozenset(Hidden)):
            raise refused(WITH_HIDDEN[hidden])
        return Examined(self._binary)

    @property
    def kept(self) -> bytes:
        """The content of a text, or the beginning of one that is too long."""
        return bytes(self._kept)

    def _begin(self) -> None:
        self._is_begun = True
        head = bytes(self._kept[:HEAD_BYTES])
        self._binary = binary_type(head)
        if self._binary is not None:
            self._kept.clear()
        elif b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and not is_workbook(head):
            raise refused(_what(head))


def is_workbook(content: bytes) -> bool:
    """Return whether a content begins as spreadsheets do; whether it is one takes more than its beginning."""
    if content.startswith(b"PK\x03\x04"):
        return content[30:60].startswith(_FIRST_PARTS)
    return content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def is_mail(content: bytes) -> bool:
    """Return whether a content begins with the fields of a mail (RFC 5322)."""
    found = _MAIL.match(content[:HEAD_BYTES])
    return found is not None and _MAIL_FIELD.search(found[0]) is not None


def examine_text(content: bytes) -> Examined:
    """Return what a content is that is no recording, picture or PDF: a mail, or else a text.

    Raise evidence_type_refused or evidence_too_large for anything else. It takes time that grows with the content.
    """
    if is_mail(content):
        return Examined(MAIL, content[:TEXT_BYTES].decode("utf-8", "replace"))
    if len(content) > TEXT_BYTES:
        raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(TEXT_BYTES))
    text = decoded(content)
    if text is None or content.startswith(tuple(REFUSED)):
        raise refused(_what(content))
    if _SCRIPT.match(text) or _TAG.search(text[:HEAD_BYTES]):
        raise refused(MARKUP)
    return Examined(TEXT, text)


def binary_type(head: bytes) -> str | None:
    """Return the media type of a recording, picture or PDF by its first bytes; None for anything else."""
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12])
    try:
        guess = puremagic.magic_string(head)[0].extension
    except puremagic.PureError:
        guess = ""
    if guess in (".mpga", ".mp3", ".aac", "") and not head.startswith(b"ID3"):
        return _framed(head)
    return SIGNATURES.get(guess)


def decoded(content: bytes) -> str | None:
    """Decode UTF-8, UTF-16 with a byte order mark, or GB18030; return None if the content is no text."""
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    return None


def refused(what: tuple[str, str]) -> ProblemError:
    """Return the problem that refuses a file of this kind, named in Chinese and English."""
    return ProblemError(EVIDENCE_TYPE_REFUSED, found_zh=what[0], found_en=what[1])


def _framed(head: bytes) -> str | None:
    """Return the media type of MP3 or AAC without a container: a frame whose length leads to the next frame."""
    if len(head) < 8 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS (ISO/IEC 13818-7)
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return "audio/aac" if length > 7 and _syncs(head, length, 0xF6) else None
    if head[1] & 0xE6 == 0xE2:  # layer III (ISO/IEC 11172-3)
        length = _mpeg_length(head)
        return "audio/mpeg" if length and _syncs(head, length, 0xFE) else None
    return None


def _syncs(head: bytes, length: int, mask: int) -> bool:
    return len(head) <= length + 1 or (head[length] == 0xFF and head[length + 1] & mask == head[1] & mask)


_KBITS: Final = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG-2 and 2.5
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG-1
)
_HERTZ: Final = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def _mpeg_length(head: bytes) -> int:
    """Return the length in bytes of the layer III frame that begins here; 0 if there is none."""
    version = head[1] >> 3 & 3
    hertz = _HERTZ.get(version, (0, 0, 0, 0))[head[2] >> 2 & 3]
    is_first = version == 3
    kbits = _KBITS[is_first][head[2] >> 4]
    return (144 if is_first else 72) * kbits * 1000 // hertz + (head[2] >> 1 & 1) if hertz and kbits else 0


def _what(head: bytes) -> tuple[str, str]:
    if head[257:262] == b"ustar":
        return ARCHIVE
    return next((what for start, what in REFUSED.items() if head.startswith(start)), UNKNOWN)
