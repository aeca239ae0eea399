"""Facts about the caller behind a number, from its reports: whom it claims to be, what it writes, when it is active."""

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

FACTS_DAYS: Final = SILENCE_DAYS  # of reports that count: numbers change hands after so long a silence
MOST_VALUES: Final = 3  # a number's most frequently reported institutions, and scripts, that count
BLOCK_DIGITS: Final = (2, 3, 4)  # last digits left open: blocks of 100, 1,000 and 10,000 numbers
NOBODY: Final = -1  # the cluster of values that nobody needs to report

ValuesWithClusters: TypeAlias = tuple[tuple[int, int], ...]
"""Values as 64-bit integers, each with a cluster of reporters that reported it."""


class Mention(NamedTuple):
    """What one report says about the caller.

    Narratives of calls are left out, since everybody describes calls in their own words.
    """

    day: int  # since 1970-01-01, Asia/Shanghai
    cluster: int  # of reporters
    institution: str | None  # as claimed
    message: str | None  # the narrative, if a message is reported


class Facts(NamedTuple):
    """What a number may have in common with other numbers of its campaign; days are those of its reports."""

    number: str
    institutions: ValuesWithClusters
    scripts: ValuesWithClusters
    first_day: int
    last_day: int


def facts_of(number: str, mentions: Iterable[Mention]) -> Facts:
    """Return the facts from the reports of one number, at least one; their order does not matter."""
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
    return Facts(
        number=number,
        institutions=_most_frequent(institutions),
        scripts=_most_frequent(scripts),
        first_day=min(days),
        last_day=max(days),
    )


def plain_name(claimed: str) -> str:
    """Return the name of a claimed institution without differences in spaces, punctuation, width and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", claimed).lower())


def _key_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


def _most_frequent(reported: Iterable[tuple[int, int]]) -> ValuesWithClusters:
    """Return the most frequent values, each with a cluster that reported it, from pairs of value and cluster.

    Values must be more than half as frequent as the first.
    """
    clusters: defaultdict[int, list[int]] = defaultdict(list)
    for value, cluster in reported:
        clusters[value].append(cluster)
    ranked = sorted(clusters, key=lambda value: (-len(clusters[value]), value))[:MOST_VALUES]
    enough = len(clusters[ranked[0]]) / 2 if ranked else 0
    return tuple([(value, min(clusters[value])) for value in ranked if len(clusters[value]) > enough])


class FactTable:
    """The facts of many numbers as columns, which take a third of the memory of one Python object per number.

    `days` holds pairs of first and last day, one per number. `blocks`, `institutions` and `bands` hold triples of the
    number's place in `numbers`, the value, and a cluster that reported it.
    """

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.days = array("q")
        self.blocks = array("q")
        self.institutions = array("q")
        self.bands = array("q")

    @classmethod
    def of(cls, facts: Iterable[Facts]) -> FactTable:
        """Return a table of these facts, in any order, with each number once."""
        table = cls()
        for fact in facts:
            table.add(fact)
        return table

    def add(self, facts: Facts) -> None:
        """Add the facts of one more number."""
        place = len(self.numbers)
        self.numbers.append(facts.number)
        self.days.extend((facts.first_day, facts.last_day))
        for column, values in (
            (self.blocks, _blocks(facts.number)),
            (self.institutions, facts.institutions),
            (self.bands, _bands(facts.scripts)),
        ):
            for value, cluster in values:
                column.extend((place, value, cluster))


def _blocks(number: str) -> ValuesWithClusters:
    """Return the blocks a number lies in; service codes are assigned one by one and lie in none."""
    if number[:1] != "+":
        return ()
    return tuple([(int(number[1:-digits]) * 10 + digits, NOBODY) for digits in BLOCK_DIGITS])


def _bands(scripts: ValuesWithClusters) -> ValuesWithClusters:
    """Return the bands of scripts, each once: texts that share a band count as the same script."""
    return tuple({band: cluster for script, cluster in scripts for band in bands_of(script)}.items())
