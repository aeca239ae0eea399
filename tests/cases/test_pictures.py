"""Pictures are printed small, upright and plain, whatever a file claims to be."""

import io
import struct
import zlib

import pytest
from PIL import Image

from service.cases import pictures
from service.cases.pictures import MOST_SIDE, printable


def saved(picture: Image.Image, form: str, **how: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, form, **how)
    return written.getvalue()


def opened(jpeg: bytes | None) -> Image.Image:
    assert jpeg is not None
    picture = Image.open(io.BytesIO(jpeg))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    return picture


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_every_kind_that_is_printed_is_drawn_in_its_proportions(form: str) -> None:
    drawn = opened(printable(saved(Image.new("RGB", (2400, 1200), "red"), form)))
    assert drawn.size == (MOST_SIDE, MOST_SIDE // 2)
    red, green, _ = drawn.tobytes()[:3]
    assert red > 200
    assert green < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_is_drawn(mode: str) -> None:
    assert opened(printable(saved(Image.new(mode, (30, 20)), "PNG"))).size == (30, 20)


def test_what_is_transparent_is_paper() -> None:
    assert (
        opened(printable(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"))).getpixel((4, 4))
        == (255,) * 3
    )


def test_a_photograph_stands_upright_and_tells_no_more_of_its_making() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "maker of the camera"
    jpeg = printable(saved(Image.new("RGB", (40, 20)), "JPEG", exif=exif))
    assert opened(jpeg).size == (20, 40)
    assert jpeg is not None
    assert b"maker" not in jpeg


def test_the_same_picture_makes_the_same_bytes() -> None:
    content = saved(Image.effect_noise((64, 64), 60), "PNG")
    assert printable(content) == printable(content)


def bomb(wide: int, high: int) -> bytes:
    """A PNG that claims a size, with next to nothing in it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        bomb(60_000, 60_000),
        bomb(7_000, 6_000),
        bomb(0, 10),
        b"",
        b"GIF89a",
        saved(Image.new("RGB", (300, 300)), "PNG")[:200],
        saved(Image.new("RGB", (30, 30)), "TIFF"),
        b"%PDF-1.4",
        b"\xff\xd8\xff\xe0" + bytes(500),
    ],
    ids=[
        "huge",
        "large",
        "empty side",
        "nothing",
        "head alone",
        "cut off",
        "not printed",
        "no picture",
        "zeros",
    ],
)
def test_what_cannot_be_drawn_is_none_and_nothing_is_unpacked(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(*_given: object, **_named: object) -> None:
        raise AssertionError("unpacked")

    if content[:4] == b"\x89PNG" and len(content) < 150:  # a bomb, and not the picture that is cut off
        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unpack)
    assert printable(content) is None
