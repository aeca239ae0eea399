"""Reads the text of a mail: what its reader sees of it, however it is encoded (RFC 5322, 2045 to 2047)."""

import re
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from html.parser import HTMLParser
from itertools import islice
from typing import Final

_MOST_PARTS: Final = 200
_SHOWN_FIELDS: Final = ("subject", "from", "to", "reply-to")
_MOST_FIELD: Final = 4096  # characters of one field
_MOST_MARKUP: Final = 1024 * 1024  # characters of one page
_UNSEEN: Final = frozenset({"style", "script", "title"})
_BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "td", "th"})
_DATE: Final = re.compile(rb"^Date:[ \t]*([^\r\n]{1,100})", re.IGNORECASE | re.MULTILINE)


def text_of_mail(content: bytes) -> str:
    """Return the fields and the texts of a mail, decoded; what cannot be decoded as it was sent.

    It takes time that grows with the content.
    """
    raw = _decoded(content, None)
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(content.lstrip(b"\xef\xbb\xbf\r\n"))
        return "\n".join(_said(mail)) or raw
    except (MessageError, RecursionError, ValueError, LookupError, AssertionError):
        return raw  # a mail that is built to break its readers is kept all the same


def made_at_field(content: bytes) -> str | None:
    """Return the field Date of a mail as it was sent; None if there is none."""
    found = _DATE.search(content[:65536].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0])
    return found[1].decode("ascii", "replace") if found else None


def _said(mail: "Message[str, str]") -> Iterator[str]:
    for name, value in mail.raw_items():
        if name.lower() in _SHOWN_FIELDS:
            yield f"{name}: {_field(value[:_MOST_FIELD])}"
    for part in islice(mail.walk(), _MOST_PARTS):
        if part.get_content_maintype() == "text":
            text = _decoded(_payload(part), part.get_content_charset())
            yield _without_markup(text) if part.get_content_subtype() == "html" else text


def _payload(part: "Message[str, str]") -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _field(value: str) -> str:
    """Return a field decoded, also one that was sent in eight bits without saying in which encoding."""
    said = _decoded(value.encode("utf-8", "surrogateescape"), None)
    return "".join(
        part if isinstance(part, str) else _decoded(part, charset or "raw-unicode-escape")
        for part, charset in decode_header(said)
    )


def _decoded(content: bytes, charset: str | None) -> str:
    """Decode a text in the encoding that it names, if it is one of it, otherwise in one that fits."""
    # what calls itself GB 2312 has, more often than not, characters of the larger set
    named = "gb18030" if (charset or "").lower() in ("gb2312", "gbk") else charset or "utf-8"
    for encoding in (named, "utf-8", "gb18030"):
        with suppress(UnicodeError, LookupError):
            return content.decode(encoding)
    return content.decode("latin-1")


def _without_markup(text: str) -> str:
    reader = _Reader()
    reader.feed(text[:_MOST_MARKUP])
    reader.close()
    return "".join(reader.shown)


class _Reader(HTMLParser):
    """Collects what a page shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what is not shown, and of where a line ends."""
        self._hidden += tag in _UNSEEN
        if tag in _BREAKS:
            self.shown.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Take note of the end of what is not shown."""
        self._hidden = max(self._hidden - (tag in _UNSEEN), 0)

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._hidden:
            self.shown.append(data)
