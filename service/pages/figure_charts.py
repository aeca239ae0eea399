"""Columns by week, of counts that are told as lower bounds: drawn by the server, and printed as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from service.pages.charts import DOT, LINE, RECT, WIDTH, image, rounded, text

_AXIS: Final = 46  # for the numbers on the left
_TOP: Final = 14
_HIGH: Final = 120  # of the highest column
_FOOT: Final = 26  # for the days below
_GAP: Final = 0.25  # of the room of a column


@dataclass(frozen=True, slots=True)
class Column:
    """A week: the words below it, and its lower bound; None where the count is too small to be told."""

    label: str
    at_least: int | None


def columns(title: str, weeks: Sequence[Column]) -> Markup:
    """Return a column for each week, a dot on the ground for each count that is too small to be told.

    The first, the middle and the last week are named, so that names never touch.
    """
    most = max([*(one.at_least or 0 for one in weeks), 1])
    ground, room = _TOP + _HIGH, (WIDTH - _AXIS - 4) / max(len(weeks), 1)
    drawn = [_level(value, most) for value in sorted({0, most // 2, most})]
    for place, week in enumerate(weeks):
        left = _AXIS + place * room
        if week.at_least is None:
            drawn.append(DOT.format("dot", rounded(left + room / 2), rounded(ground - 4), 2))
        else:
            high = _HIGH * week.at_least / most
            place_and_size = (left + room * _GAP / 2, ground - high, room * (1 - _GAP), high)
            drawn.append(RECT.format("bar", *map(rounded, place_and_size)))
    drawn += [text(x, ground + 18, words, anchor=anchor) for x, words, anchor in _names(weeks, room)]
    return image(title, ground + _FOOT, drawn)


def _level(value: int, most: int) -> Markup:
    """Return a line across at a value, with the value at its left."""
    y = _TOP + _HIGH * (1 - value / most)
    line = LINE.format("rule", _AXIS, rounded(y), WIDTH - 4, rounded(y))
    return line + text(_AXIS - 6, y + 4, f"{value:,}", anchor="end")


def _names(weeks: Sequence[Column], room: float) -> list[tuple[float, str, str]]:
    """Return where the names of weeks stand, and how they are anchored."""
    if not weeks:
        return []
    last = len(weeks) - 1
    named = [(_AXIS + room / 2, weeks[0].label, "start" if last else "middle")]
    if last >= 4:
        named.append((_AXIS + (last // 2 + 0.5) * room, weeks[last // 2].label, "middle"))
    if last:
        named.append((WIDTH - 4, weeks[last].label, "end"))
    return named
