"""Breaks Chinese text into lines: punctuation stays with its words, and numbers and words stay whole."""

from collections.abc import Callable, Iterator
from typing import Final

NOT_AT_START: Final = frozenset("、。，．·：；！？…—～）〕］｝〉》」』】”’%‰℃.,:;!?)]}・")
NOT_AT_END: Final = frozenset("（〔［｛〈《「『【“‘([{#￥$")
#: Longer runs of letters and digits may be broken, such as a digest or an address.
LONGEST_WORD: Final = 24
#: At most this many characters move to the next line to avoid a forbidden break.
MOST_MOVED: Final = 30


def break_lines(text: str, width_of: Callable[[str], float], width: float) -> Iterator[str]:
    """Return lines of at most `width`, in the unit of `width_of`. Joined, they are the text without its line breaks."""
    for part in text.split("\n"):
        yield from _broken(part, [width_of(letter) for letter in part], width)


def _broken(text: str, widths: list[float], width: float) -> Iterator[str]:
    start = 0
    used = 0.0
    for place, letter_width in enumerate(widths):
        while used + letter_width > width and place > start:
            end = _break_before(text, start, place)
            yield text[start:end]
            start = end
            used = sum(widths[start:place])
        used += letter_width
    yield text[start:]


def _break_before(text: str, start: int, place: int) -> int:
    """Return the last good place to break, or `place` itself if there is none nearby."""
    for end in range(place, max(start, place - MOST_MOVED), -1):
        if text[end] not in NOT_AT_START and text[end - 1] not in NOT_AT_END and not _parts_word(text, end):
            return end
    return place


def _parts_word(text: str, end: int) -> bool:
    """Return whether a break here would split a number or a word short enough to stay whole."""
    if not (_is_of_word(text[end - 1]) and _is_of_word(text[end])):
        return False
    first = end
    while first > 0 and _is_of_word(text[first - 1]) and end - first <= LONGEST_WORD:
        first -= 1
    last = end
    while last < len(text) and _is_of_word(text[last]) and last - end <= LONGEST_WORD:
        last += 1
    return last - first <= LONGEST_WORD


def _is_of_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in "-+*/_@")
