"""Which pairs of values numbers have in common more often than chance lets expect, were the two independent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

LEAST_HOLDERS: Final = 3  # of two that share something there are too many pairs to tell them from chance
BACKGROUND: Final = (
    1_000  # numbers that share nothing, as if known besides: a few say little of what is common
)

Integers = NDArray[np.int64]
Positions = NDArray[np.int32]  # half the memory


class Holdings(NamedTuple):
    """Who has which values of one kind, in the order of places; values are renumbered from 0."""

    places: Integers
    values: Integers
    clusters: Integers
    held: Integers  # by how many numbers, by value


class Coincidence(NamedTuple):
    """Numbers that share a value of each of two kinds, and how many chance would let."""

    expected: float
    places: Integers
    clusters: Integers  # who told the second of the values, in the order of the places


def gather_holdings(places: Integers, values: Integers, clusters: Integers) -> Holdings:
    """Holdings of one kind in the order of places, each once; values of fewer than three numbers are left out."""
    _, values, held = np.unique(values, return_inverse=True, return_counts=True)
    is_shared = held[values] >= LEAST_HOLDERS
    return Holdings(places[is_shared], values[is_shared], clusters[is_shared], held)


def find_coincidences(first: Holdings, second: Holdings, *, numbers: int) -> Iterator[Coincidence]:
    """All pairs of a value of each kind that three numbers and more, of so many, have both.

    Cost grows with the pairs of values within numbers, never with the pairs of numbers.
    """
    mine, other = _pairs(first.places, second.places, numbers)
    kinds = len(second.held) or 1
    both = first.values[mine] * kinds + second.values[other]
    order = np.argsort(both, kind="stable").astype(np.int32)
    both = both[order]
    starts = np.flatnonzero(np.diff(both, prepend=-1))
    shared = np.diff(starts, append=len(both))
    is_enough = shared >= LEAST_HOLDERS
    for start, count in zip(starts[is_enough].tolist(), shared[is_enough].tolist(), strict=True):
        members = order[start : start + count]
        one, another = divmod(int(both[start]), kinds)
        expected = int(first.held[one]) * int(second.held[another]) / (numbers + BACKGROUND)
        yield Coincidence(expected, first.places[mine[members]], second.clusters[other[members]])


def poisson_tail(count: int, expected: float) -> float:
    """The probability of `count` or more where so many are expected (Poisson, DLMF 8.4.10).

    Of 3 or more with 0.01 expected: 1.7e-07; of 3 with 0.1: 1.5e-04; of 10 with 1: 1.1e-07.
    """
    return float(gammainc(count, expected))


def _pairs(first: Integers, second: Integers, numbers: int) -> tuple[Positions, Positions]:
    """Positions in `first` and in `second`, both ascending, of every two entries that are equal."""
    times = np.bincount(second, minlength=numbers)
    starts = np.cumsum(times) - times
    repeats = times[first]
    mine = np.repeat(np.arange(len(first), dtype=np.int32), repeats)
    skipped = np.repeat((starts[first] - np.cumsum(repeats) + repeats).astype(np.int32), repeats)
    return mine, np.arange(len(mine), dtype=np.int32) + skipped
