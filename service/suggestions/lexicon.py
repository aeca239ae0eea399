"""Finds the violation types that a narrative mentions, with the words that mention them.

It is a lexicon of what people write, with patterns for each violation (`words/`). Words are left out where they are
denied, feared, asked in general, or done by the writer (`unreal.py`), and where other words explain them (`related.py`). A
small linear model (`judged.py`) has the last word on what patterns matched. It suggests; the person who reports decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ml.words import VIOLATIONS
from service.suggestions.judged import (
    LEAST,
    LEAST_UNMATCHED,
    Stretch,
    Weights,
    probabilities,
    shipped,
    telling_clause,
)
from service.suggestions.patterns import of_violation
from service.suggestions.plain import plain
from service.suggestions.related import Mention, unexplained
from service.suggestions.unreal import Unreal, is_other_matter

_WORDS: Final = {violation: of_violation(violation) for violation in VIOLATIONS}

#: How many letters of several sentences are judged together; more of them would drown what one sentence says.
STRETCH: Final = 40
_SENTENCE: Final = re.compile("[^。!?\\n]{0,160}[。!?\\n]{0,4}", re.DOTALL)


class Word(NamedTuple):
    """Words of a narrative, with their place in it, counted in characters (code points)."""

    text: str
    start: int
    end: int


class Suggestion(NamedTuple):
    """A violation that a narrative mentions, and the words that mention it."""

    violation: str
    words: tuple[Word, ...]


def suggest(narrative: str, weights: Weights | None = None) -> list[Suggestion]:
    """Return the violations that a narrative mentions, those with more words first.

    For 深夜打来骂我，没有威胁 they are insult (骂) and quiet_hours (深夜), but not threat. Without weights
    those of the package count.
    """
    told = plain(narrative)
    found: dict[str, list[Word]] = {}
    for violation, start, end in _judged(told.text, weights or shipped()):
        begin, close = told.starts[start], told.ends[end - 1]
        found.setdefault(violation, []).append(Word(narrative[begin:close], begin, close))
    suggestions = [
        Suggestion(violation, tuple(sorted(set(found[violation]), key=lambda word: word.start)))
        for violation in VIOLATIONS
        if violation in found
    ]
    return sorted(suggestions, key=lambda suggestion: -len(suggestion.words))


def _judged(text: str, weights: Weights) -> Iterator[Mention]:
    """Yield the mentions of a plain text that the model holds for meant; the rules decide what it does not know."""
    for stretch, meant, matched in stretches(text):
        likely = probabilities(stretch, weights)
        for violation in VIOLATIONS:
            of_rules = [one for one in meant if one.violation == violation]
            words = of_rules or _apart(one for one in matched if one.violation == violation)
            if likely.get(violation, float(bool(of_rules))) < (LEAST if words else LEAST_UNMATCHED):
                continue
            if not words:
                start, end = telling_clause(stretch.text, weights, violation)
                words = [Mention(violation, stretch.begin + start, stretch.begin + end)]
            yield from words


def _apart(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions in their order, without those that begin inside an earlier one."""
    kept: list[Mention] = []
    for one in mentions:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def stretches(text: str) -> Iterator[tuple[Stretch, list[Mention], list[Mention]]]:
    """Yield the stretches of a plain text, each with the mentions that the rules find and all that patterns match."""
    is_other = is_other_matter(text)
    meant, matched = _mentions(text)
    meant = [] if is_other else unexplained(text, meant)
    for begin, end in _extents(text):
        here = [one for one in meant if begin <= one.start < end]
        all_here = [one for one in matched if begin <= one.start < end]
        names = frozenset(one.violation for one in here), frozenset(one.violation for one in all_here)
        yield Stretch(begin, text[begin:end], *names, is_other), here, all_here


def _extents(text: str) -> Iterator[tuple[int, int]]:
    """Yield where stretches begin and end: single sentences, or some short ones together."""
    begin = end = 0
    for sentence in _SENTENCE.finditer(text):
        if sentence.end() - begin > STRETCH and end > begin:
            yield begin, end
            begin = end
        end = sentence.end()
    if end > begin:
        yield begin, end


def _mentions(text: str) -> tuple[list[Mention], list[Mention]]:
    """Return the mentions of a plain text that are meant, and all matches of patterns.

    Behind words that mean nothing the search goes on with their second letter.
    """
    unreal = Unreal(text)
    all_meant: list[Mention] = []
    matched: list[Mention] = []
    for violation, pattern in _WORDS.items():
        place = 0
        while found := pattern.search(text, place):
            meant = unreal.meant(violation, *found.span())
            place = found.end() if meant else found.start() + 1
            matched.append(Mention(violation, *found.span()))
            if meant:
                all_meant.append(Mention(meant, *found.span()))
    return all_meant, matched
