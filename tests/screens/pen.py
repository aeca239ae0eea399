"""Writes text and signs on a drawn screen, Chinese and digits each in a font of its own."""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

CJK: Final = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
)


BOLD: Final = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")


#: Telephones often write digits in another font than Chinese.
LATIN: Final = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"),
)


def font_file() -> Path | None:
    """Return a font that has Chinese, None if the machine has none."""
    return next((path for path in CJK if path.exists()), None)


class Style(NamedTuple):
    """What one screen has in common: colours, sizes and fonts."""

    width: int
    unit: float  # pixels of one dp
    type_scale: float
    ink: tuple[int, int, int]
    faint: tuple[int, int, int]
    paper: tuple[int, int, int]
    digits: Path


class Pen:
    """Writes text on a screen, Chinese and digits each in its font."""

    def __init__(self, style: Style, height: int) -> None:
        self.style = style
        self.image = Image.new("RGB", (style.width, height), style.paper)
        self.draw = ImageDraw.Draw(self.image)
        self.indent = 0.0  # of what begins at the left: a round picture of the caller may stand before it
        self.card: str | None = (
            None  # the number of the SIM card, in a little box before what is said below a number
        )

    def size(self, sp: float) -> int:
        return max(8, round(sp * self.style.unit * self.style.type_scale))

    def write(
        self,
        x: float,
        y: float,
        text: str,
        sp: float,
        ink: tuple[int, int, int],
        *,
        right: bool = False,
        bold: bool = False,
    ) -> tuple[float, float]:
        """Write a text with its left (or right) end at x and its top at y; return where it ends, and its height."""
        pieces = pieces_of(text)
        size = self.size(sp)
        fonts = [font_of(self._path(piece, bold), size) for piece in pieces]
        widths = [font.getlength(piece) for piece, font in zip(pieces, fonts, strict=True)]
        at = x - sum(widths) if right else x + self.indent
        for piece, font, wide in zip(pieces, fonts, widths, strict=True):
            self.draw.text((at, y + size), piece, font=font, fill=ink, anchor="ls")
            at += wide
        return at, size * 1.2

    def say(self, x: float, y: float, text: str, sp: float) -> tuple[float, float]:
        """Write what stands below a number, behind the box of the SIM card if there is one."""
        if self.card:
            side = self.size(sp) * 0.95
            left, top = x + self.indent, y + self.size(sp) * 0.15
            self.draw.rounded_rectangle(
                (left, top, left + side, top + side),
                side / 5,
                outline=self.style.faint,
                width=max(1, round(side / 12)),
            )
            font = font_of(self.style.digits, round(side * 0.7))
            self.draw.text(
                (left + side / 2, top + side / 2), self.card, font=font, fill=self.style.faint, anchor="mm"
            )
            x += side * 1.35
        return self.write(x, y, text, sp, self.style.faint)

    def chip(self, x: float, y: float, label: str, sp: float) -> None:
        """Write a label in a box behind a number, if there is room for it."""
        if x + self.wide(label, sp) + 90 * self.style.unit < self.style.width:
            end, high = self.write(x - self.indent, y, label, sp, (210, 120, 40))
            self.draw.rounded_rectangle((x - 4, y, end + 4, y + high), 6, outline=(210, 120, 40))

    def wide(self, text: str, sp: float) -> float:
        """Return how wide a text will be."""
        return sum(font_of(self._path(one, False), self.size(sp)).getlength(one) for one in pieces_of(text))

    def _path(self, piece: str, bold: bool) -> Path:
        chinese = BOLD if bold and BOLD.exists() else font_file()
        assert chinese is not None
        return self.style.digits if piece.isascii() and self.style.digits.exists() and not bold else chinese


@cache
def font_of(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, index=2 if path.name.startswith("NotoSansCJK") else 0)


def pieces_of(text: str) -> list[str]:
    pieces: list[str] = []
    for letter in text:
        if pieces and pieces[-1].isascii() == letter.isascii():
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def arrow(pen: Pen, x: float, y: float, size: float, *, up: bool) -> None:
    ink, wide = pen.style.faint, max(1, round(size / 6))
    a, b = ((x, y + size), (x + size, y)) if up else ((x + size, y), (x, y + size))
    pen.draw.line((*a, *b), fill=ink, width=wide)
    pen.draw.line((b[0], b[1], b[0] + (-size / 2 if up else size / 2), b[1]), fill=ink, width=wide)
    pen.draw.line((b[0], b[1], b[0], b[1] + (size / 2 if up else -size / 2)), fill=ink, width=wide)


def info(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius),
        outline=(40, 120, 240),
        width=max(1, round(radius / 7)),
    )
    pen.draw.line(
        (x, y - radius / 6, x, y + radius / 2), fill=(40, 120, 240), width=max(1, round(radius / 5))
    )
    pen.draw.ellipse((x - 1, y - radius / 2, x + 1, y - radius / 2 + 2), fill=(40, 120, 240))


def chevron(pen: Pen, x: float, y: float, size: float) -> None:
    wide = max(1, round(size / 4))
    pen.draw.line((x, y - size, x + size, y, x, y + size), fill=pen.style.faint, width=wide)
