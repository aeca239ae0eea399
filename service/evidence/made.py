"""Reads from a file itself when it was made: pictures, films, recordings and mail say so, each in a way of its own.

What is said is a claim of whoever's clock made the file. It is shown with the place that it was read from, and what cannot
be is left out: a day without an hour, a time before there were such files, or one that is still to come.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from service.days import CHINA
from service.evidence.exif import exif_time
from service.evidence.mail import made_at_field
from service.evidence.tags import tag_time

EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER: Final = timedelta(days=1)  # by which a clock may be ahead
_EPOCH_OF_MP4: Final = datetime(1904, 1, 1, tzinfo=UTC)
_EPOCH_OF_MATROSKA: Final = datetime(2001, 1, 1, tzinfo=UTC)
_DATE_IN_MATROSKA: Final = re.compile(rb"\x44\x61\x88(.{8})", re.DOTALL)
_VORBIS: Final = re.compile(
    rb"(?:DATE|CREATION_TIME|CREATION_DATE)=(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)",
    re.IGNORECASE,
)
_BROADCAST: Final = re.compile(rb"bext.{4}.{320}(\d{4}).(\d\d).(\d\d)(\d\d).(\d\d).(\d\d)", re.DOTALL)


class MadeFrom(StrEnum):
    """Where the time at which a file was made comes from."""

    EXIF = "exif"
    FILM = "film_header"
    MAIL = "mail_date"
    TAG = "id3_tag"
    COMMENT = "vorbis_comment"
    BROADCAST = "wav_header"
    MATROSKA = "matroska_date"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class Made:
    """When a file was made, what says so, and whether China's zone was taken because none is named."""

    at: datetime
    read_from: MadeFrom
    is_zone_assumed: bool = False


def made_of(media_type: str, fragment: bytes, now: datetime) -> Made | None:
    """Return when a file says it was made, from its fragment (`Skimmer`) or, a mail, its beginning; None if it does not.

    The time it takes grows with the fragment: not to be done on the event loop.
    """
    read = _READERS.get(media_type)
    try:
        found = read(fragment) if read and fragment else None
    except (ValueError, OverflowError, struct.error, IndexError):
        return None
    if found is None:
        return None
    said, read_from = found
    at = said if said.tzinfo else said.replace(tzinfo=CHINA)
    return Made(at, read_from, said.tzinfo is None) if EARLIEST <= at <= now + CLOCKS_DIFFER else None


_Found = tuple[datetime, MadeFrom] | None


def _in_film(film: bytes) -> _Found:
    """Read the creation time of a film's header, in seconds since 1904 (ISO/IEC 14496-12, 8.2.2)."""
    at = film.find(b"mvhd")
    if at < 0 or len(film) < at + 16:
        return None
    is_wide = film[at + 4] == 1
    (seconds,) = struct.unpack_from(">Q" if is_wide else ">L", film, at + 8)
    return (_EPOCH_OF_MP4 + timedelta(seconds=seconds), MadeFrom.FILM) if seconds else None


def _in_exif(fields: bytes) -> _Found:
    taken = exif_time(fields)
    return (taken, MadeFrom.EXIF) if taken else None


def _in_mail(head: bytes) -> _Found:
    said = made_at_field(head)
    if said is None:
        return None
    at = parsedate_to_datetime(said)
    return (
        at if at.tzinfo else at.replace(tzinfo=UTC)
    ), MadeFrom.MAIL  # RFC 5322: -0000 is UTC of a place unknown


def _in_tag(head: bytes) -> _Found:
    at = tag_time(head)
    return (at, MadeFrom.TAG) if at else None


def _in_comment(head: bytes) -> _Found:
    found = _VORBIS.search(head)
    return (datetime.fromisoformat(found[1].decode("ascii")), MadeFrom.COMMENT) if found else None


def _in_broadcast(head: bytes) -> _Found:
    found = _BROADCAST.search(head)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(year, month, day, hour, minute, second), MadeFrom.BROADCAST  # no zone is told


def _in_matroska(head: bytes) -> _Found:
    found = _DATE_IN_MATROSKA.search(head)
    if found is None:
        return None
    (nanoseconds,) = struct.unpack(">q", found[1])
    return _EPOCH_OF_MATROSKA + timedelta(microseconds=nanoseconds // 1000), MadeFrom.MATROSKA


_READERS: Final[Mapping[str, Callable[[bytes], _Found]]] = {
    **dict.fromkeys(("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"), _in_film),
    **dict.fromkeys(("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "image/tiff"), _in_exif),
    **dict.fromkeys(("audio/ogg", "audio/flac", "video/ogg"), _in_comment),
    **dict.fromkeys(("video/webm", "video/x-matroska"), _in_matroska),
    "audio/mpeg": _in_tag, "audio/aac": _in_tag, "audio/wav": _in_broadcast, "message/rfc822": _in_mail,
}  # fmt: skip
