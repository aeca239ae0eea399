"""Opens a picture within bounds: its head is read first, and nothing is unpacked that claims to be too large."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from service.days import CHINA

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Final = ("PNG", "JPEG", "WEBP")
#: A telephone's screen has up to five million pixels; one that was put together while scrolling several times that.
MOST_PIXELS: Final = 24_000_000
LEAST_SIDE: Final = 200
LONGEST: Final = 14  # times as high as wide
#: Side to which a picture is brought: letters of 24 to 60 pixels are read best.
WIDTH: Final = 900
_EXIF: Final = 0x8769
_MADE: Final = (36867, 36868, 306)  # DateTimeOriginal, DateTimeDigitized, DateTime
_OFFSETS: Final = {36867: 36881, 36868: 36882, 306: 36880}
_STAMP: Final = re.compile(r"(\d{4}):(\d{2}):(\d{2}) (\d{2}):(\d{2}):(\d{2})")
_XMP: Final = re.compile(
    rb"(?:photoshop:DateCreated|xmp:CreateDate|exif:DateTimeOriginal)(?:=[\"']|>)"
    rb"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})?)"
)
_MOST_XMP: Final = 64 * 1024


class PictureError(Exception):
    """A file is no picture that can be read: a code says why."""


class Opened(NamedTuple):
    """A picture, upright and without transparency, and when it says itself that it was made, in RFC 3339."""

    image: Image
    taken: str | None


def open_picture(content: bytes) -> Opened:
    """Return the picture in a file; raise PictureError with `type`, `size`, `small` or `damaged`."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415  large: in its own process only

    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise PictureError("type") from None
    except Exception as error:
        raise PictureError("damaged") from error
    with picture:
        short, long = sorted(picture.size)
        if short * long > MOST_PIXELS or long > LONGEST * short:
            raise PictureError("size")
        if short < LEAST_SIDE:
            raise PictureError("small")
        try:
            taken = _taken(picture)
            upright = ImageOps.exif_transpose(picture)
            return Opened(_flat(upright), taken)
        except MemoryError:
            raise
        except Exception as error:  # a file of hostile making can raise anything
            raise PictureError("damaged") from error


def _flat(picture: Image) -> Image:
    from PIL import Image  # noqa: PLC0415

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        page = Image.new("RGB", seen.size, "white")
        page.paste(seen, mask=seen.getchannel("A"))
        return page
    return picture.convert("RGB")


def _taken(picture: Image) -> str | None:
    """Return when a picture says that it was made: by its EXIF, in China if that names no zone, or by its XMP."""
    exif = picture.getexif()
    inner = exif.get_ifd(_EXIF)
    for tag in _MADE:
        stamp = _STAMP.match(str(inner.get(tag) or exif.get(tag) or ""))
        if stamp and (at := _moment(stamp, str(inner.get(_OFFSETS[tag]) or ""))):
            return at
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    content = xmp.encode("utf-8", "ignore") if isinstance(xmp, str) else bytes(xmp)
    found = _XMP.search(content[:_MOST_XMP])
    return _zoned(found[1].decode()) if found else None


def _moment(stamp: re.Match[str], offset: str) -> str | None:
    year, month, day, hour, minute, second = stamp.groups()
    zone = offset if re.fullmatch(r"[+-]\d{2}:\d{2}", offset) else ""
    return _zoned(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}")


def _zoned(written: str) -> str | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=CHINA)).isoformat()
