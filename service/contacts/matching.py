"""Numbers the calls of one person's logs of one number: rows of several logs that tell one call have one number.

Within a log every row is a call of its own, also at the same time. A new log is compared with each known one by itself
(`pairs.py`), since each pair has its own difference of clocks; the rows that are the same call get one number, and two
numbers become one when the new log shows that they were one call. No number ever has two rows of one log. Whichever of
the logs are counted, for example without those of a report that was retracted, each number among their rows is one call.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from service.contacts.counting import Contact
from service.contacts.pairs import MOST_APART, SAME_LENGTH, Row, row_of, same_calls

HALF_HOUR: Final = 1800
MOST_ZONES: Final = 28  # half hours: from UTC-12 to UTC+14 it is less
LEAST_IN_ANOTHER_ZONE: Final = 3  # rows, and pauses that differ: regular calls would fit many zones
FEW: Final = 5  # rows: fewer must all fit, and all pauses differ
LONGEST_SHIFT: Final = MOST_ZONES * HALF_HOUR + HALF_HOUR  # a clock set wrong, in another zone
SAME_SHIFT: Final = 60  # seconds: a carrier counts from the answer, another from the first ring
MOST_SAME: Final = 16  # rows of one length before and after a row that are compared with it
LEAST_TALK: Final = 10  # seconds: shorter conversations are of one length too often


class Known(NamedTuple):
    """A log that is stored, with the number of each of its calls."""

    calls: Sequence[Contact]
    numbers: Sequence[int]


class Numbered(NamedTuple):
    """The number of each call of a new log, and the known numbers that became another."""

    numbers: Sequence[int]
    renamed: Mapping[int, int]


def number_calls(known: Sequence[Known], calls: Sequence[Contact]) -> Numbered:
    """Return the numbers of a new log's calls, in their order."""
    order = sorted(range(len(calls)), key=lambda place: calls[place].at)
    rows = [row_of(calls[place]) for place in order]
    groups = _Groups(known)
    pairs = [(log, list(_same(one, rows))) for log, one in enumerate(known)]
    # of logs that agree in as many rows, one that knows seconds says more surely which call each was
    for log, same in sorted(pairs, key=lambda pair: (-len(pair[1]), _precision(known[pair[0]]))):
        for place, other in same:
            groups.join(place, known[log].numbers[other])
    found = [groups.number_of(place) for place in range(len(rows))]
    numbers = [0] * len(calls)
    for place, number in zip(order, found, strict=True):
        numbers[place] = number
    return Numbered(numbers, groups.renamed())


def _precision(known: Known) -> int:
    return max((call.precision for call in known.calls), default=1)


