"""Finds the violation types that a narrative mentions, with the words that mention them.

It is a lexicon of what people write, with patterns for each violation (`words/`). Words are left out where they are
denied, feared, asked in general, or done by the writer (`unreal.py`), and where other words explain them (`related.py`). It
suggests; the person who reports decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ml.words import VIOLATIONS
from service.suggestions.patterns import of_violation
from service.suggestions.plain import plain
from service.suggestions.related import Mention, unexplained
from service.suggestions.unreal import Unreal, is_other_matter

_WORDS: Final = {violation: of_violation(violation) for violation in VIOLATIONS}


class Word(NamedTuple):
    """Words of a narrative, with their place in it, counted in characters (code points)."""

    text: str
    start: int
    end: int


class Suggestion(NamedTuple):
    """A violation that a narrative mentions, and the words that mention it."""

    violation: str
    words: tuple[Word, ...]


def suggest(narrative: str) -> list[Suggestion]:
    """Return the violations that a narrative mentions, those with more words first.

    For 深夜打来骂我，没有威胁 they are insult (骂) and quiet_hours (深夜), but not threat.
    """
    told = plain(narrative)
    if is_other_matter(told.text):
        return []
    found: dict[str, list[Word]] = {}
    for violation, start, end in unexplained(told.text, list(_mentions(told.text))):
        begin, close = told.starts[start], told.ends[end - 1]
        found.setdefault(violation, []).append(Word(narrative[begin:close], begin, close))
    suggestions = [
        Suggestion(violation, tuple(sorted(set(found[violation]), key=lambda word: word.start)))
        for violation in VIOLATIONS
        if violation in found
    ]
    return sorted(suggestions, key=lambda suggestion: -len(suggestion.words))


def _mentions(text: str) -> Iterator[Mention]:
    """Yield the mentions of a plain text; behind words that mean nothing the search goes on with their second letter."""
    unreal = Unreal(text)
    for violation, pattern in _WORDS.items():
        place = 0
        while found := pattern.search(text, place):
            meant = unreal.meant(violation, *found.span())
            place = found.end() if meant else found.start() + 1
            if meant:
                yield Mention(meant, *found.span())
