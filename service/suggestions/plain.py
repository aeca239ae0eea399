"""Brings a narrative to plain letters, with the place of each in what was written.

Full-width letters, traditional ones, spaces and dots between letters, and the typing errors and abbreviations of chats
come to one form, so that the lexicon needs each word only once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.suggestions.patterns import lines_of, named

_TRADITIONAL: Final = "".join(lines_of("traditional"))
_WIDE: Final = "".join(map(chr, range(0xFF01, 0xFF5F)))
_NARROW: Final = "".join(map(chr, range(0x21, 0x7F)))
_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIALECT: Final = "’‘“”「」『』\u3000嘅咗畀俾啲佢妳牠她它冇唔喺嚟揾"
_STANDARD: Final = '\'\'"""""" 的了给给的他你他他他没不在来找'
#: One letter stands for one letter, so that places stay.
_LETTERS: Final = str.maketrans(
    _TRADITIONAL[::2] + _UPPER + _DIALECT, _TRADITIONAL[1::2] + _UPPER.lower() + _STANDARD
) | str.maketrans(_WIDE, _NARROW.lower())
#: What is typed wrong, abbreviated or spelt in Latin letters, and what is meant.
_MEANT: Final[Mapping[str, str]] = MappingProxyType(
    {
        written.replace("_", " "): meant
        for meant, all_written in named("meant").items()
        for written in all_written.split()
    }
)
_LATIN: Final = re.compile(r"[a-z ]{1,20}\Z")


def _pattern_of(written: str) -> str:
    """Return the pattern of what is written; Latin letters alone stand alone, 威信 and ji器人 stand anywhere."""
    escaped = re.escape(written)
    return rf"(?<![a-z]){escaped}(?![a-z])" if _LATIN.match(written) else escaped


def _spelt(letters: str) -> str:
    """Return the pattern of one letter of a word by its sound: 收手:shou is [收手]|shou."""
    written, _, latin = letters.partition(":")
    return f"(?:[{written}]|{latin})"


#: Words by how they are spelt, and by their sound; which of these it was is the number of the group.
_SOUNDS: Final = named("sounds")
_BY_SOUND: Final = "|".join(
    f"((?<![a-z]){''.join(map(_spelt, spelt.split()))}(?![a-z]))" for spelt in _SOUNDS.values()
)
_SOUNDING: Final = ("", *_SOUNDS)
_WRITTEN: Final = re.compile("|".join([*map(_pattern_of, sorted(_MEANT, key=len, reverse=True)), _BY_SOUND]))
_CHINESE: Final = "\u4e00-\u9fff"
_MARKS: Final = "\\s*·•\u200b\ufeff"
#: What stands between two Chinese letters, or a letter and a digit, and means nothing: 催 收, 通*讯*录.
_FILLER: Final = re.compile(
    rf"(?<=[{_CHINESE}0-9a-z])[{_MARKS}]{{1,40}}(?=[{_CHINESE}])"
    rf"|(?<=[{_CHINESE}])[{_MARKS}.]{{1,40}}(?=[{_CHINESE}0-9a-z])"
)


class Plain(NamedTuple):
    """A plain text, and for each of its letters where what it stands for begins and ends in the narrative."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def plain(narrative: str) -> Plain:
    """Return the plain text of a narrative: ＰＳ圖 is ps图, 崔 收 is 催收, with the places of the letters written."""
    pieces = list(_pieces(narrative.translate(_LETTERS)))
    return Plain(
        "".join(letter for letter, _, _ in pieces),
        tuple(start for _, start, _ in pieces),
        tuple(end for _, _, end in pieces),
    )


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield letters with begin and end: first without fillers, then with the words that are meant."""
    fillers = {place for found in _FILLER.finditer(text) for place in range(*found.span())}
    kept = [place for place in range(len(text)) if place not in fillers]
    short = "".join(text[place] for place in kept)
    done = 0
    for found in _WRITTEN.finditer(short):
        yield from ((short[at], kept[at], kept[at] + 1) for at in range(done, found.start()))
        begin, end = kept[found.start()], kept[found.end() - 1] + 1
        yield from ((letter, begin, end) for letter in _SOUNDING[found.lastindex or 0] or _MEANT[found[0]])
        done = found.end()
    yield from ((short[at], kept[at], kept[at] + 1) for at in range(done, len(short)))
