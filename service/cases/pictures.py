"""Makes pictures fit to print: upright, small, and of one kind, whatever the file holds.

A file may claim any size and be of any making. It is drawn in a process beside the event loop, which is ended where a
picture takes longer or more memory than it may, and pixels are counted before any of them is unpacked.
"""

import io
from typing import Final

#: Pixels of a side in print: a screenshot of a telephone stays readable on half a page.
MOST_SIDE: Final = 1100
QUALITY: Final = 70
#: Pixels that are unpacked at once. JPEG is unpacked at a fraction of its size, so that photographs may have more.
MOST_PIXELS: Final = 40_000_000
MOST_PIXELS_OF_JPEG: Final = 120_000_000
FORMATS: Final = ("BMP", "GIF", "JPEG", "PNG", "WEBP")


def printable(content: bytes) -> bytes | None:
    """Return a picture as a JPEG that is small enough to print; None if it cannot be drawn."""
    try:
        return _drawn(content)
    except Exception:  # a file of hostile making can raise anything; the paper says that it was not drawn
        return None


def _drawn(content: bytes) -> bytes | None:
    from PIL import Image, ImageOps  # noqa: PLC0415  large: for the first picture that is printed

    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        most = MOST_PIXELS_OF_JPEG if picture.format == "JPEG" else MOST_PIXELS
        if picture.width * picture.height > most or min(picture.size) < 1:
            return None
        picture.draft("RGB", (2 * MOST_SIDE, 2 * MOST_SIDE))
        if picture.width * picture.height > MOST_PIXELS:
            return None
        upright = ImageOps.exif_transpose(picture)
        has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        flat = upright.convert("RGBA" if has_alpha else "RGB")
    flat.thumbnail((MOST_SIDE, MOST_SIDE))
    if has_alpha:
        page = Image.new("RGB", flat.size, "white")
        page.paste(flat, mask=flat.getchannel("A"))
        flat = page
    written = io.BytesIO()
    flat.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
