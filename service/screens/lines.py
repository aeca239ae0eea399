"""What was read from a picture: lines of text with their places, before anything is made of them."""

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final, NamedTuple

from service.numbers.text import fold

#: Two pieces of text stand in one row if their middles differ by less than this share of the smaller one's height.
SAME_ROW: Final = 0.5
#: Telephones of Hong Kong and Taiwan write so, and small light letters are read so.
_SIMPLIFIED: Final = str.maketrans(
    "電話響鈴標記為來時長週號碼騷擾詐騙絡聯鐘撥無應絕攔訊發",
    "电话响铃标记为来时长周号码骚扰诈骗络联钟拨无应绝拦讯发",
)


class Line(NamedTuple):
    """A line of text and its place, in pixels from the upper left corner.

    `is_doubtful` says that a letter of it was hardly read, or otherwise in a second look; `is_red` is about its colour.
    `ink` is how high the letters in its middle are, 0 if not measured: where they are cut through, lower than their like.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    is_doubtful: bool = False
    is_red: bool = False
    ink: float = 0.0

    @property
    def height(self) -> float:
        """The height in pixels."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height at which its middle stands."""
        return (self.top + self.bottom) / 2

    @property
    def center(self) -> float:
        """How far from the left its middle stands."""
        return (self.left + self.right) / 2

    def is_beside(self, other: "Line") -> bool:
        """Return whether both stand in one row."""
        return abs(self.middle - other.middle) < SAME_ROW * min(self.height, other.height)


class Screen(NamedTuple):
    """A picture as it was read, upright; `taken` is what it says itself of when it was made, in RFC 3339."""

    width: int
    height: int
    lines: Sequence[Line]
    taken: str | None = None


def bands(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines in rows from above, each from the left."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: one.middle):
        if rows and line.is_beside(rows[-1][0]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def plain(text: str) -> str:
    """Return a text in half width, with single spaces, and in simplified characters where words of calls have them."""
    return " ".join(fold(text).translate(_SIMPLIFIED).split())


def has_words(text: str) -> bool:
    """Return whether a text has letters besides digits and signs."""
    return re.search(r"[^\W\d_]", text) is not None


def usual(values: Iterable[float], otherwise: float) -> float:
    """Return the median of what there is."""
    found = list(values)
    return median(found) if found else otherwise
