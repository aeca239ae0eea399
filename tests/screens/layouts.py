"""Writes one row of a call list as each of six telephones and apps does."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final

from tests.screens.callers import Drawn, Teller, length
from tests.screens.pen import Pen, arrow, chevron, info

RED: Final = (230, 60, 50)


REGIONS: Final = ("北京", "广东深圳", "上海", "四川成都", "江苏南京", "浙江杭州", "重庆")


NETWORKS: Final = ("移动", "联通", "电信")


LABELS: Final = ("骚扰电话", "疑似诈骗", "贷款理财", "广告推销")


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
        arrow(pen, 8 * u, y + 12 * u, 12 * u, up=True)
    _, high = pen.write(
        30 * u,
        y + 12 * u + pen.size(17) * 1.25,
        teller.rng.choice(["手机", "未知", "中国北京", "广东深圳"]),
        14,
        s.faint,
    )
    day = teller.day(drawn.day) if drawn.day else ""
    pen.write(
        s.width - 44 * u, y + 14 * u, day or teller.clock(drawn.clock or time()), 15, s.faint, right=True
    )
    info(pen, s.width - 24 * u, y + 24 * u, 10 * u)
    if day:
        drawn.clock = None
    drawn.seconds = drawn.ring = None
    drawn.is_incoming = True if missed else None
    return 12 * u + pen.size(17) * 1.25 + high + 12 * u


def _miui(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = f"({drawn.count})" if drawn.count > 1 else ""
    day, clock, both = (
        teller.day(drawn.day) if drawn.day else "",
        teller.clock(drawn.clock or time()),
        rng.random() < 0.6,
    )
    when = f"{day} {clock}".strip() if both else day or clock
    shown = fitting(pen, written, suffix, 17, s.width - 75 * u - pen.indent - pen.wide(when, 13), drawn)
    pen.write(26 * u, y + 10 * u, shown, 17, RED if way == "missed" else s.ink)
    told = {
        "missed": f"响铃 {drawn.ring} 秒" if rng.random() < 0.5 else f"响铃{drawn.ring}秒",
        "in": f"呼入 {length(drawn.seconds or 0, rng)}",
        "out": f"呼出 {length(drawn.seconds or 0, rng)}",
        "not through": "呼出未接通",
    }[way]
    place = rng.choice(
        ["", f" {rng.choice(REGIONS)}", f" {rng.choice(REGIONS)} {rng.choice(NETWORKS)}", " 移动 卡1"]
    )
    _, high = pen.say(26 * u, y + 14 * u + pen.size(17) * 1.25, told + place, 13)
    pen.write(s.width - 40 * u, y + 18 * u, when, 13, s.faint, right=True)
    chevron(pen, s.width - 24 * u, y + 26 * u, 5 * u)
    if day and not both:
        drawn.clock = None
    return 14 * u + pen.size(17) * 1.25 + high + 12 * u


def _harmony(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = rng.choice([" ({})", "({})"]).format(drawn.count) if drawn.count > 1 else ""
    when = f"{teller.day(drawn.day) if drawn.day else ''} {teller.clock(drawn.clock or time())}".strip()
    shown = fitting(pen, written, suffix, 16, s.width - 80 * u - pen.indent - pen.wide(when, 13), drawn)
    pen.write(24 * u, y + 10 * u, shown, 16, RED if way == "missed" else s.ink)
    label = rng.choice(["", "", f"标记为{rng.choice(LABELS)} ", f"被{rng.randrange(3, 400)}人标记为催收 "])
    told = {
        "missed": f"未接 响铃{drawn.ring}秒",
        "in": f"呼入 {length(drawn.seconds or 0, rng)}",
        "out": f"呼出 {length(drawn.seconds or 0, rng)}",
        "not through": "呼出 未接通",
    }[way]
    below = y + 13 * u + pen.size(16) * 1.25
    _, high = pen.say(24 * u, below, told, 13)
    if label:
        _, more = pen.write(24 * u, below + high, label.strip(), 12, s.faint)
        high += more
    pen.write(s.width - 48 * u, y + 20 * u, when, 13, s.faint, right=True)
    info(pen, s.width - 26 * u, y + 28 * u, 9 * u)
    return 13 * u + pen.size(16) * 1.25 + high + 12 * u


def _coloros(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    way = drawn.texts[0]
    suffix = f" ({drawn.count})" if drawn.count > 1 else ""
    shown = fitting(pen, written, suffix, 16, s.width - 48 * u - pen.indent - 75 * u * s.type_scale, drawn)
    end, _ = pen.write(24 * u, y + 12 * u, shown, 16, RED if way == "missed" else s.ink)
    if rng.random() < 0.25:
        pen.chip(end + 8 * u, y + 15 * u, rng.choice(LABELS), 11)
    told = {"missed": "未接来电", "in": "已接来电", "out": "去电", "not through": "去电 未接通"}[way]
    tail = f" {length(drawn.seconds, rng)}" if drawn.seconds else ""
    place = rng.choice(["", f"{rng.choice(REGIONS)} · ", f"{rng.choice(REGIONS)} {rng.choice(NETWORKS)} · "])
    _, high = pen.say(24 * u, y + 15 * u + pen.size(16) * 1.25, place + told + tail, 12)
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
    pen.write(
        24 * u, y + 10 * u, written + suffix, 16, RED if way == "missed" else s.ink, bold=rng.random() < 0.2
    )
    day = teller.day(drawn.day) if drawn.day else ""
    when = f"{day} {teller.clock(drawn.clock or time())}".strip()
    told = {
        "missed": f"响铃{drawn.ring}秒",
        "in": f"呼入 {length(drawn.seconds or 0, rng)}",
        "out": f"呼出 {length(drawn.seconds or 0, rng)}",
        "not through": "呼出 未接通",
    }[way]
    gap = "   " if rng.random() < 0.5 else " "
    _, high = pen.say(24 * u, y + 13 * u + pen.size(16) * 1.25, when + gap + told, 13)
    chevron(pen, s.width - 24 * u, y + 28 * u, 6 * u)
    return 13 * u + pen.size(16) * 1.25 + high + 14 * u


def _carrier(pen: Pen, teller: Teller, y: float, written: str, drawn: Drawn) -> float:
    s, u, rng = pen.style, pen.style.unit, teller.rng
    at = datetime.combine(drawn.day or date(2026, 1, 1), drawn.clock or time()).replace(
        second=rng.randrange(60)
    )
    drawn.clock, drawn.count, drawn.ring = at.time(), 1, None
    came_in = drawn.is_incoming
    drawn.seconds = drawn.seconds or rng.randrange(1, 300)
    pen.write(20 * u, y + 12 * u, written, 16, s.ink)
    pen.write(s.width - 20 * u, y + 12 * u, "被叫" if came_in else "主叫", 14, s.ink, right=True)
    below = y + 16 * u + pen.size(16) * 1.25
    pen.write(20 * u, below, at.strftime("%Y-%m-%d %H:%M:%S"), 13, s.faint)
    _, high = pen.write(s.width - 20 * u, below, length(drawn.seconds, rng), 13, s.faint, right=True)
    if rng.random() < 0.6:
        _, more = pen.write(
            20 * u,
            below + high + 2 * u,
            rng.choice(["国内通话 0.00元", "语音通话 · 北京", "本地主叫 0.15元"][:2]),
            12,
            s.faint,
        )
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
