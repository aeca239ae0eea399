"""Cuts a plain text into pieces that a linear model weighs: its letters, its words in Latin letters, and its kinds of words.

For the kinds, people, authorities, documents, numbers and collectors each become one letter (打给我妈 is 打给我P), so that
what was learnt of one holds for all of them. Pieces are counted in a fixed number of places; two pieces may share one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from zlib import crc32

from service.suggestions.patterns import part

PLACES: Final = 1 << 15
_COLLECTOR: Final = "催收(?:员|公司|的)?|对方|他们?|那边|平台|客服|人家|有人|这帮人|这伙人|那人"
_KINDS: Final = (
    ("P", part("PEOPLE")),
    ("A", part("AUTHORITY")),
    ("D", part("DOCUMENT")),
    ("N", re.compile(r"[\d一二三四五六七八九十几百千万两]{1,12}")),
    ("C", re.compile(_COLLECTOR)),
)
_LATIN_WORD: Final = re.compile("[a-z']{1,20}")


def kinds(text: str) -> str:
    """Return a plain text with one letter for each word of a kind: 打给我妈两次 is 打给我PN次."""
    for letter, pattern in _KINDS:
        text = pattern.sub(letter, text)
    return text


def counted(text: str) -> Counter[int]:
    """Return how often each place is met by a piece of a plain text."""
    return Counter(crc32(piece.encode()) % PLACES for piece in _pieces(f"^{text}$"))


def _pieces(text: str) -> Iterator[str]:
    """Yield one to three letters, two to five with kinds, and one to three Latin words, each with a sign of its sort."""
    for sign, letters, lengths in (("a", text, (1, 2, 3)), ("b", kinds(text), (2, 3, 4, 5))):
        for length in lengths:
            for start in range(len(letters) - length + 1):
                yield sign + letters[start : start + length]
    words = _LATIN_WORD.findall(text)
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            yield "c" + " ".join(words[start : start + length])
