"""Draws call lists as telephones in China show them, with what stands on them, so that what is read can be compared.

Six layouts, three widths, light and dark, small and large type, noise, JPEG, rows that are cut through. Where words and
places differ between releases of a telephone's software, one is drawn at random. No picture of a real screen was taken;
the numbers are allocated to nobody, or are a bank's.
"""

import io
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from service.days import CHINA
from tests.screens.callers import Drawn, Teller
from tests.screens.layouts import TITLES, WRITERS
from tests.screens.pen import LATIN, Pen, Style, font_file, font_of

WIDTHS: Final = (720, 1080, 1440)


LAYOUTS: Final = ("ios", "miui", "harmony", "coloros", "origin", "carrier")


class Picture(NamedTuple):
    """A drawn screen: its file, when it was taken, and its rows."""

    content: bytes
    taken: datetime
    rows: list[Drawn]
    layout: str
    width: int


def draw_screen(seed: int) -> Picture:
    """Return a screen that is drawn from a seed."""
    rng = random.Random(seed)
    layout = LAYOUTS[seed % len(LAYOUTS)]
    width = WIDTHS[seed // len(LAYOUTS) % len(WIDTHS)]
    style = _style(rng, width)
    taken = datetime(2026, 11, 30, rng.randrange(7, 24), rng.randrange(60), tzinfo=CHINA) - timedelta(
        days=rng.randrange(20)
    )
    teller = Teller(rng, taken)
    teller.weekdays = layout == "ios" or rng.random() < 0.3
    teller.headings = layout in ("harmony", "coloros", "origin") and rng.random() < 0.2
    if layout == "ios":
        teller.dates = "{y}/{m}/{d}"
    height = round(width * rng.choice([16 / 9, 19.5 / 9, 20 / 9]))
    pen = Pen(style, height)
    rows = _draw_rows(pen, teller, layout, rng)
    _draw_frame(pen, layout, taken, rng)
    content = _spoil(pen.image, rng)
    return Picture(content, taken, rows, layout, width)


def _style(rng: random.Random, width: int) -> Style:
    dark = rng.random() < 0.4
    paper, ink, faint = (
        ((18, 18, 20), (235, 235, 235), (150, 150, 155))
        if dark
        else ((255, 255, 255), (20, 20, 20), (120, 120, 125))
    )
    if not dark and rng.random() < 0.3:
        paper = (242, 242, 247)
    chinese = font_file()
    assert chinese is not None
    return Style(
        width,
        width / 360,
        rng.choice([0.9, 1.0, 1.0, 1.15, 1.3]),
        ink,
        faint,
        paper,
        rng.choice([*LATIN, chinese]),
    )


def _draw_rows(pen: Pen, teller: Teller, layout: str, rng: random.Random) -> list[Drawn]:
    u = pen.style.unit
    begin = 120 * u
    end = pen.image.height - (56 * u if TITLES[layout][2] else 0)
    y = begin - (
        rng.randrange(10, 60) * u if rng.random() < 0.5 else 0
    )  # scrolled: the first row is cut through
    spread = rng.uniform(0, 14) * u
    rows: list[Drawn] = []
    last: date | None = None
    is_day_seen = not teller.headings
    has_pictures = layout not in ("ios", "carrier") and rng.random() < 0.25
    pen.card = rng.choice(["1", "2"]) if layout not in ("ios", "carrier") and rng.random() < 0.25 else None
    while y < end:
        written, drawn = teller.call()
        if teller.headings and drawn.day and drawn.day != last:
            last = drawn.day
            pen.write(24 * u, y + 16 * u, teller.named(drawn.day) or "今天", 13, pen.style.faint)
            is_day_seen = is_day_seen or y + 17 * u >= begin
            y += 16 * u + pen.size(13) * 1.5
        if has_pictures:
            pen.indent = 50 * u
            pen.draw.ellipse((20 * u, y + 14 * u, 58 * u, y + 52 * u), fill=(120, 150, 190))
            inside = written[0] if written[0] in "张王李妈快物" else ""
            pen.draw.text(
                (39 * u, y + 33 * u),
                inside,
                font=font_of(font_file() or Path(), round(18 * u)),
                fill="white",
                anchor="mm",
            )
        high = WRITERS[layout](pen, teller, y, written, drawn)
        pen.indent = 0.0
        if not is_day_seen:
            drawn.day = None
        drawn.top, drawn.bottom = y, y + high
        drawn.is_whole = y + 4 * u >= begin and y + high - 8 * u <= end
        rows.append(drawn)
        y += high + spread
    return rows


def _draw_frame(pen: Pen, layout: str, taken: datetime, rng: random.Random) -> None:
    s, u = pen.style, pen.style.unit
    title, tabs, bottom = TITLES[layout]
    pen.draw.rectangle((0, 0, s.width, 120 * u), fill=s.paper)
    pen.write(24 * u, 8 * u, taken.strftime("%H:%M"), 12 / s.type_scale, s.ink)
    pen.write(
        s.width - 20 * u,
        8 * u,
        rng.choice(["5G 86%", "4G 100", "中国移动 5G"]),
        11 / s.type_scale,
        s.ink,
        right=True,
    )
    pen.write(24 * u, 34 * u, title, 24 / s.type_scale, s.ink, bold=True)
    x = 24 * u
    for tab in tabs:
        x, _ = pen.write(x, 84 * u, tab, 14 / s.type_scale, s.faint)
        x += 24 * u
    if bottom:
        top = pen.image.height - 56 * u
        pen.draw.rectangle((0, top, s.width, pen.image.height), fill=s.paper)
        pen.draw.line((0, top, s.width, top), fill=s.faint)
        for place, word in enumerate(bottom):
            pen.write(
                (place + 0.5) * s.width / len(bottom) - 20 * u, top + 26 * u, word, 10 / s.type_scale, s.faint
            )


def _spoil(image: Image.Image, rng: random.Random) -> bytes:
    pixels = np.asarray(image).astype(np.int16)
    strength = rng.choice([0, 0, 2, 5])
    if strength:
        noise = np.random.default_rng(rng.randrange(2**32)).normal(0, strength, pixels.shape)
        pixels = np.clip(pixels + noise, 0, 255)
    made = Image.fromarray(pixels.astype(np.uint8))
    written = io.BytesIO()
    match rng.choice(["png", "jpeg", "jpeg", "webp"]):
        case "png":
            made.save(written, "PNG", compress_level=1)
        case "jpeg":
            made.save(written, "JPEG", quality=rng.choice([45, 65, 85]))
        case _:
            made.save(written, "WEBP", quality=75)
    return written.getvalue()
