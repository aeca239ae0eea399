"""How the first bytes of recordings, videos, pictures and PDF files look: the one table of what is taken.

A container says by its brands, its document type or its streams what is in it; those that telephones and messengers use are
here. Libraries that know thousands of signatures lack some of them, and guess among the rest.
"""

import re
import struct
from collections.abc import Callable, Mapping
from typing import Final

from service.evidence.frames import framed_type

AUDIO_MP4: Final = "audio/mp4"
MP4: Final = "video/mp4"
MOBILE: Final = "video/3gpp"
QUICKTIME: Final = "video/quicktime"
HEIC: Final = "image/heic"
AVIF: Final = "image/avif"
#: Brands of ISO base media files (ISO/IEC 14496-12), as telephones and messengers write them -> media type.
BRANDS: Final[Mapping[bytes, str]] = {
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "), AUDIO_MP4),
    **dict.fromkeys((b"isom", *(b"iso%c" % digit for digit in b"23456789abc"), b"mp41", b"mp42", b"mp71"), MP4),
    **dict.fromkeys((b"avc1", b"hvc1", b"hev1", b"av01", b"M4V ", b"M4VH", b"M4VP", b"F4V ", b"f4v "), MP4),
    **dict.fromkeys((b"MSNV", *(b"ND%c%c" % (kind, last) for kind in b"SX" for last in b"CHMPS")), MP4),
    **dict.fromkeys((b"dash", b"msdh", b"msix", b"mmp4", b"cmfc", b"cmf2", b"cmfv", b"XAVC", b"isml", b"piff"), MP4),
    b"cmfa": AUDIO_MP4,
    **dict.fromkeys((b"3g%c%c" % (kind, digit) for kind in b"prseghf" for digit in b"123456789"), MOBILE),
    **dict.fromkeys((b"3g2a", b"3g2b", b"3g2c", b"KDDI"), MOBILE),
    **dict.fromkeys((b"qt  ", b"mqt "), QUICKTIME),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), HEIC),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"miaf"), HEIC),
    **dict.fromkeys((b"avif", b"avis", b"avio"), AVIF),
}  # fmt: skip
#: Brands that say how a file is built and not what is in it: the others that it names decide, where they say more.
_GENERAL: Final = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})
#: Boxes that begin a film of QuickTime without a brand.
_BARE_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot"})
_RIFF: Final[Mapping[bytes, str]] = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_STARTS: Final[Mapping[bytes, str]] = {
    b"#!AMR": "audio/amr", b"#!SILK": "audio/silk", b"\x02#!SILK": "audio/silk", b"fLaC\0": "audio/flac",
    b"caff\0": "audio/x-caf", b"GIF87a": "image/gif", b"GIF89a": "image/gif", b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png", b"II*\0": "image/tiff", b"MM\0*": "image/tiff", b"II+\0": "image/tiff",
    b"MM\0+": "image/tiff", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "video/x-ms-asf", b"\0\0\x01\xba": "video/mpeg",
}  # fmt: skip
_PDF: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]{0,64}%PDF-[12]\.[0-9]")
_BITMAP_HEADERS: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})  # sizes of the second header of a BMP


def signed_type(head: bytes) -> str | None:
    """Return the media type of a file whose first bytes say what it is; None if this table does not know."""
    for start, media_type in _STARTS.items():
        if head.startswith(start):
            return media_type
    return next((found for asked in _ASKED if (found := asked(head))), None)


def _branded(head: bytes) -> str | None:
    """Return what an ISO base media file is by its brands: the first that is known."""
    if head[4:8] not in (b"ftyp", b"styp"):
        return QUICKTIME if head[4:8] in _BARE_BOXES and len(head) >= 16 and _is_size(head) else None
    size = min(max(int.from_bytes(head[:4], "big"), 16), 1024)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    telling = [brand for brand in brands if brand not in _GENERAL]
    first = [*brands[:1], *telling] if brands[0] not in _GENERAL else [*_of_pictures(telling), *brands]
    return next((BRANDS[brand] for brand in first if brand in BRANDS), None)


def _of_pictures(brands: list[bytes]) -> list[bytes]:
    return [brand for brand in brands if BRANDS.get(brand) in (HEIC, AVIF)]


def _is_size(head: bytes) -> bool:
    """Return whether a box may be as long as it says: one, of 64 bits, or of at least its header."""
    size = int.from_bytes(head[:4], "big")
    return size == 1 or size >= 8


def _in_riff(head: bytes) -> str | None:
    return _RIFF.get(head[8:12]) if head[:4] in (b"RIFF", b"RF64", b"BW64") else None


def _in_form(head: bytes) -> str | None:
    return "audio/aiff" if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC") else None


def _in_ogg(head: bytes) -> str | None:
    if not head.startswith(b"OggS\0"):
        return None
    return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"


def _in_matroska(head: bytes) -> str | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    for kind, media_type in ((b"webm", "video/webm"), (b"matroska", "video/x-matroska")):
        if (
            b"\x42\x82" + bytes([0x80 | len(kind)]) + kind in head[:256]
        ):  # DocType, and its length in one byte
            return media_type
    return None


def _bitmap(head: bytes) -> str | None:
    if not head.startswith(b"BM") or len(head) < 18 or head[6:10] != b"\0\0\0\0":
        return None
    starts_at, header = struct.unpack_from("<LL", head, 10)
    return "image/bmp" if header in _BITMAP_HEADERS and starts_at >= 14 + header else None


def _document(head: bytes) -> str | None:
    return "application/pdf" if _PDF.match(head) else None


_ASKED: Final[tuple[Callable[[bytes], str | None], ...]] = (
    _branded, _in_riff, _in_form, _in_ogg, _in_matroska, _bitmap, _document, framed_type,
)  # fmt: skip
