"""How busy the neighbours of a number are: callers rotate through numbers that they rented in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

OPEN_DIGITS: Final = (1, 2, 3, 4)  # blocks of 10, 100, 1,000 and 10,000 numbers
BLOCK_WINDOWS_DAYS: Final = (3, 14, 60)

DayCounts: TypeAlias = Sequence[tuple[int, int]]
"""(day since 1970-01-01, reports against the number on it); a day may come in parts."""


class Activity(NamedTuple):
    """Reports against numbers in the last 3, 14 and 60 days, and how many of them had any in 14 days."""

    reports_3d: int
    reports_14d: int
    reports_60d: int
    active: int


QUIET: Final = Activity(0, 0, 0, 0)
NO_NEIGHBOURS: Final = (QUIET,) * len(OPEN_DIGITS)
Blocks: TypeAlias = Mapping[str, Activity]


def blocks_of(number: str) -> tuple[str, ...]:
    """The blocks of a key, narrowest first; none for what is no E.164 number: such codes are given singly.

    ``+8619790001234`` lies in ``+861979000123``, ``+86197900012``, ``+8619790001`` and ``+861979000``.
    """
    return tuple([number[:-digits] for digits in OPEN_DIGITS]) if number[:1] == "+" else ()


def activity_of(days: DayCounts, *, today: int) -> Activity:
    """One number's own activity at the end of a day; later days are ignored."""
    short = medium = long = 0
    for day, reports in days:
        age = today - day
        if 0 <= age < BLOCK_WINDOWS_DAYS[2]:
            long += reports
            if age < BLOCK_WINDOWS_DAYS[1]:
                medium += reports
                if age < BLOCK_WINDOWS_DAYS[0]:
                    short += reports
    return Activity(short, medium, long, int(medium > 0)) if long else QUIET


def sum_blocks(numbers: Iterable[tuple[str, Activity]]) -> dict[str, Activity]:
    """The activity of every block that one of these numbers lies in; each number is to be given once."""
    totals: dict[str, list[int]] = {}
    for number, activity in numbers:
        if activity.reports_60d:
            for block in blocks_of(number):
                if (total := totals.get(block)) is None:
                    totals[block] = list(activity)
                else:
                    for place, count in enumerate(activity):
                        total[place] += count
    return {block: Activity(*total) for block, total in totals.items()}


def neighbours_of(number: str, own: Activity, blocks: Blocks) -> tuple[Activity, ...]:
    """The activity around a number in its four blocks without its own, which `blocks` must include."""
    names = blocks_of(number)
    if not names:
        return NO_NEIGHBOURS
    return tuple(
        [
            Activity(*[count - mine for count, mine in zip(blocks.get(name, own), own, strict=True)])
            for name in names
        ]
    )
