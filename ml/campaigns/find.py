"""Campaigns: listed numbers that are probably used by the same caller, found by what they share and others seldom do.

Sharing one thing says little: many collectors claim the same institution, blocks are let in parts, scripts are sold.
If three or more numbers that are active at the same time share two things, this is seldom chance; how seldom follows
from how common each of the two is. A campaign means similarity, not proof.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np

from ml.campaigns.coincidences import (
    LEAST_HOLDERS,
    Coincidence,
    Holdings,
    Integers,
    find_coincidences,
    gather_holdings,
    poisson_tail,
)
from ml.campaigns.facts import FACTS_DAYS, FactTable
from ml.forest import Forest

LEAST_NUMBERS: Final = LEAST_HOLDERS
LEAST_CLUSTERS: Final = 3  # that must have reported what numbers share: a single reporter makes no campaign
MOST_CHANCE: Final = 1e-6  # probability by chance; strict, since some hundred thousand values are compared
MOST_EXPECTED: Final = 0.05  # of the numbers, by chance: common values make no campaign
PAUSE_DAYS: Final = 60  # a longer pause between numbers that share the same values starts another campaign
BRIDGE_NUMBERS: Final = 2  # a link must contain this many numbers of a group to join the group to others

Link: TypeAlias = tuple[float, tuple[int, ...]]
"""The probability that unrelated numbers share as much as these by chance, and the places of these numbers."""


def find_campaigns(table: FactTable) -> list[tuple[str, ...]]:
    """Return the campaigns among listed numbers, each as its numbers in order; a number is in at most one campaign.

    The function is pure, and the order of the facts does not matter.
    """
    known = _IndexedFacts(table)
    links = sorted(link for kinds in combinations(known.kinds(), 2) for link in _links(known, *kinds))
    groups = _Groups(len(known.numbers))
    for _, places in links:  # most certain links first
        groups.join(places)
    return [tuple([known.numbers[place] for place in group]) for group in groups.of_at_least(LEAST_NUMBERS)]


class _IndexedFacts:
    """The facts of numbers, indexed by the place of each number in sorted order."""

    def __init__(self, table: FactTable) -> None:
        order = np.argsort(np.array(table.numbers, dtype=np.str_))
        self._rank = np.argsort(order)
        self._columns = (table.blocks, table.institutions, table.bands)
        self.numbers = [table.numbers[place] for place in order]
        self.first_days, self.last_days = _rows(table.days, 2)[order].T.tolist()
        named = _ranked(table.institutions, self._rank)
        self._names = named[:, 1].copy()
        self._name_starts = np.searchsorted(named[:, 0], np.arange(len(self.numbers) + 1))

    def kinds(self) -> list[Holdings]:
        """Return the holdings of blocks, of institutions and of scripts."""
        return [gather_holdings(*_ranked(column, self._rank).T) for column in self._columns]

    def agreeing(self, places: Sequence[int]) -> list[int]:
        """Return those of `places` that name no institution, or the one named by most of them.

        Numbers that only name other institutions belong to other callers.
        """
        named = {place: self._names_of(place) for place in places}
        counts = Counter([name for names in named.values() for name in names])
        most = max(counts, key=lambda name: (counts[name], name), default=None)
        return [place for place in places if not named[place] or most in named[place]]

    def _names_of(self, place: int) -> list[int]:
        names: list[int] = self._names[self._name_starts[place] : self._name_starts[place + 1]].tolist()
        return names


def _rows(column: array[int], width: int) -> Integers:
    return np.frombuffer(column, dtype=np.int64).reshape(-1, width)


def _ranked(column: array[int], rank: Integers) -> Integers:
    """Return a column as rows of (place, value, cluster), with each place replaced by its rank, sorted by rank."""
    rows = _rows(column, 3)
    places = rank[rows[:, 0]]
    order = np.argsort(places, kind="stable")
    rows = rows[order]
    rows[:, 0] = places[order]
    return rows


def _links(known: _IndexedFacts, first: Holdings, second: Holdings) -> Iterator[Link]:
    """Yield numbers that share a value of each of two kinds, neither by chance nor by the word of few reporters."""
    for coincidence in find_coincidences(first, second, numbers=len(known.numbers)):
        for cluster_of in _runs(known, coincidence):
            places = known.agreeing(sorted(cluster_of))
            clusters = {cluster_of[place] for place in places}
            is_rare = coincidence.expected <= MOST_EXPECTED * len(places)
            if is_rare and len(places) >= LEAST_NUMBERS and len(clusters) >= LEAST_CLUSTERS:
                together = chance_of_time([known.first_days[place] for place in places])
                probability = poisson_tail(len(places), coincidence.expected) * together
                if probability < MOST_CHANCE:
                    yield probability, tuple(places)


def _runs(known: _IndexedFacts, coincidence: Coincidence) -> Iterator[dict[int, int]]:
    """Yield the numbers of a coincidence, each with a reporting cluster, split where all numbers pause for long."""
    cluster_of = dict(zip(coincidence.places.tolist(), coincidence.clusters.tolist(), strict=True))
    run: dict[int, int] = {}
    active_until = 0
    for place in sorted(cluster_of, key=lambda place: (known.first_days[place], place)):
        if run and known.first_days[place] > active_until + PAUSE_DAYS:
            yield run
            run = {}
        run[place] = cluster_of[place]
        active_until = max(active_until, known.last_days[place])
    yield run


def chance_of_time(days: Sequence[int]) -> float:
    """Return the probability that as many random days of the last `FACTS_DAYS` lie no further apart than these.

    One of n days is the first and the others follow within the span: n · (span / 90)^(n − 1), at most 1. Three days
    within ten give 0.037, five within ten 0.00076, three within sixty 1.
    """
    span = max(days) - min(days) + 1
    return min(1.0, len(days) * (span / FACTS_DAYS) ** (len(days) - 1))


class _Groups:
    """Groups of numbers, given by place. Each number starts as a group of its own; links join groups."""

    def __init__(self, numbers: int) -> None:
        self._forest = Forest({place: place for place in range(numbers)})
        self._sizes = [1] * numbers  # by root

    def join(self, places: Sequence[int]) -> None:
        """Join the single numbers of a link, and the groups that have at least two numbers in it, into one group.

        Two campaigns that seem to share just one number, perhaps because it changed hands, stay apart.
        """
        parts = Counter([self._forest.root(place) for place in places])
        joined = [root for root, held in parts.items() if self._sizes[root] == 1 or held >= BRIDGE_NUMBERS]
        if sum([parts[root] for root in joined]) >= LEAST_NUMBERS:
            for root in joined[1:]:
                self._merge(joined[0], root)

    def of_at_least(self, least: int) -> Iterator[list[int]]:
        """Yield the groups of at least so many numbers, in the order of their first number."""
        members: defaultdict[int, list[int]] = defaultdict(list)
        for place in range(len(self._sizes)):
            members[self._forest.root(place)].append(place)
        yield from [group for group in members.values() if len(group) >= least]

    def _merge(self, first: int, second: int) -> None:
        size = self._sizes[self._forest.root(first)] + self._sizes[second]
        self._forest.join(first, second)
        self._sizes[self._forest.root(first)] = size
