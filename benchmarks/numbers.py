"""Numbers a second on one core: mixed Chinese input as ``dunwatch normalize`` writes it, and US digits.

Run with ``python -m benchmarks.numbers``. Inputs come from a fixed seed; nothing is memoised by text.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from benchmarks.rig import Measurement
from service.numbers.parse import NumberError, candidate_key, normalize_line, parse_number

FLOOR = 40_000
_COUNT = 40_000
_RUNS = 5

# Every row of the table of Chinese caller IDs; mobiles, the usual case, are a third. # is a digit, @ one of 2
# to 8. Generated mobiles start 1979, given to nobody; a quoted one stands for those whose city is known.
_CHINESE = (
    *(
        "1979#######",
        "13800138000",
        "+861979#######",
        "+86 197-9###-####",
        "00861979#######",
        "861979#######",
    ),
    *("１９７９#######", "01979#######", "17951 1979#######", "17012345678", "16212345678", "13800138000"),
    *("010-@#######", "0755@#######", "(0571)8888####", "@#######", "400-699-####", "80082#####"),
    *("955##", "95013###", "9552812###", "0955-281####", "96###", "021-962###", "10086", "123##"),
    *("10690#######", "+8522345####", "0085222345###", "+1650253####", "未知号码", ""),
    *("+00861979#######", "00110", "+86110", "1979#######转5", "1979#######（广东深圳）"),
    "1979####### 1979#######",
)


def mixed_chinese(seed: int = 1) -> list[str]:
    """Texts of every kind of Chinese input, in random order."""
    chance = random.Random(seed)
    return [_fill(chance.choice(_CHINESE), chance) for _ in range(_COUNT)]


def north_american(seed: int = 1) -> list[str]:
    """Ten digits as the FTC publishes them; about one in ten cannot exist."""
    chance = random.Random(seed)
    areas = ("202", "212", "305", "415", "512", "650", "702", "800", "888", "917", "416", "150")
    return [_fill(f"{chance.choice(areas)}@######", chance) for _ in range(_COUNT)]


def measure() -> list[Measurement]:
    """Medians of five runs on one core."""
    chinese, american = mixed_chinese(), north_american()
    mobiles = [f"+861979{number:07}" for number in range(_COUNT)]
    normalized = _per_second(normalize_line, chinese)
    parsed = _per_second(_parse_american, american)
    candidate = 1e6 / _per_second(candidate_key, mobiles)
    what = "normalising mixed Chinese caller IDs to JSON lines on one core"
    detail = f"parse_number of ten US digits {parsed:,.0f}/s; candidate_key of a look-up {candidate:.2f} µs"
    return [Measurement(what, f"{FLOOR:,}/s", f"{normalized:,.0f}/s", normalized >= FLOOR, detail)]


def _fill(template: str, chance: random.Random) -> str:
    return "".join(
        chance.choice("0123456789") if sign == "#" else chance.choice("2345678") if sign == "@" else sign
        for sign in template
    )


def _parse_american(text: str) -> object:
    try:
        return parse_number(text, "US")
    except NumberError as error:
        return error.problem


def _per_second(work: Callable[[str], object], texts: list[str]) -> float:
    work(texts[0])  # the tables are loaded at first use
    seconds = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        for text in texts:
            work(text)
        seconds.append(time.perf_counter() - began)
    return len(texts) / statistics.median(seconds)


if __name__ == "__main__":
    for result in measure():
        print(result)
