"""Finds digits in a text, however they are written: in full width, as Chinese numerals, in groups."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_NUMERALS: Final = str.maketrans(
    "〇零○一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖幺", "0001234567891223345667891"
)
_SIGNS: Final = str.maketrans(
    "ＸxｘX×＋‐‑‒–—―−ー﹘﹣－．。·•・（）　\xa0\u00ad\u200b\u200c\u200d\u2060\ufeff",
    "XXXXX+-----------.....()  " + "\u2060" * 6,
)
_FOREIGN: Final = re.compile(r"[^\D0-9]")
_INVISIBLE: Final = "\u2060"
_RUN: Final = re.compile(
    rf"[0-9][0-9{_INVISIBLE}]*X?(?:[ .()_{_INVISIBLE}-]{{1,3}}[0-9][0-9{_INVISIBLE}]*X?)*"
)
_GROUP: Final = re.compile(rf"([0-9][0-9{_INVISIBLE}]*X?)([^0-9X]*)")
_DIGIT: Final = r"[\d〇零○一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖幺]"
#: Two searches instead of one: a pattern that begins with a single class is several times as fast.
_LONG: Final = re.compile(rf"{_DIGIT}(?:(?:[^\w\n:：,，/、]|_){{0,3}}{_DIGIT}){{10}}")
_ABROAD: Final = re.compile(rf"[+＋][^\w\n]{{0,2}}{_DIGIT}")
_BEFORE: Final = rf"(?<!{_DIGIT})一"
_BEHIND: Final = rf"一(?!{_DIGIT})"
#: Where 一 is read as a word: nowhere, before digits, after digits, or both.
_WORDS: Final = tuple(map(re.compile, ("(?!)", _BEFORE, _BEHIND, f"{_BEFORE}|{_BEHIND}")))


class Group(NamedTuple):
    """Digits with nothing visible between them, perhaps with an X at the end; `gap` separates them from the next group."""

    digits: str
    start: int
    end: int
    gap: str


class Window(NamedTuple):
    """Neighbouring groups read together; `is_even` tells whether the same sign separates all of them."""

    digits: str
    start: int
    end: int
    sizes: tuple[int, ...]
    is_even: bool


def may_hold_numbers(text: str) -> bool:
    """Return whether eleven digits are close to each other, or some follow a +: most texts need no closer look."""
    return _LONG.search(text) is not None or _ABROAD.search(text) is not None


def digit_runs(text: str) -> Iterator[list[Group]]:
    """Yield groups of digits close to each other, in the order of the text.

    The text is read several times, without Chinese numerals and with them: 一 before or after a number may be a word or
    one of its digits. Groups that an earlier reading gave are not yielded again.
    """
    plain = _FOREIGN.sub(lambda match: str(unicodedata.decimal(match[0])), text.translate(_SIGNS))
    readings = [plain]
    if plain.translate(_NUMERALS) != plain:
        readings += [is_word.sub("|", plain).translate(_NUMERALS) for is_word in _WORDS]
    seen: set[tuple[Group, ...]] = set()
    for reading in dict.fromkeys(readings):
        for run in _runs(reading):
            if tuple(run) not in seen:
                seen.add(tuple(run))
                yield run


class Candidate(NamedTuple):
    """The digits of neighbouring groups, before it is looked at how they are written; `last` is counted, too."""

    digits: str
    first: int
    last: int


def candidates(run: Sequence[Group], *, least: int, most: int) -> list[Candidate]:
    """Return all neighbouring groups with `least` to `most` digits in total, the longest first.

    As each group has a digit, at most `most` of them begin at a group, whatever the text: the work grows with its length
    and no faster.
    """
    found = []
    for first in range(len(run)):
        digits = ""
        for last in range(first, min(first + most, len(run))):
            if len(digits) + len(run[last].digits) > most:
                break
            digits += run[last].digits
            if len(digits) >= least:
                found.append(Candidate(digits, first, last))
    return sorted(found, key=lambda candidate: -len(candidate.digits))


def window_of(run: Sequence[Group], candidate: Candidate) -> Window:
    """Return the groups of a candidate, read together."""
    return _window(run[candidate.first : candidate.last + 1], candidate.digits)


def _window(groups: Sequence[Group], digits: str) -> Window:
    gaps = {group.gap for group in groups[:-1]}
    sizes = tuple(len(group.digits) for group in groups)
    return Window(digits, groups[0].start, groups[-1].end, sizes, len(gaps) <= 1)


def _runs(plain: str) -> Iterator[list[Group]]:
    for run in _RUN.finditer(plain):
        yield [
            Group(
                found[1].replace(_INVISIBLE, ""),
                run.start() + found.start(1),
                run.start() + found.end(1),
                found[2],
            )
            for found in _GROUP.finditer(run[0])
        ]
