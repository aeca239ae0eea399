"""Ranges of numbers, and finding the one that a number lies in. Pure.

A range is two keys of one length with the same letters before their digits, and everything between them: no wider number is
in it by accident, since the digits of one length have one order.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final, Generic, NamedTuple, TypeVar

from service.numbers.parse import NumberError, parse_number

MOST_NUMBERS: Final = 100_000  # of one range
_BETWEEN: Final = re.compile(r"\s*(?:~|～|—|–|至|到|\.\.)\s*|(?<=\d)\s+-\s+(?=[+\d])")

Owner = TypeVar("Owner")


class RangeError(ValueError):
    """A text that is no range of numbers; the message says why."""


class NumberRange(NamedTuple):
    """Numbers of one length that follow each other, by the keys of the first and the last of them."""

    first: str
    last: str

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(self.last.lstrip("+")) - int(self.first.lstrip("+")) + 1

    def overlaps(self, other: "NumberRange") -> bool:
        """Return whether both have a number in common."""
        return len(self.first) == len(other.first) and self.first <= other.last and other.first <= self.last


def parse_range(text: str) -> NumberRange:
    """Return the range in a text such as `010-82340000~010-82340099`, or the one number; raises RangeError."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if not 1 <= len(parts) <= 2:
        raise RangeError("write a range as FIRST~LAST, both as they are dialled")
    try:
        numbers = [parse_number(part) for part in parts]
    except NumberError as error:
        raise RangeError(f"this is not a telephone number ({error.problem})") from error
    first, last = numbers[0], numbers[-1]
    found = NumberRange(first.key, last.key)
    if not (first.scored and last.scored):
        raise RangeError("these are not the numbers of a subscriber")
    if first.kind is not last.kind or len(first.key) != len(last.key) or first.key > last.key:
        raise RangeError("both numbers must be of the same kind and length, the first not above the last")
    if found.size > MOST_NUMBERS:
        raise RangeError(f"a range has at most {MOST_NUMBERS:,} numbers")
    return found


class RangeTable(Generic[Owner]):
    """Ranges that do not overlap, each with what it leads to; finding one takes log n steps."""

    def __init__(self, ranges: Iterable[tuple[NumberRange, Owner]] = ()) -> None:
        ordered = sorted(ranges, key=lambda one: (len(one[0].first), one[0].first))
        self._firsts = [(len(one.first), one.first) for one, _ in ordered]
        self._ranges = ordered

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def find(self, key: str) -> Owner | None:
        """Return what the range of a number leads to; None if it is in none."""
        place = bisect_right(self._firsts, (len(key), key)) - 1
        if place < 0:
            return None
        found, owner = self._ranges[place]
        return owner if len(found.last) == len(key) and key <= found.last else None
