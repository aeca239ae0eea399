"""When a verdict will change by itself, if nobody reports anything more: that is when it is worked out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST_DAYS: Final = 1024  # after which a number is looked at again whatever happens


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
