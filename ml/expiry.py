"""When a verdict changes by the passing of time alone, without further reports, so that it is recomputed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST_DAYS: Final = 1024  # every number is recomputed after this time at the latest
HELD_BACK_DAYS: Final = 180  # opposing reports have faded away by then, except on lines of organisations
LOOK_EVERY_DAYS: Final = 7


def next_change(verdict_on: Callable[[int], object], today: int) -> int:
    """Return the first day after `today` with a different verdict, or the day `LONGEST_DAYS` later if there is none.

    `verdict_on` gives the verdict of a day; a verdict that has been left must not come back. Steps are doubled,
    then halved: a change n days ahead takes about 2 log2(n) evaluations.
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
    """Return the days on which to re-check a number that only opposing reports keep off the list."""
    return range(today + LOOK_EVERY_DAYS, today + HELD_BACK_DAYS, LOOK_EVERY_DAYS)
