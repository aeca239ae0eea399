"""No text keeps the patterns at work: they repeat nothing without end, and the search goes through a text once."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ml.words import VIOLATIONS
from service.suggestions import grams, lexicon, plain, related, unreal
from service.suggestions.patterns import bounded, of_violation

MOST_REPEATED = 60
LONGEST_WORDS = 250

try:
    from re import _parser
except ImportError:  # pragma: no cover
    pytest.skip("this Python keeps its parser of patterns elsewhere", allow_module_level=True)


def all_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for violation in VIOLATIONS:
        yield violation, of_violation(violation)
    for module in (plain, unreal, related):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value
    for letter, pattern in grams._KINDS:
        yield f"grams.{letter}", pattern


def repeats(parsed: Iterable[tuple[Any, Any]]) -> Iterator[int]:
    """Yield how often anything in a parsed pattern may be repeated, at most."""
    for _, argument in parsed:
        yield from _of_argument(argument)


def _of_argument(argument: Any) -> Iterator[int]:
    if isinstance(argument, _parser.SubPattern):
        yield from repeats(argument)
    elif isinstance(argument, tuple | list):
        if (
            len(argument) == 3
            and isinstance(argument[2], _parser.SubPattern)
            and isinstance(argument[1], int)
        ):
            yield int(argument[1])
        for part in argument:
            yield from _of_argument(part)


@pytest.mark.parametrize(("name", "pattern"), [pytest.param(*pair, id=pair[0]) for pair in all_patterns()])
def test_no_pattern_repeats_without_end(name: str, pattern: re.Pattern[str]) -> None:
    parsed = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE & ~re.ASCII)
    most = max(repeats(parsed), default=0)
    assert most <= MOST_REPEATED
    shortest, longest = parsed.getwidth()
    assert longest <= LONGEST_WORDS
    assert shortest >= 1 or name not in VIOLATIONS


def test_a_repetition_without_end_is_seen() -> None:
    assert max(repeats(_parser.parse("a(?:b|(?:cd)+)e"))) > MOST_REPEATED
    assert bounded(r"(?:的|了)*打+\w*\d\+") == r"(?:的|了){0,4}打{1,4}\w{0,16}\d\+"


class Counted:
    """A pattern that counts how often it is searched for."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.searches = 0

    def search(self, text: str, place: int) -> re.Match[str] | None:
        self.searches += 1
        return self.pattern.search(text, place)


@pytest.mark.parametrize(
    "piece", ["打给我妈", "没骂", "怕上门", "a", "call me ", "别打还打", "说我的", "给我给"]
)
def test_the_search_begins_at_most_once_at_each_letter(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    counted = {violation: Counted(of_violation(violation)) for violation in VIOLATIONS}
    monkeypatch.setattr(lexicon, "_WORDS", counted)
    text = piece * (400 // len(piece))
    lexicon.suggest(text)
    assert max(one.searches for one in counted.values()) <= len(text) + 1
