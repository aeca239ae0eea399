"""How reports are distributed over the hours of the day, and how far their narratives repeat each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from ml.days import QUIET_FROM, QUIET_UNTIL

PART_HOURS: Final = 2  # so that the quiet hours, 22:00 to 8:00, consist of whole parts
PARTS_OF_DAY: Final = 24 // PART_HOURS
KEPT_SCRIPTS: Final = 64  # per day and cluster: the lowest, like kept_scripts in the database
MOST_SCRIPTS: Final = 50  # the signal is capped here: more scripts say nothing further

_EARLY: Final = slice(6 // PART_HOURS, QUIET_UNTIL // PART_HOURS)
_WORKING_HOURS: Final = slice(QUIET_UNTIL // PART_HOURS, 18 // PART_HOURS)
_EVENING: Final = slice(18 // PART_HOURS, QUIET_FROM // PART_HOURS)


def sum_positions(rows: Sequence[Sequence[int]]) -> Sequence[int]:
    """Return the sums by position of rows of counts; rows end after their highest position, so lengths differ."""
    return rows[0] if len(rows) == 1 else list(map(sum, zip_longest(*rows, fillvalue=0)))


def entropy(counts: Iterable[int]) -> float:
    """Return the Shannon entropy of counts, in nats: 0 for a single count, log 3 = 1.0986 for three equal ones.

    The order of the counts affects the last bit of the result.
    """
    positive = [count for count in counts if count]
    if len(positive) < 2:
        return 0.0
    total = sum(positive)
    return math.log(total) - sum([count * math.log(count) for count in positive]) / total


def hour_profile(rows: Sequence[Sequence[int]], *, shrink: float) -> list[float]:
    """Return the signals from `early_share` to `hour_entropy` for counts by part of the day.

    Counts are multiplied by `shrink` to become shares.
    """
    if not rows:
        return [0.0, 0.0, 0.0, 0.0]
    hours = sum_positions(rows)
    return [
        sum(hours[_EARLY]) * shrink,
        sum(hours[_WORKING_HOURS]) * shrink,
        sum(hours[_EVENING]) * shrink,
        entropy(hours),
    ]


def repetition(scripts: Sequence[int], *, shrink: float) -> list[float]:
    """Return `repeated_narrative_share` and `distinct_scripts` for the scripts (`ml.scripts`), one per narrative."""
    distinct = len(set(scripts))
    if distinct == len(scripts):
        return [0.0, float(min(distinct, MOST_SCRIPTS))]
    repeated = sum([count for count in Counter(scripts).values() if count > 1])
    return [repeated * shrink, float(min(distinct, MOST_SCRIPTS))]
