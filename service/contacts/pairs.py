"""Finds the calls that two logs of the same person and number both tell, though their clocks differ.

The clocks of a telephone and of a carrier differ by a constant that nobody knows, one of the two may know only minutes,
and a carrier may count from the answer and not from the first ring. So the difference is estimated first: every two
rows of one direction that may be the same call vote for the differences that would make them so, and the difference
under which most rows find a partner is taken. Rows are then matched one to one under it: those first that agree in
length too, those last that contradict each other and still cannot be two calls, since nobody has two at once.

With few rows the difference is free to fit, so that whatever may be the same call is taken for it: a call too few
accuses nobody. With many rows it is fixed by them, and calls that only one of the logs tells are told apart.

The work is a constant for each row: one row is compared with at most MOST_NEAR rows of the other log, under at most
MOST_DIFFERENCES differences.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from service.contacts.counting import Contact

#: Seconds by which two logs may differ about one call: clocks by 90, and a carrier that counts from the answer by a ring.
MOST_APART: Final = 150
SLACK: Final = 30  # seconds by which single calls may differ from the common difference: how long it rang
TIGHT: Final = 10  # the same for rows that contradict each other in what became of the call
SAME_LENGTH: Final = 3  # seconds by which two clocks measure one conversation differently
MOST_NEAR: Final = 128
MOST_DIFFERENCES: Final = 5
APART: Final = 10  # seconds between differences that are tried
MOST_STEPS: Final = 400  # of a search for another partner


class Row(NamedTuple):
    """A call or message in seconds since 1970; `last` is the latest second at which it may have begun."""

    first: int
    last: int
    is_call: bool
    is_incoming: bool
    is_answered: bool | None
    seconds: int | None
    is_rounded: bool


class Pair(NamedTuple):
    """Two rows that may be one call: how well they agree (`_rank`), in length and in time, and their places."""

    rank: int
    longer: int
    gap: int
    a: int
    b: int


def row_of(call: Contact) -> Row:
    """Return a call as it is compared."""
    first = int(call.at.timestamp())
    last = first + call.precision - 1
    return Row(first, last, call.is_call, call.is_incoming, call.is_answered, call.seconds, call.is_rounded)


def same_calls(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the places of the rows of two logs, each in the order of time, that are the same call."""
    near = list(_near(a, b))
    best: tuple[tuple[int, int, int, int], int, dict[int, int]] | None = None
    for difference in _differences(a, b, near):
        found, key = _match(a, b, near, difference)
        if best is None or key > best[0]:
            best = (key, difference, found)
    if best is None:
        return []
    _, difference, found = best
    _add_conversations(a, b, near, difference, found)
    return sorted(found.items())


