"""Reports about the neighbours of a number: callers rotate through numbers that they rent in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

OPEN_DIGITS: Final = (1, 2, 3, 4)  # blocks of 10, 100, 1,000 and 10,000 numbers
BLOCK_WINDOWS_DAYS: Final = (3, 14, 60)

DayCounts: TypeAlias = Sequence[tuple[int, int]]
"""Pairs of day (since 1970-01-01) and reports against the number on it; a day may appear several times."""


class Activity(NamedTuple):
    """Reports against one or more numbers in the last 3, 14 and 60 days, and how many were reported within 14 days."""

    reports_3d: int
    reports_14d: int
    reports_60d: int
    active: int


QUIET: Final = Activity(0, 0, 0, 0)
NO_NEIGHBOURS: Final = (QUIET,) * len(OPEN_DIGITS)
Blocks: TypeAlias = Mapping[str, Activity]


def blocks_of(number: str) -> tuple[str, ...]:
    """Return the blocks that a number lies in, narrowest first.

    ``+8619790001234`` lies in ``+861979000123``, ``+86197900012``, ``+8619790001`` and ``+861979000``.
    A key that is not an E.164 number lies in none: service codes are assigned one by one.
    """
    return tuple([number[:-digits] for digits in OPEN_DIGITS]) if number[:1] == "+" else ()


def activity_of(days: DayCounts, *, today: int) -> Activity:
    """Return the activity of one number at the end of a day; later days are ignored."""
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
    """Return the activity of every block that one of these numbers lies in; each number must be given only once."""
    totals: dict[str, list[int]] = {}
    for number, activity in numbers:
        if activity.reports_60d:
            for block in blocks_of(number):
                if (total := totals.get(block)) is None:
                    totals[block] = list(activity)
                else:
                    for index, count in enumerate(activity):
                        total[index] += count
    return {block: Activity(*total) for block, total in totals.items()}


def neighbours_of(number: str, own: Activity, blocks: Blocks) -> tuple[Activity, ...]:
    """Return the activity in the four blocks of a number, less its `own`, which `blocks` must include."""
    names = blocks_of(number)
    if not names:
        return NO_NEIGHBOURS
    return tuple(
        [
            Activity(
                *[count - own_count for count, own_count in zip(blocks.get(name, own), own, strict=True)]
            )
            for name in names
        ]
    )
