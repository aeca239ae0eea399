"""When a verdict will change by itself, if nobody reports anything more: that is when it is worked out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST_DAYS: Final = 1024  # after which a number is looked at again whatever happens
HELD_BACK_DAYS: Final = 180  # in which opposition fades to nothing, for all but lines of organisations
LOOK_EVERY_DAYS: Final = 7


def next_change(verdict_on: Callable[[int], object], today: int) -> int:
    """The first day after `today` with another verdict, for a verdict that once left does not come back.

    Doubles its steps, then halves them: some 2 log2(n) evaluations for a change in n days. Where the verdict
    holds for `LONGEST_DAYS`, that day.
    """
    verdict = verdict_on(today)
    holds, step = today, 1
    while step <= LONGEST_DAYS and verdict_on(today + step) == verdict:
        holds, step = today + step, step * 2
    if step > LONGEST_DAYS:
        return today + LONGEST_DAYS
    changed = today + step
    while changed - holds > 1:
        middle = (holds + changed) // 2
        if verdict_on(middle) == verdict:
            holds = middle
        else:
            changed = middle
    return changed


def held_back_days(today: int) -> range:
    """The days on which to look whether a number that only opposition keeps from being listed would be."""
    return range(today + LOOK_EVERY_DAYS, today + HELD_BACK_DAYS, LOOK_EVERY_DAYS)
