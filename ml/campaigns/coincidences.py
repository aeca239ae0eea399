"""Pairs of values that numbers share, and how many numbers would share them by chance if the two were independent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

LEAST_HOLDERS: Final = 3  # so many pairs of numbers share something that two alone cannot be told from chance
BACKGROUND: Final = 1_000  # numbers added that share nothing: a few numbers show little of what is common

Integers = NDArray[np.int64]
Positions = NDArray[np.int32]  # half the memory


class Holdings(NamedTuple):
    """Which numbers have which values of one kind: parallel arrays in the order of numbers.

    A number is given by its place in the order of all numbers; values are renumbered from 0.
    """

    places: Integers
    values: Integers
    clusters: Integers  # the cluster of reporters that reported the value
    held: Integers  # how many numbers have each value, by value


class Coincidence(NamedTuple):
    """Numbers that share one value of each of two kinds, and how many would do so by chance."""

    expected: float
    places: Integers
    clusters: Integers  # the cluster that reported the second of the values, in the order of the places


def gather_holdings(places: Integers, values: Integers, clusters: Integers) -> Holdings:
    """Return the holdings of one kind; pairs must be distinct and in the order of places.

    Values that fewer than `LEAST_HOLDERS` numbers have are left out.
    """
    _, values, held = np.unique(values, return_inverse=True, return_counts=True)
    is_shared = held[values] >= LEAST_HOLDERS
    return Holdings(places[is_shared], values[is_shared], clusters[is_shared], held)


def find_coincidences(first: Holdings, second: Holdings, *, numbers: int) -> Iterator[Coincidence]:
    """Yield all pairs of a value of each kind that at least three numbers share, among `numbers` numbers in all.

    The cost grows with the pairs of values within numbers, never with the pairs of numbers.
    """
    in_first, in_second = _pairs(first.places, second.places, numbers)
    kinds = len(second.held) or 1
    both = first.values[in_first] * kinds + second.values[in_second]
    order = np.argsort(both, kind="stable").astype(np.int32)
    both = both[order]
    starts = np.flatnonzero(np.diff(both, prepend=-1))
    shared = np.diff(starts, append=len(both))
    is_enough = shared >= LEAST_HOLDERS
    for start, count in zip(starts[is_enough].tolist(), shared[is_enough].tolist(), strict=True):
        members = order[start : start + count]
        first_value, second_value = divmod(int(both[start]), kinds)
        expected = int(first.held[first_value]) * int(second.held[second_value]) / (numbers + BACKGROUND)
        yield Coincidence(expected, first.places[in_first[members]], second.clusters[in_second[members]])


def poisson_tail(count: int, expected: float) -> float:
    """Return the probability of `count` or more events if `expected` is their mean (Poisson, DLMF 8.4.10).

    For 3 or more with a mean of 0.01: 1.7e-07; for 3 with 0.1: 1.5e-04; for 10 with 1: 1.1e-07.
    """
    return float(gammainc(count, expected))


def _pairs(first: Integers, second: Integers, numbers: int) -> tuple[Positions, Positions]:
    """Return the positions in `first` and in `second`, both ascending, of all pairs of equal entries below `numbers`."""
    times = np.bincount(second, minlength=numbers)
    starts = np.cumsum(times) - times
    repeats = times[first]
    in_first = np.repeat(np.arange(len(first), dtype=np.int32), repeats)
    skipped = np.repeat((starts[first] - np.cumsum(repeats) + repeats).astype(np.int32), repeats)
    return in_first, np.arange(len(in_first), dtype=np.int32) + skipped