def _same(known: Known, rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield the places of rows of the new log and of the known one that are the same call."""
    order = sorted(range(len(known.calls)), key=lambda place: known.calls[place].at)
    others = [row_of(known.calls[place]) for place in order]
    shift = _shift_by_lengths(rows, others) or _zone_between(rows, others)
    moved = [row._replace(first=row.first - shift, last=row.last - shift) for row in others]
    for place, other in same_calls(rows, moved):
        yield place, order[other]


def _zone_between(rows: Sequence[Row], others: Sequence[Row]) -> int:
    """Return by how many seconds a log is in another zone without saying so, 0 if nothing proves it.

    Nearly all rows must then fit, few of them without it, and in pauses that differ; of FEW rows all, and none without it.
    """
    least = min(len(rows), len(others))
    if least < LEAST_IN_ANOTHER_ZONE:
        return 0
    few, many = (rows, others) if len(rows) <= len(others) else (others, rows)
    sign = 1 if few is rows else -1
    by_minute = Counter(row.first // 60 for row in many)
    here = _fit(few, by_minute, 0)
    if here * 2 > least:
        return 0
    fits = {
        step: _fit(few, by_minute, step * HALF_HOUR) for step in range(-MOST_ZONES, MOST_ZONES + 1) if step
    }
    step = max(fits, key=lambda one: (fits[one], -abs(one)))
    pauses = {(two.first - one.first) // 60 for one, two in pairwise(few)}
    if least < FEW and (here or fits[step] < least or len({pause % 30 for pause in pauses}) < least - 1):
        return 0
    if fits[step] * 10 < least * 9 or fits[step] <= here * 2 or len(pauses) < min(3, least - 1):
        return 0
    return sign * step * HALF_HOUR


def _shift_by_lengths(rows: Sequence[Row], others: Sequence[Row]) -> int:
    """Return by how many seconds the other log's clock is ahead, where conversations of the same lengths prove it.

    Nearly all conversations of one log must have one of their length in the other under one difference, and few without it.
    The work for each row is bounded by MOST_SAME.
    """
    few, many = (_talks(rows), _talks(others))
    sign = -1
    if len(few) > len(many):
        few, many, sign = many, few, 1
    lengths = {row.seconds or 0 for row in few}
    if (
        not lengths or max(lengths) - min(lengths) <= SAME_LENGTH
    ):  # machines speak equally long at equal pauses
        return 0
    by_length: dict[int, list[int]] = {}
    for row in many:
        by_length.setdefault(row.seconds or 0, []).append(row.first)
    apart = [list(_apart(row, by_length)) for row in few]
    here = sum(any(abs(one) <= MOST_APART for one in each) for each in apart)
    votes = Counter(
        bucket
        for each in apart
        for bucket in {one // SAME_SHIFT + step for one in each for step in (0, 1)}
        if abs(bucket) * SAME_SHIFT <= LONGEST_SHIFT
    )
    if not votes:
        return 0
    best, count = max(votes.items(), key=lambda vote: (vote[1], -abs(vote[0])))
    if count < 2 or count * 10 < len(few) * 8 or here * 2 > count:
        return 0
    fitting = sorted(one for each in apart for one in each if -1 <= one / SAME_SHIFT - best < 1)
    return sign * fitting[len(fitting) // 2]


def _talks(rows: Sequence[Row]) -> list[Row]:
    return [
        row
        for row in rows
        if row.is_call and row.is_incoming and not row.is_rounded and (row.seconds or 0) >= LEAST_TALK
    ]


def _apart(row: Row, by_length: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """Yield by how many seconds a row is ahead of others whose conversation was as long, of each length the nearest."""
    for length in range((row.seconds or 0) - SAME_LENGTH, (row.seconds or 0) + SAME_LENGTH + 1):
        starts = by_length.get(length, ())
        middle = bisect_left(starts, row.first)
        for start in starts[max(0, middle - MOST_SAME) : middle + MOST_SAME]:
            yield row.first - start


def _fit(few: Sequence[Row], by_minute: Mapping[int, int], shift: int) -> int:
    """Return how many rows find one in the other log within the time that clocks may differ."""
    reach = MOST_APART // 60
    return sum(
        any((row.first + shift) // 60 + step in by_minute for step in range(-reach, reach + 1)) for row in few
    )


class _Groups:
    """The numbers of known calls, which may become one, and those that rows of the new log take."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._parent: dict[int, int] = {}
        self._logs: dict[int, set[int]] = {}
        for log, one in enumerate(known):
            for number in one.numbers:
                self._parent.setdefault(number, number)
                self._logs.setdefault(number, set()).add(log)
        self._of_row: dict[int, int] = {}
        self._row_of: dict[int, int] = {}
        self._next = max(self._parent, default=0) + 1

    def join(self, place: int, number: int) -> None:
        """Note that a row of the new log is a known call, unless a call would then have two rows of one log."""
        root = self._root(number)
        mine = self._of_row.get(place)
        if mine is None:
            if root not in self._row_of:
                self._of_row[place], self._row_of[root] = root, place
            return
        mine = self._root(mine)
        if mine != root and root not in self._row_of and not self._logs[mine] & self._logs[root]:
            keep, gone = min(mine, root), max(mine, root)
            self._parent[gone] = keep
            self._logs[keep] |= self._logs.pop(gone)
            self._row_of.pop(gone, None)
            self._of_row[place], self._row_of[keep] = keep, place

    def number_of(self, place: int) -> int:
        """Return the number of a row of the new log: a new one, if it is no known call."""
        if place in self._of_row:
            return self._root(self._of_row[place])
        self._next += 1
        return self._next - 1

    def renamed(self) -> Mapping[int, int]:
        """Return the numbers that became another."""
        return {number: root for number in self._parent if (root := self._root(number)) != number}

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            number = self._parent[number]
        return number