def _near(a: Sequence[Row], b: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield the places of rows of one direction that are near enough, of each row the MOST_NEAR nearest."""
    starts = [row.first for row in b]
    own = [row.first for row in a]
    widest = max((row.last - row.first for row in b), default=0)
    for place, row in enumerate(a):
        low = bisect_left(starts, row.first - MOST_APART - widest)
        high = bisect_right(starts, row.last + MOST_APART)
        if high - low > MOST_NEAR:
            # of many at one time the tenth is compared with those around the tenth
            middle = bisect_left(starts, row.first, low, high) + place - bisect_left(own, row.first)
            low = max(low, min(middle - MOST_NEAR // 2, high - MOST_NEAR))
            high = low + MOST_NEAR
        for other in range(low, high):
            if (b[other].is_call, b[other].is_incoming) == (row.is_call, row.is_incoming):
                yield place, other


def _differences(a: Sequence[Row], b: Sequence[Row], near: Sequence[tuple[int, int]]) -> list[int]:
    """Return the differences between the clocks, in seconds, that most pairs speak for."""
    votes = [0] * (2 * MOST_APART + 2)
    for place, other in near:
        one, two = a[place], b[other]
        weight = (4, 2, 1, 1, 0)[_rank(one, two)]
        low, high = max(-MOST_APART, two.first - one.last), min(MOST_APART, two.last - one.first)
        if weight and low <= high:
            votes[low + MOST_APART] += weight
            votes[high + MOST_APART + 1] -= weight
    sums: list[int] = []
    total = 0
    for vote in votes[:-1]:
        total += vote
        sums.append(total)
    # the middle of a stretch of equals: what a ring adds lies on both sides of it
    peaks = sorted(_middles(sums), key=lambda peak: (-peak[0], abs(peak[1])))
    tried = [0]
    for _, difference in peaks:
        if len(tried) > MOST_DIFFERENCES:
            break
        if all(abs(difference - one) >= APART for one in tried[1:]):
            tried.append(difference)
    return tried if near else []


def _middles(sums: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each stretch of equal sums, with the sums SLACK around its middle, as that total and the difference."""
    ahead = [0]
    for value in sums:
        ahead.append(ahead[-1] + value)
    begin = 0
    for place in range(1, len(sums) + 1):
        if place == len(sums) or sums[place] != sums[begin]:
            middle = (begin + place - 1) // 2
            if sums[begin]:
                around = ahead[min(middle + SLACK + 1, len(sums))] - ahead[max(middle - SLACK, 0)]
                yield sums[begin] * 8 + around, middle - MOST_APART
            begin = place


def _match(
    a: Sequence[Row], b: Sequence[Row], near: Sequence[tuple[int, int]], difference: int
) -> tuple[dict[int, int], tuple[int, int, int, int]]:
    """Return the partners of rows under a difference, and how good that is: more is better."""
    pairs = sorted(_fitting(a, b, near, difference))
    partner: dict[int, int] = {}
    taken: dict[int, int] = {}
    ranks = apart = 0
    for pair in pairs:
        if pair.a not in partner and pair.b not in taken:
            partner[pair.a], taken[pair.b] = pair.b, pair.a
            ranks += pair.rank
            apart += pair.gap
    choices: dict[int, list[int]] = {}
    for pair in pairs:
        if pair.rank < 4:
            choices.setdefault(pair.a, []).append(pair.b)
    for place in choices:
        if place not in partner:
            _find_another(place, choices, partner, taken)
    return partner, (len(partner), -ranks, -apart, -abs(difference))


def _fitting(
    a: Sequence[Row], b: Sequence[Row], near: Sequence[tuple[int, int]], difference: int
) -> Iterator[Pair]:
    for place, other in near:
        one, two = a[place], b[other]
        gap = max(0, two.first - difference - one.last, one.first - two.last + difference)
        rank = _rank(one, two)
        if gap <= (SLACK, SLACK, SLACK, TIGHT, TIGHT)[rank] or (rank == 3 and _overlap(one, two, difference)):
            longer = abs((one.seconds or 0) - (two.seconds or 0)) if rank == 0 else 0
            yield Pair(rank, longer, gap, place, other)


def _rank(one: Row, two: Row) -> int:
    """Return how well two rows agree.

    0 in the length, 1 in what became of the call, 2 as far as they tell; 3 not in the length, 4 not in what became of it.
    """
    if one.is_answered is None or two.is_answered is None:
        return 2
    if one.is_answered != two.is_answered:
        return 4
    if not one.seconds or not two.seconds:
        return 1
    if one.is_rounded or two.is_rounded:
        return 1 if _may_be_rounded(one, two) else 3
    return 0 if abs(one.seconds - two.seconds) <= SAME_LENGTH else 3


def _may_be_rounded(one: Row, two: Row) -> bool:
    """Return whether lengths of which at least one is rounded to minutes, up or down, may be one length."""
    first, second = one.seconds or 0, two.seconds or 0
    if one.is_rounded and two.is_rounded:
        return abs(first - second) <= 60
    least, exact = (first, second) if one.is_rounded else (second, first)
    return least <= exact <= least + 120


def _overlap(one: Row, two: Row, difference: int) -> bool:
    """Return whether people would have been speaking in both calls at once."""
    begin = max(one.last, two.last - difference)
    end = min(one.first + (one.seconds or 0), two.first - difference + (two.seconds or 0))
    return begin < end


def _find_another(
    start: int, choices: dict[int, list[int]], partner: dict[int, int], taken: dict[int, int]
) -> None:
    """Give a row without a partner one, if others can change theirs: an augmenting path, found breadth first."""
    came_from: dict[int, int] = {}
    waiting = [start]
    for place in waiting:
        for other in choices.get(place, ()):
            if other in came_from:
                continue
            came_from[other] = place
            if other not in taken:
                while True:
                    last = came_from[other]
                    before = partner.get(last)
                    partner[last], taken[other] = other, last
                    if before is None or last == start:
                        return
                    other = before  # noqa: PLW2901  the way back
            waiting.append(taken[other])
        if len(came_from) > MOST_STEPS:
            return


def _add_conversations(
    a: Sequence[Row],
    b: Sequence[Row],
    near: Sequence[tuple[int, int]],
    difference: int,
    found: dict[int, int],
) -> None:
    """Add rows that are left over and tell a conversation of the same length: one of the clocks was set meanwhile."""
    taken = set(found.values())
    left = sorted(
        (abs(b[other].first - a[place].first - difference), place, other)
        for place, other in near
        if place not in found and other not in taken and _rank(a[place], b[other]) == 0
    )
    for _, place, other in left:
        if place not in found and other not in taken:
            found[place] = other
            taken.add(other)
