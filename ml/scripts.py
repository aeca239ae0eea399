"""What a narrative repeats: a fingerprint that the same script has with other names, amounts and links.

Who quotes a collector's message quotes the same words as others do, around their own name and debt. What varies is
dropped; of what is left, the hashes of three-character shingles are dealt to eight bins, whose minima make a number
of 64 bits (min-hash by one permutation, Li, Owen and Zhang 2012). Each minimum is shared by two texts with the
probability that a shingle of either is one of both, so that alike texts share most of them and others hardly any.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import combinations
from typing import Final
from zlib import crc32

SHINGLE: Final = 3  # characters
LEAST_CHARACTERS: Final = 12  # below which everybody writes the same
MOST_CHARACTERS: Final = 300  # more says nothing new about which script it is
BINS: Final = 8
BANDS: Final = 4  # of two minima each; texts with two bands in common are of one script
BAND_BITS: Final = 16

_VARYING: Final = re.compile(
    r"https?://[!-~]+|[a-z0-9.-]+/[!-~]+"  # links
    r"|[【\[].{0,20}?[】\]]"  # who signs
    r"|(?:尊敬的)?[^\W\d_]{0,3}?(?:先生|女士|小姐)"  # whom it addresses
    r"|[\W\d_]+|[〇零一二三四五六七八九十百千万亿两某]+|x{2,}"  # amounts, dates, masks, punctuation, spaces
)


def script_of(narrative: str) -> int | None:
    """Fingerprint of a narrative's script, signed 64-bit; None where too little text is left.

    Equal texts have equal ones; texts of one script mostly share two of its bands (`is_same_script`).
    """
    text = _VARYING.sub("", unicodedata.normalize("NFKC", narrative[:MOST_CHARACTERS]).lower())
    if len(text) < LEAST_CHARACTERS:
        return None
    data = text.encode("utf-32-le", "surrogatepass")
    hashes = {crc32(data[at : at + 4 * SHINGLE]) for at in range(0, len(data) - 4 * SHINGLE + 4, 4)}
    least = {
        value % BINS: value // BINS & 0xFF for value in sorted(hashes, reverse=True)
    }  # the last one stays
    return int.from_bytes(bytes([_of_bin(least, place) for place in range(BINS)]), "big", signed=True)


def _of_bin(least: Mapping[int, int], place: int) -> int:
    """What a bin holds, or where it is empty, as in short texts, the next one that holds something."""
    while place % BINS not in least:
        place += 1
    return least[place % BINS]


def bands_of(script: int) -> tuple[int, ...]:
    """Keys of a script: two fingerprints have one in common exactly where they share two bands."""
    bits = script & (1 << BANDS * BAND_BITS) - 1
    bands = [(place, bits >> place * BAND_BITS & (1 << BAND_BITS) - 1) for place in range(BANDS)]
    return tuple(
        [
            (first_place << 2 | second_place) << 2 * BAND_BITS | first << BAND_BITS | second
            for (first_place, first), (second_place, second) in combinations(bands, 2)
        ]
    )


def is_same_script(one: int, other: int) -> bool:
    """Whether two fingerprints share two of their four bands.

    Texts that share 90 % of their shingles do in 98 % of cases, with 77 % in 81 %, with 30 % in 4 %: p = 1 − (1 −
    s²)⁴ − 4 s² (1 − s²)³.
    """
    return not set(bands_of(one)).isdisjoint(bands_of(other))
