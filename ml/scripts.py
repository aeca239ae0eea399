"""Fingerprints of what people write: callers read from scripts, and copied reports repeat each other."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import Final

LEAST_LETTERS: Final = 12  # shorter texts say the same by chance

_NOT_THE_SCRIPT: Final = re.compile(r"[\W\d_〇零一二两三四五六七八九十百千万亿某]+|x{2,}")
"""What differs between two readings of a script: amounts, dates, masked names, and how it is set out."""


def script_of(narrative: str) -> int | None:
    """A signed 64-bit fingerprint of a narrative; None where fewer than twelve letters of it remain.

    Equal for texts that differ only in digits, Chinese numerals, spaces, punctuation, masks (``***``, ``某某``,
    ``xx``), width and case of letters.
    """
    letters = _NOT_THE_SCRIPT.sub("", unicodedata.normalize("NFKC", narrative).casefold())
    if len(letters) < LEAST_LETTERS:
        return None
    return int.from_bytes(
        blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )
