"""Finds out what a file is from its content alone, without its name or its declared type.

`signatures` knows recordings, videos and pictures, `tables` spreadsheets. This module knows text in the encodings that
telephones and programs in China use, mail, and what is neither.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.contacts.log_types import CALL_LOG, JSON, XML
from service.edge.problems import EVIDENCE_TOO_LARGE, EVIDENCE_TYPE_REFUSED, ProblemError, megabytes
from service.evidence.hidden import Hidden, HiddenFinder
from service.evidence.mail import text_of_mail
from service.evidence.signatures import signed_type
from service.evidence.tables import (
    begins_as_table,
    is_html_table,
    is_json,
    is_xml_data,
    spreadsheet_type,
)
from service.numbers.text import fold
from service.spreadsheets import LEGACY_SPREADSHEET, OPEN_SPREADSHEET, SPREADSHEET

HEAD_BYTES: Final = 4096
#: Far more than any message or call log has; of a mail, this much is searched for the number.
TEXT_BYTES: Final = 4 * 1024 * 1024

TEXT: Final = "text/plain"
MAIL: Final = "message/rfc822"
#: Every media type that is accepted -> the extension of its files.
EXTENSIONS: Final[Mapping[str, str]] = {
    "application/pdf": ".pdf", "audio/aac": ".aac", "audio/aiff": ".aiff", "audio/amr": ".amr", "audio/flac": ".flac",
    "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/silk": ".silk", "audio/wav": ".wav",
    "audio/x-caf": ".caf",
    "image/avif": ".avif", "image/bmp": ".bmp", "image/gif": ".gif", "image/heic": ".heic", "image/jpeg": ".jpg",
    "image/png": ".png", "image/tiff": ".tiff", "image/webp": ".webp",
    "video/3gpp": ".3gp", "video/mp4": ".mp4", "video/mpeg": ".mpg", "video/ogg": ".ogv", "video/quicktime": ".mov",
    "video/webm": ".webm", "video/x-matroska": ".mkv", "video/x-ms-asf": ".asf", "video/x-msvideo": ".avi",
    LEGACY_SPREADSHEET: ".xls", SPREADSHEET: ".xlsx", OPEN_SPREADSHEET: ".ods",
    XML: ".xml", JSON: ".json", MAIL: ".eml", TEXT: ".txt", CALL_LOG: ".csv",
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

#: What programs take for a page or a script by its beginning; a message may begin with `<` and a letter as well.
_PAGE: Final = re.compile(
    r"\s*+(?:<!doctype\s|<(?:html|head|body|svg|script|iframe)[\s/>]|<\?(?:xml\s|php\b|=)|<%[@=\s]"
    r"|#!\s*/|@echo\s+(?:off|on)\b)",
    re.IGNORECASE,
)
#: What acts in a page, wherever it stands in the beginning of a text.
_ACTIVE: Final = re.compile(
    r"<(?:script|iframe|svg)[\s/>][^\0]*?</(?:script|iframe|svg)|<\?php\s|<%[@=][^\0]*?%>", re.IGNORECASE
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_MAIL: Final = re.compile(
    rb"(?:From [^\r\n]+\r?\n)?(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}", re.ASCII
)
_MAIL_FIELD: Final = re.compile(
    rb"^(?:From|Date|Received|Return-Path|Message-ID):", re.IGNORECASE | re.MULTILINE
)
_BETWEEN: Final = r"[\s\-().·]*+"
#: What may stand before a number and belong to it: the country, the trunk, or the second number of a SIM (和多号).
#: Only behind one of them spaces are skipped: a text may consist of spaces.
_BEFORE: Final = rf"(?:(?:(?:\+|00){_BETWEEN})?86{_BETWEEN})?(?:(?:12583[123]|0){_BETWEEN})?"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; `text` is what people read in it, if it is a text or a mail."""

    media_type: str
    text: str = ""

    def names(self, number: str) -> bool:
        """Return whether the text contains a number, given by its key, however it is written."""
        digits = re.sub(r"\D", "", number.removeprefix("+86"))
        if len(digits) < 3:
            return False
        written = _BETWEEN.join(digits)
        return re.search(rf"(?<![0-9]){_BEFORE}{written}(?![0-9])", fold(self.text)) is not None


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
    def known_type(self) -> str | None:
        """The type as far as it is known: None while too little has come, text for what is neither sound nor picture."""
        return (self._binary or TEXT) if self._is_begun else None

    @property
    def kept(self) -> bytes:
        """The content of a text, or the beginning of one that is too long."""
        return bytes(self._kept)

    def _begin(self) -> None:
        self._is_begun = True
        head = bytes(self._kept[:HEAD_BYTES])
        self._binary = signed_type(head)
        if self._binary is not None:
            self._kept.clear()
        elif b"\0" in head and not begins_as_table(head) and _wide_encoding(head) is None:
            raise refused(_what(head))


def is_mail(content: bytes) -> bool:
    """Return whether a content begins with the fields of a mail (RFC 5322)."""
    found = _MAIL.match(content[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    return found is not None and _MAIL_FIELD.search(found[0]) is not None


def examine_text(content: bytes) -> Examined:
    """Return what a content is that is no recording, picture or PDF: a mail, a call log in some form, or else a text.

    Raise evidence_type_refused or evidence_too_large for anything else. It takes time that grows with the content.
    """
    if is_mail(content):
        return Examined(MAIL, text_of_mail(content[:TEXT_BYTES]))
    if len(content) > TEXT_BYTES:
        raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(TEXT_BYTES))
    if media_type := spreadsheet_type(content):
        return Examined(media_type)
    text = decoded(content)
    if text is None or text.startswith("{\\rtf"):
        raise refused(_what(content))
    if is_html_table(text):
        return Examined(LEGACY_SPREADSHEET, text)
    if is_xml_data(text):
        return Examined(XML, text)
    if _PAGE.match(text) or _ACTIVE.search(text[:HEAD_BYTES]):
        raise refused(MARKUP)
    return Examined(JSON if is_json(text) else TEXT, text)


def decoded(content: bytes) -> str | None:
    """Decode UTF-8, UTF-16 or GB18030; return None if the content is no text."""
    for encoding in (_wide_encoding(content) or "utf-8-sig", "gb18030"):
        try:
            text = content.removesuffix(b"\x1a").decode(encoding)  # DOS ends texts so
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    return None


def _wide_encoding(content: bytes) -> str | None:
    """Return which UTF-16 a text is in: by its byte order mark, or by where the zeros of its ASCII characters stand."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = content[:HEAD_BYTES]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 20 < len(head) or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def refused(what: tuple[str, str]) -> ProblemError:
    """Return the problem that refuses a file of this kind, named in Chinese and English."""
    return ProblemError(EVIDENCE_TYPE_REFUSED, found_zh=what[0], found_en=what[1])


def _what(head: bytes) -> tuple[str, str]:
    if head[257:262] == b"ustar":
        return ARCHIVE
    return next((what for start, what in REFUSED.items() if head.startswith(start)), UNKNOWN)
