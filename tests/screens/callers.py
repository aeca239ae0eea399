"""Invents the calls of a screen, and writes numbers, days and clocks as one telephone does."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

NAMES: Final = ("张三", "王阿姨", "快递小李", "李主管", "妈妈", "物业")


WEEKDAYS: Final = "一二三四五六日"


HALVES: Final = ((0, 6, "凌晨"), (6, 12, "上午"), (12, 18, "下午"), (18, 24, "晚上"))


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
        drawn = Drawn(
            key,
            count,
            at.date(),
            at.time(),
            way not in {"out", "not through"},
            seconds,
            ring,
        )
        drawn.texts.append(way)
        return written, drawn

    def number(self) -> tuple[str | None, str]:
        """Return the key of a number, None where there is none to know, and the number as this telephone writes it."""
        rng = self.rng
        tail = f"{rng.randrange(10_000):04}"
        mobile = self.spaced.format("197", "9000", tail)
        area, local = (
            rng.choice(["010", "021"]),
            f"1{rng.randrange(10_000_000):07}",
        )  # no landline begins with 1
        fixed = rng.choice([f"{area} {local}", f"{area}-{local[:4]} {local[4:]}", area + local])
        free = rng.choice(["400-123-4567", "4001234567", "400 123 4567"])
        forms: list[tuple[int, str | None, str]] = [
            (53, f"+861979000{tail}", mobile),
            (9, f"+861979000{tail}", f"+86 {mobile}"),
            (12, f"+86{area[1:]}{local}", fixed),
            (6, "95588", "95588"),
            (6, "+864001234567", free),
            (4, None, f"197****{tail}"),
            (3, "withheld", rng.choice(["未知号码", "私人号码"])),
            (7, None, rng.choice(NAMES)),
        ]
        ((_, key, written),) = rng.choices(forms, [share for share, _, _ in forms])
        return key, written

    def clock(self, at: time) -> str:
        """Return a time of the day as this telephone writes it."""
        if not self.halves:
            return at.strftime("%H:%M")
        half = next(word for begin, end, word in HALVES if begin <= at.hour < end)
        hour = at.hour if half in ("凌晨", "上午") else at.hour % 12 or 12
        if half == "晚上" and hour < 5:
            half = "下午"
        return f"{half}{hour}:{at.minute:02}"

    def day(self, day: date) -> str:
        if self.headings:
            return ""
        return self.named(day)

    def named(self, day: date) -> str:
        back = (self.taken.date() - day).days
        if back == 0:
            return ""
        if back == 1:
            return "昨天"
        if back < 7 and self.weekdays:
            return f"星期{WEEKDAYS[day.weekday()]}"
        return self.dates.format(y=day.year, m=day.month, d=day.day)

    weekdays = False
    headings = False


def length(seconds: int, rng: random.Random) -> str:
    """Return a length as telephones write it."""
    minutes, rest = divmod(seconds, 60)
    gap = rng.choice(["", " "])
    return f"{minutes}{gap}分{rest}{gap}秒" if minutes else f"{rest}{gap}秒"
