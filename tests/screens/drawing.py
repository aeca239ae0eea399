"""Draws call lists as telephones in China show them, with what stands on them, so that what is read can be compared.

Six layouts, three widths, light and dark, small and large type, noise, JPEG, rows that are cut through. Where words and places
differ between releases of a telephone's software, one is drawn at random. No picture of a real screen was taken; the numbers
are allocated to nobody.
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from service.days import CHINA

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
WIDTHS: Final = (720, 1080, 1440)
LAYOUTS: Final = ("ios", "miui", "harmony", "coloros", "origin", "carrier")
RED: Final = (230, 60, 50)
REGIONS: Final = ("北京", "广东深圳", "上海", "四川成都", "江苏南京", "浙江杭州", "重庆")
NETWORKS: Final = ("移动", "联通", "电信")
NAMES: Final = ("张三", "王阿姨", "快递小李", "李主管", "妈妈", "物业")
LABELS: Final = ("骚扰电话", "疑似诈骗", "贷款理财", "广告推销")
WEEKDAYS: Final = "一二三四五六日"
HALVES: Final = ((0, 6, "凌晨"), (6, 12, "上午"), (12, 18, "下午"), (18, 24, "晚上"))


def font_file() -> Path | None:
    """Return a font that has Chinese, None if the machine has none."""
    return next((path for path in CJK if path.exists()), None)


@dataclass
class Drawn:
    """A row as it stands on a screen; None where it does not say, and `hidden` if a person could not read it either."""

    number: str | None
    count: int
    day: date | None
    clock: time | None
    is_incoming: bool | None
    seconds: int | None
    ring: int | None
    top: float = 0.0
    bottom: float = 0.0
    is_whole: bool = True
    texts: list[str] = field(default_factory=list)


class Picture(NamedTuple):
    """A drawn screen: its file, when it was taken, and its rows."""

    content: bytes
    taken: datetime
    rows: list[Drawn]
    layout: str
    width: int


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

    def size(self, sp: float) -> int:
        return max(8, round(sp * self.style.unit * self.style.type_scale))

    def write(
        self, x: float, y: float, text: str, sp: float, ink: tuple[int, int, int], *, right: bool = False, bold: bool = False
    ) -> tuple[float, float]:
        """Write a text with its left (or right) end at x and its top at y; return where it ends, and its height."""
        pieces = _pieces(text)
        size = self.size(sp)
        fonts = [_font(self._path(piece, bold), size) for piece in pieces]
        widths = [font.getlength(piece) for piece, font in zip(pieces, fonts, strict=True)]
        at = x - sum(widths) if right else x
        for piece, font, wide in zip(pieces, fonts, widths, strict=True):
            self.draw.text((at, y + size), piece, font=font, fill=ink, anchor="ls")
            at += wide
        return at, size * 1.2

    def wide(self, text: str, sp: float) -> float:
        """Return how wide a text will be."""
        return sum(_font(self._path(one, False), self.size(sp)).getlength(one) for one in _pieces(text))

    def _path(self, piece: str, bold: bool) -> Path:
        chinese = BOLD if bold and BOLD.exists() else font_file()
        assert chinese is not None
        return self.style.digits if piece.isascii() and self.style.digits.exists() and not bold else chinese


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, index=2 if path.name.startswith("NotoSansCJK") else 0)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for letter in text:
        if pieces and pieces[-1].isascii() == letter.isascii():
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


class Teller:
    """Invents the calls of one screen and writes their times as one telephone does."""

    def __init__(self, rng: random.Random, taken: datetime) -> None:
        self.rng = rng
        self.taken = taken
        self._at = taken
        self.halves = rng.random() < 0.35
        self.dates = rng.choice(["{m}月{d}日", "{m}/{d}", "{y}/{m}/{d}", "{m:02}-{d:02}"])
        self.spaced = rng.choice(["{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}"])

    def call(self) -> tuple[str, Drawn]:
        """Return the written number and what stands behind it, each earlier than the one before."""
        rng = self.rng
        self._at -= timedelta(minutes=rng.choice([3, 17, 45, 150, 400, 900, 2000]) + rng.randrange(30))
        key, written = self.number()
        way = rng.choice(["missed", "missed", "in", "out", "not through"])
        seconds = rng.choice([rng.randrange(1, 59), rng.randrange(60, 600)]) if way in ("in", "out") else None
        ring = rng.randrange(2, 58) if way == "missed" else None
        count = rng.choice([1, 1, 2, 3, 6, rng.randrange(2, 40)])
        at = self._at
        drawn = Drawn(key, count, at.date(), at.time().replace(second=at.second, microsecond=0), way != "out" and way != "not through", seconds, ring)
        drawn.texts.append(way)
        return written, drawn

    def number(self) -> tuple[str | None, str]:
        rng = self.rng
        tail = f"{rng.randrange(10_000):04}"
        kind = rng.random()
        if kind < 0.62:
            written = self.spaced.format("197", "9000", tail)
            return f"+861979000{tail}", ("+86 " if rng.random() < 0.15 else "") + written
        if kind < 0.74:
            local = f"{rng.randrange(2, 9)}{rng.randrange(10_000_000):07}"
            area = rng.choice(["010", "021"])
            return f"+86{area[1:]}{local}", rng.choice([f"{area} {local}", f"{area}-{local[:4]} {local[4:]}", area + local])
        if kind < 0.80:
            return "95588", "95588"
        if kind < 0.86:
            return f"+86400820{tail}", rng.choice([f"400-820-{tail}", f"400820{tail}", f"400 820 {tail}"])
        if kind < 0.90:
            return None, f"197****{tail}"
        if kind < 0.93:
            return "withheld", rng.choice(["未知号码", "私人号码"])
        return None, rng.choice(NAMES)

    def clock(self, at: time, *, seconds: bool = False) -> str:
        if seconds:
            return at.strftime("%H:%M:%S")
        if not self.halves:
            return f"{at.hour}:{at.minute:02}" if self.rng.random() < 0.0 else at.strftime("%H:%M")
        half = next(word for begin, end, word in HALVES if begin <= at.hour < end)
        hour = at.hour if half in ("凌晨", "上午") else at.hour % 12 or 12
        if half == "晚上" and hour < 5:
            half = "下午"
        return f"{half}{hour}:{at.minute:02}"

    def day(self, day: date) -> str:
        back = (self.taken.date() - day).days
        if back == 0:
            return ""
        if back == 1:
            return "昨天"
        if back < 7 and self.weekdays:
            return f"星期{WEEKDAYS[day.weekday()]}"
        return self.dates.format(y=day.year, m=day.month, d=day.day)

    weekdays = False


def length(seconds: int, rng: random.Random) -> str:
    """Return a length as telephones write it."""
    minutes, rest = divmod(seconds, 60)
    gap = rng.choice(["", " "])
    return f"{minutes}{gap}分{rest}{gap}秒" if minutes else f"{rest}{gap}秒"


def fitting(pen: Pen, written: str, suffix: str, sp: float, room: float, drawn: Drawn) -> str:
    """Return a number as it fits into its place: with an ellipsis where it does not, so that nobody can know it."""
    if pen.wide(written + suffix, sp) <= room:
        return written + suffix
    while pen.wide(written + "…" + suffix, sp) > room:
        written = written[:-1]
    if drawn.number != "withheld":
        drawn.number = None
    return written + "…" + suffix


RowWriter = Callable[[Pen, Teller, float, str, Drawn], float]


def _ios(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u = pen.style, pen.style.unit
    missed = drawn.texts[0] == "missed"
    suffix = f" ({drawn.count})" if drawn.count > 1 else ""
    shown = fitting(pen, written, suffix, 17, s.width - 130 * u, drawn)
    pen.write(30 * u, y + 8 * u, shown, 17, RED if missed else s.ink)
    if drawn.texts[0] in ("out", "not through"):
        _arrow(pen, 8 * u, y + 12 * u, 12 * u, up=True)
    _, high = pen.write(30 * u, y + 12 * u + pen.size(17) * 1.25, teller.rng.choice(["手机", "未知", "中国北京", "广东深圳"]), 14, s.faint)
    day = teller.day(drawn.day) if drawn.day else ""
    pen.write(s.width - 44 * u, y + 14 * u, day or teller.clock(drawn.clock or time()), 15, s.faint, right=True)
    _info(pen, s.width - 24 * u, y + 24 * u, 10 * u)
    if day:
        drawn.clock = None
    drawn.seconds = drawn.ring = None
    drawn.is_incoming = True if missed else None
    return 12 * u + pen.size(17) * 1.25 + high + 12 * u


def _miui(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = f"({drawn.count})" if drawn.count > 1 else ""
    day, clock, both = teller.day(drawn.day) if drawn.day else "", teller.clock(drawn.clock or time()), rng.random() < 0.6
    when = f"{day} {clock}".strip() if both else day or clock
    shown = fitting(pen, written, suffix, 17, s.width - 75 * u - pen.wide(when, 13), drawn)
    pen.write(26 * u, y + 10 * u, shown, 17, RED if way == "missed" else s.ink)
    told = {
        "missed": f"响铃 {drawn.ring} 秒" if rng.random() < 0.5 else f"响铃{drawn.ring}秒",
        "in": f"呼入 {length(drawn.seconds or 0, rng)}",
        "out": f"呼出 {length(drawn.seconds or 0, rng)}",
        "not through": "呼出未接通",
    }[way]
    place = rng.choice(["", f" {rng.choice(REGIONS)}", f" {rng.choice(REGIONS)} {rng.choice(NETWORKS)}", " 移动 卡1"])
    _, high = pen.write(26 * u, y + 14 * u + pen.size(17) * 1.25, told + place, 13, s.faint)
    pen.write(s.width - 40 * u, y + 18 * u, when, 13, s.faint, right=True)
    _chevron(pen, s.width - 24 * u, y + 26 * u, 5 * u)
    if day and not both:
        drawn.clock = None
    return 14 * u + pen.size(17) * 1.25 + high + 12 * u


def _harmony(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = rng.choice([" ({})", "({})"]).format(drawn.count) if drawn.count > 1 else ""
    when = f"{teller.day(drawn.day) if drawn.day else ''} {teller.clock(drawn.clock or time())}".strip()
    shown = fitting(pen, written, suffix, 16, s.width - 80 * u - pen.wide(when, 13), drawn)
    pen.write(24 * u, y + 10 * u, shown, 16, RED if way == "missed" else s.ink)
    label = rng.choice(["", "", f"标记为{rng.choice(LABELS)} ", f"被{rng.randrange(3, 400)}人标记为催收 "])
    told = {"missed": f"未接 响铃{drawn.ring}秒", "in": f"呼入 {length(drawn.seconds or 0, rng)}", "out": f"呼出 {length(drawn.seconds or 0, rng)}", "not through": "呼出 未接通"}[way]
    below = y + 13 * u + pen.size(16) * 1.25
    _, high = pen.write(24 * u, below, told, 13, s.faint)
    if label:
        _, more = pen.write(24 * u, below + high, label.strip(), 12, s.faint)
        high += more
    pen.write(s.width - 48 * u, y + 20 * u, when, 13, s.faint, right=True)
    _info(pen, s.width - 26 * u, y + 28 * u, 9 * u)
    return 13 * u + pen.size(16) * 1.25 + high + 12 * u


def _coloros(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = f" ({drawn.count})" if drawn.count > 1 else ""
    shown = fitting(pen, written, suffix, 16, s.width - 48 * u - 75 * u * s.type_scale, drawn)
    pen.write(24 * u, y + 12 * u, shown, 16, RED if way == "missed" else s.ink)
    told = {"missed": "未接来电", "in": "已接来电", "out": "去电", "not through": "去电 未接通"}[way]
    tail = f" {length(drawn.seconds, rng)}" if drawn.seconds else ""
    place = rng.choice(["", f"{rng.choice(REGIONS)} · ", f"{rng.choice(REGIONS)} {rng.choice(NETWORKS)} · "])
    _, high = pen.write(24 * u, y + 15 * u + pen.size(16) * 1.25, place + told + tail, 12, s.faint)
    day = teller.day(drawn.day) if drawn.day else ""
    clock = teller.clock(drawn.clock or time())
    pen.write(s.width - 24 * u, y + 12 * u, day or clock, 12, s.faint, right=True)
    if day:
        pen.write(s.width - 24 * u, y + 14 * u + pen.size(12) * 1.35, clock, 12, s.faint, right=True)
    drawn.ring = None
    return 15 * u + pen.size(16) * 1.25 + high + 14 * u


def _origin(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = f" ({drawn.count})" if drawn.count > 1 else ""
    pen.write(24 * u, y + 10 * u, written + suffix, 16, RED if way == "missed" else s.ink, bold=rng.random() < 0.2)
    day = teller.day(drawn.day) if drawn.day else ""
    when = f"{day} {teller.clock(drawn.clock or time())}".strip()
    told = {"missed": f"响铃{drawn.ring}秒", "in": f"呼入 {length(drawn.seconds or 0, rng)}", "out": f"呼出 {length(drawn.seconds or 0, rng)}", "not through": "呼出 未接通"}[way]
    gap = "   " if rng.random() < 0.5 else " "
    _, high = pen.write(24 * u, y + 13 * u + pen.size(16) * 1.25, when + gap + told, 13, s.faint)
    _chevron(pen, s.width - 24 * u, y + 28 * u, 6 * u)
    return 13 * u + pen.size(16) * 1.25 + high + 14 * u


def _carrier(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    at = datetime.combine(drawn.day or date(2026, 1, 1), drawn.clock or time()).replace(second=rng.randrange(60))
    drawn.clock, drawn.count, drawn.ring = at.time(), 1, None
    came_in = drawn.is_incoming
    drawn.seconds = drawn.seconds or rng.randrange(1, 300)
    pen.write(20 * u, y + 12 * u, written, 16, s.ink)
    pen.write(s.width - 20 * u, y + 12 * u, "被叫" if came_in else "主叫", 14, s.ink, right=True)
    below = y + 16 * u + pen.size(16) * 1.25
    pen.write(20 * u, below, at.strftime("%Y-%m-%d %H:%M:%S"), 13, s.faint)
    _, high = pen.write(s.width - 20 * u, below, length(drawn.seconds, rng), 13, s.faint, right=True)
    if rng.random() < 0.6:
        _, more = pen.write(20 * u, below + high + 2 * u, rng.choice(["国内通话 0.00元", "语音通话 · 北京", "本地主叫 0.15元"][:2]), 12, s.faint)
        high += more
    pen.draw.line((20 * u, below + high + 10 * u, s.width - 20 * u, below + high + 10 * u), fill=s.faint)
    return below + high + 14 * u - y


WRITERS: Final[dict[str, RowWriter]] = {
    "ios": _ios, "miui": _miui, "harmony": _harmony, "coloros": _coloros, "origin": _origin, "carrier": _carrier,
}  # fmt: skip
TITLES: Final = {
    "ios": ("最近通话", ("所有通话", "未接来电"), ("个人收藏", "最近通话", "通讯录", "拨号键盘")),
    "miui": ("电话", ("全部通话", "未接来电"), ("电话", "联系人", "营业厅")),
    "harmony": ("通话记录", ("全部", "未接"), ("电话", "联系人", "收藏")),
    "coloros": ("通话", ("全部", "未接"), ("通话", "联系人")),
    "origin": ("电话", ("全部通话", "未接来电"), ("电话", "联系人", "名片")),
    "carrier": ("通话详单", ("2026年11月", "全部"), ()),
}


def draw_screen(seed: int) -> Picture:
    """Return a screen that is drawn from a seed."""
    rng = random.Random(seed)
    layout = LAYOUTS[seed % len(LAYOUTS)]
    width = WIDTHS[seed // len(LAYOUTS) % len(WIDTHS)]
    style = _style(rng, width)
    taken = datetime(2026, 11, 30, rng.randrange(7, 24), rng.randrange(60), tzinfo=CHINA) - timedelta(days=rng.randrange(20))
    teller = Teller(rng, taken)
    teller.weekdays = layout == "ios" or rng.random() < 0.3
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
    paper, ink, faint = ((18, 18, 20), (235, 235, 235), (150, 150, 155)) if dark else ((255, 255, 255), (20, 20, 20), (120, 120, 125))
    if not dark and rng.random() < 0.3:
        paper = (242, 242, 247)
    chinese = font_file()
    assert chinese is not None
    return Style(width, width / 360, rng.choice([0.9, 1.0, 1.0, 1.15, 1.3]), ink, faint, paper, rng.choice([*LATIN, chinese]))


def _draw_rows(pen: Pen, teller: Teller, layout: str, rng: random.Random) -> list[Drawn]:
    u = pen.style.unit
    begin = 120 * u
    end = pen.image.height - (56 * u if TITLES[layout][2] else 0)
    y = begin - (rng.randrange(10, 60) * u if rng.random() < 0.5 else 0)  # scrolled: the first row is cut through
    spread = rng.uniform(0, 14) * u
    rows = []
    while y < end:
        written, drawn = teller.call()
        high = WRITERS[layout](pen, teller, y, written, drawn)
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
    pen.write(s.width - 20 * u, 8 * u, rng.choice(["5G 86%", "4G 100", "中国移动 5G"]), 11 / s.type_scale, s.ink, right=True)
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
            pen.write((place + 0.5) * s.width / len(bottom) - 20 * u, top + 26 * u, word, 10 / s.type_scale, s.faint)


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


def _arrow(pen: Pen, x: float, y: float, size: float, *, up: bool) -> None:
    ink, wide = pen.style.faint, max(1, round(size / 6))
    a, b = ((x, y + size), (x + size, y)) if up else ((x + size, y), (x, y + size))
    pen.draw.line((*a, *b), fill=ink, width=wide)
    pen.draw.line((b[0], b[1], b[0] + (-size / 2 if up else size / 2), b[1]), fill=ink, width=wide)
    pen.draw.line((b[0], b[1], b[0], b[1] + (size / 2 if up else -size / 2)), fill=ink, width=wide)


def _info(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(40, 120, 240), width=max(1, round(radius / 7)))
    pen.draw.line((x, y - radius / 6, x, y + radius / 2), fill=(40, 120, 240), width=max(1, round(radius / 5)))
    pen.draw.ellipse((x - 1, y - radius / 2, x + 1, y - radius / 2 + 2), fill=(40, 120, 240))


def _chevron(pen: Pen, x: float, y: float, size: float) -> None:
    wide = max(1, round(size / 4))
    pen.draw.line((x, y - size, x + size, y, x, y + size), fill=pen.style.faint, width=wide)
