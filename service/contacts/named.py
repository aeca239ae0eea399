"""Tells whether a cell names the reported number, or may have named it before something took a part of it away."""

import re
from typing import Final

from service.contacts.cells import plain
from service.numbers.parse import NumberError, candidate_key, parse_number

MOST_NUMBER: Final = 40  # characters: a number with its country, a name in brackets and an extension
MOST_DIGITS: Final = 22  # in such a cell: a Chinese number behind 0086, and an extension, have so many
_LOST: Final = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_MASKED: Final = re.compile(r"[+\d][\d\s-]*[*xX×•#]{2,}[\d\s-]*\d")


def is_of(cell: str, number: str) -> bool:
    """Return whether a cell names this number; one that is no number's is not read, as a log may have 100,000 of them."""
    bare = plain(cell)
    if (key := candidate_key(bare)) is not None:
        return key == number
    if not 0 < len(bare) <= MOST_NUMBER or sum(map(str.isdigit, bare)) > MOST_DIGITS:
        return False
    try:
        return parse_number(bare).key == number
    except NumberError:
        return False


def telephone_in(cell: str) -> str | None:
    """Return the key of the number in a cell, None if it has none that is whole."""
    bare = plain(cell)
    if not 0 < len(bare) <= MOST_NUMBER or sum(map(str.isdigit, bare)) > MOST_DIGITS:
        return None
    try:
        return candidate_key(bare) or parse_number(bare).key
    except NumberError:
        return None


def _may_be(masked: str, number: str) -> bool:
    shown = re.sub(r"[^\d*xX×•#]", "", masked)
    digits = number.removeprefix("+86")
    head = re.match(r"\d*", shown)
    tail = re.search(r"\d*$", shown)
    return digits.startswith(head[0] if head else "") and digits.endswith(tail[0] if tail else "")


def lost_of(cell: str, number: str) -> str | None:
    """Return why a cell that may name the number cannot be read: a power of ten, or masked digits."""
    bare = plain(cell) if len(cell) <= MOST_NUMBER else ""
    if _LOST.fullmatch(bare):
        return "call_log_number_lost"
    return "call_log_number_masked" if _MASKED.fullmatch(bare) and _may_be(bare, number) else None
