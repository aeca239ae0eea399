"""What people write in a number field, folded into ASCII digits, and why nothing can be read from it."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class NumberProblem(StrEnum):
    """Why a text is not a number. An empty text is no problem: it means that the caller withheld the number."""

    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_SUCH_NUMBER = "no_such_number"
    WRONG_LENGTH = "wrong_length"
    WRONG_LENGTH_LOCAL = "wrong_length_local"
    AREA_CODE_NEEDED = "area_code_needed"
    SEVERAL_NUMBERS = "several_numbers"
    TWO_READINGS = "two_readings"
    MASKED = "masked"
    LETTER_FOR_DIGIT = "letter_for_digit"
    ROUNDED = "rounded"
    TWO_COUNTRY_CODES = "two_country_codes"
    ONLY_A_TAIL = "only_a_tail"
    UNKNOWN_REGION = "unknown_region"


class NumberError(ValueError):
    """No caller ID can be read from a text. The message is the code of the problem, never the text.

    `values` fills the message of the problem: `position` counts characters of the text from 1.
    """

    def __init__(self, problem: NumberProblem, **values: object) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.values = values

    @property
    def place(self) -> dict[str, object]:
        """The `position` of what is wrong, if it is one character."""
        return {name: value for name, value in self.values.items() if name == "position"}


MAX_TEXT: Final = 200  # far longer than any labelled number, far shorter than what would take time

_FOLD: Final[dict[int, str | None]] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **dict.fromkeys(map(ord, "‐‑‒–—―−ー﹘﹣─"), "-"),
    **dict.fromkeys(map(ord, "﹢⁺"), "+"),
    **dict.fromkeys(map(ord, "。．｡"), "."),
    # Soft hyphen, zero-width, direction marks, variation selectors, keycaps: address books and keyboards paste them in.
    **dict.fromkeys((0x00AD, 0x034F, 0x061C, 0x180E, 0x20E3, 0xFEFF), None),
    **dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)), None),
    **dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xFFF9, 0xFFFC)), None),
}

# As phones, exchanges and people write it, without spaces and in lower case.
# fmt: off
_WITHHELD: Final = frozenset(
    {
        "",
        "withheld", "anonymous", "unknown", "unknownnumber", "private", "privatenumber",
        "privatecaller", "restricted", "unavailable", "nocallerid", "callerunknown", "blocked",
        "hidden", "none", "null", "n/a", "na",
        "未知", "未知号码", "未知来电", "无", "无号码", "没有号码", "隐藏", "隐藏号码",
        "号码隐藏", "私人号码", "匿名", "匿名来电", "未显示", "未显示号码", "无法显示",
        "不显示号码", "无主叫号码", "保密", "保密号码", "空",
    }
)
# fmt: on
# What Android's call log has instead of a number, and what SIP has in its place (RFC 3323).
_WITHHELD_BY_PROGRAMS: Final = re.compile(
    r"-[123]|\(null\)|(?:\"[^\"]*\"\s*)?<?sips?:anonymous@[^\s>]*>?", re.IGNORECASE
)
_BLANK: Final = re.compile(r"[\s\-_\"'.]+")
_FOREIGN_DIGIT: Final = re.compile(r"[^\D0-9]")


def fold(text: str) -> str:
    """Return the text in half-width characters and ASCII digits, without invisible characters.

    Each character becomes one or none, so that places in the result lead back to the text.
    """
    folded = text.translate(_FOLD)
    if folded.isascii():
        return folded
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), folded)


def place_in(text: str, index: int) -> int:
    """Return which character of a text, counted from 1, became the one at `index` of the folded text."""
    kept = -1
    for place, character in enumerate(text, start=1):
        kept += len(fold(character))
        if kept == index:
            return place
    return len(text)


def is_withheld(folded: str) -> bool:
    """Return whether a folded text says that the caller withheld the number."""
    is_word = _BLANK.sub("", folded).casefold() in _WITHHELD
    return is_word or _WITHHELD_BY_PROGRAMS.fullmatch(folded.strip()) is not None


def count_digits(text: str) -> int:
    """Return how many ASCII digits a folded text has."""
    return sum("0" <= character <= "9" for character in text)
