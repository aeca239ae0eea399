"""What the reports of a number tell of the hand behind it: whom it claims to be, what it writes, when it is active."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias

from ml.decay import SILENCE_DAYS
from ml.scripts import bands_of, script_of

FACTS_DAYS: Final = (
    SILENCE_DAYS  # of reports that are looked at: after so long a silence numbers change hands
)
MOST_VALUES: Final = 3  # institutions, and scripts, of a number that count: those told most
BLOCK_DIGITS: Final = (2, 3, 4)  # left open: blocks of 100, 1,000 and 10,000 numbers
NOBODY: Final = -1

ValuesWithTellers: TypeAlias = tuple[tuple[int, int], ...]
"""Values as integers of 64 bits, each with a cluster of reporters that told it."""


class Mention(NamedTuple):
    """What one report tells."""

    day: int  # since 1970-01-01, Asia/Shanghai
    cluster: int  # of reporters
    institution: str | None  # as claimed
    message: (
        str | None
    )  # its text, where a message is reported: of calls everybody tells in words of their own


class Facts(NamedTuple):
    """What a number may have in common with others of its campaign."""

    number: str
    institutions: ValuesWithTellers
    scripts: ValuesWithTellers
    first_day: int
    last_day: int


def facts_of(number: str, mentions: Iterable[Mention]) -> Facts:
    """What the reports of one number, at least one, tell together; equal for any order of them."""
    institutions: list[tuple[int, int]] = []
    scripts: list[tuple[int, int]] = []
    days: list[int] = []
    for day, cluster, claimed, message in mentions:
        days.append(day)
        if claimed and (name := plain_name(claimed)):
            institutions.append((_key_of(name), cluster))
        if (
            message
            and (script := script_of(message.replace(claimed, "") if claimed else message)) is not None
        ):
            scripts.append((script, cluster))
    return Facts(number, _most_told(institutions), _most_told(scripts), min(days), max(days))


def plain_name(claimed: str) -> str:
    """A claimed institution without what people write differently: spaces, punctuation, width and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", claimed).lower())


def _key_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


def _most_told(told: Iterable[tuple[int, int]]) -> ValuesWithTellers:
    """The values told most, and more than half as often as the first, each with a cluster that told it."""
    clusters: defaultdict[int, list[int]] = defaultdict(list)
    for value, cluster in told:
        clusters[value].append(cluster)
    ranked = sorted(clusters, key=lambda value: (-len(clusters[value]), value))[:MOST_VALUES]
    enough = len(clusters[ranked[0]]) / 2 if ranked else 0
    return tuple([(value, min(clusters[value])) for value in ranked if len(clusters[value]) > enough])


class FactTable:
    """Facts of many numbers as columns: a Python object for each would take three times the memory.

    `days` holds first and last day of each number, the others place, value and teller of each value.
    """

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.days = array("q")
        self.blocks = array("q")
        self.institutions = array("q")
        self.bands = array("q")

    @classmethod
    def of(cls, facts: Iterable[Facts]) -> FactTable:
        """All of them, in any order, each number once."""
        table = cls()
        for fact in facts:
            table.add(fact)
        return table

    def add(self, facts: Facts) -> None:
        """One more number."""
        place = len(self.numbers)
        self.numbers.append(facts.number)
        self.days.extend((facts.first_day, facts.last_day))
        for column, told in (
            (self.blocks, _blocks(facts.number)),
            (self.institutions, facts.institutions),
            (self.bands, _bands(facts.scripts)),
        ):
            for value, teller in told:
                column.extend((place, value, teller))


def _blocks(number: str) -> ValuesWithTellers:
    """The blocks that a number lies in; a service code is given singly and lies in none."""
    if number[:1] != "+":
        return ()
    return tuple([(int(number[1:-digits]) * 10 + digits, NOBODY) for digits in BLOCK_DIGITS])


def _bands(scripts: ValuesWithTellers) -> ValuesWithTellers:
    """The bands of scripts, each once: texts that share one are of the same script."""
    return tuple({band: teller for script, teller in scripts for band in bands_of(script)}.items())
