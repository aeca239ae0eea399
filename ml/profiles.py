"""How reports spread over the day and the week, and how far their narratives repeat each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from ml.days import QUIET_FROM, QUIET_UNTIL

PART_HOURS: Final = 2  # so that quiet hours, 22:00 to 8:00, start and end with a part
PARTS_OF_DAY: Final = 24 // PART_HOURS
KEPT_SCRIPTS: Final = 64  # of one day and cluster: the lowest, as the database's kept_scripts does
MOST_SCRIPTS: Final = 50  # beyond these a number is told of in many words, and no more

_EARLY: Final = slice(6 // PART_HOURS, QUIET_UNTIL // PART_HOURS)
_WORKING_HOURS: Final = slice(QUIET_UNTIL // PART_HOURS, 18 // PART_HOURS)
_EVENING: Final = slice(18 // PART_HOURS, QUIET_FROM // PART_HOURS)


def sum_positions(rows: Sequence[Sequence[int]]) -> Sequence[int]:
    """Sums by position of rows of counts, each as long as its highest position asks for."""
    return rows[0] if len(rows) == 1 else list(map(sum, zip_longest(*rows, fillvalue=0)))


def entropy(counts: Iterable[int]) -> float:
    """Shannon entropy in nats of how counts spread: 0 of a single one, log 3 = 1.0986 of three equal ones.

    The order of counts matters in the last bit.
    """
    positive = [count for count in counts if count]
    if len(positive) < 2:
        return 0.0
    total = sum(positive)
    return math.log(total) - sum([count * math.log(count) for count in positive]) / total


def hour_profile(rows: Sequence[Sequence[int]], *, shrink: float) -> list[float]:
    """From `early_share` to `hour_entropy`, of counts by part of the day; `shrink` makes counts shares."""
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
    """`repeated_narrative_share` and `distinct_scripts`, of one script (`ml.scripts`) a narrative."""
    distinct = len(set(scripts))
    if distinct == len(scripts):
        return [0.0, float(min(distinct, MOST_SCRIPTS))]
    repeated = sum([count for count in Counter(scripts).values() if count > 1])
    return [repeated * shrink, float(min(distinct, MOST_SCRIPTS))]
