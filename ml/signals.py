"""A number's signals: what its reports amount to as of a day, as the classifier reads it.

Training and serving call the same function on the same rows, so neither can see what the other does not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeAlias

from ml.blocks import NO_NEIGHBOURS, OPEN_DIGITS, Activity
from ml.day_rows import SHARES, DayRow
from ml.profiles import entropy, hour_profile, repetition, sum_positions
from ml.words import KINDS, SEVERE_VIOLATIONS, VIOLATIONS

WINDOWS_DAYS: Final = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 180)
RECENCY_DAYS: Final = (1.0, 2.0, 4.0, 7.0, 14.0, 30.0, 60.0, 125.0)  # half-lives of sums that forget smoothly
ACTIVE_WINDOWS_DAYS: Final = (7, 14, 30, 90)
ACTIVE_RECENCY_DAYS: Final = (2.0, 7.0, 30.0, 90.0)
CLUSTER_WINDOWS_DAYS: Final = (3, 14)

FEATURES: Final[tuple[str, ...]] = (
    *(f"reports_{days}d" for days in WINDOWS_DAYS),
    *(f"recency_{days:g}d" for days in RECENCY_DAYS),
    *(f"days_active_{days}d" for days in ACTIVE_WINDOWS_DAYS),
    *(f"active_recency_{days:g}d" for days in ACTIVE_RECENCY_DAYS),
    "days_active",
    "days_since_first",
    "days_since_last",
    "mean_gap",
    "last_gap",
    "silence",
    "rate_14d",
    "rate_60d",
    "busiest_day",
    "busiest_day_14d",
    "busy_days_14d",
    "burst_share",
    "weekend_share",
    "weekday_entropy",
    "reporters",
    "clusters",
    *(f"clusters_{days}d" for days in CLUSTER_WINDOWS_DAYS),
    "new_clusters_3d",
    "cluster_entropy",
    *SHARES.values(),
    "severe_per_report",
    "violations_per_report",
    "opposing_share",
    "early_share",
    "working_hours_share",
    "evening_share",
    "hour_entropy",
    "repeated_narrative_share",
    "distinct_scripts",
    *(f"block_{10**digits}_{name}" for digits in OPEN_DIGITS for name in Activity._fields),
    "kind",
    "sub_block",
)
SIGNALS_VERSION: Final = 4
"""Raised when a feature of the same name comes to mean something else: older models then refuse to load."""

MOST_REPORTERS: Final = 200.0  # beyond these a crowd says no more about a number than its size
MOST_CLUSTERS: Final = 100
OLDEST_DAYS: Final = 3650  # also what "never reported" counts as
RATE_DAYS: Final = 14
ENTROPY_DAYS: Final = 30
NO_GAP: Final = 400.0  # days: what a number reported on a single day has between its days
_THURSDAY: Final = 3  # 1970-01-01, counted from Monday
_SATURDAY: Final = 5

Signals: TypeAlias = tuple[float, ...]
"""Finite values in the order of `FEATURES`."""

_KIND_ORDINAL: Final = {kind: float(place) for place, kind in enumerate(KINDS)}
_SEVERE_PLACES: Final = frozenset(
    [place for place, violation in enumerate(VIOLATIONS) if violation in SEVERE_VIOLATIONS]
)


def sub_block_of(number: str, kind: str) -> float:
    """The first three digits of a 95 code (``95013`` is 950), which tell banks from call centres; else 0."""
    return float(number[:3]) if kind == "service_95" else 0.0


def compute_signals(
    rows: Sequence[DayRow],
    *,
    kind: str,
    today: int,
    sub_block: float = 0.0,
    neighbours: Sequence[Activity] = NO_NEIGHBOURS,
) -> Signals:
    """The signals of a number at the end of a day; later rows are ignored, the order of rows does not matter.

    Pure: later records change nothing about an earlier day. `neighbours` is the activity around the number as of
    the same day (`ml.blocks`). Opposing reporters count in `opposing_share` alone. Shares are of the reporters who accuse
    the number, each by the first report, and shrunk, count / (reporters + 1), so that one of one (0.5) says less than ten
    of ten (0.91). `KeyError` for a kind not in `KINDS`.
    """
    known = [row for row in rows if row[0] <= today and row[2]]
    around = [float(count) for activity in neighbours for count in activity]
    return (*_activity(known, today), *_shares(known), *around, _KIND_ORDINAL[kind], sub_block)


def _activity(known: Sequence[DayRow], today: int) -> list[float]:
    """When, how often and from how many sides a number was reported, opposing reports left out."""
    ages_of: dict[int, int] = {}  # supporting reports by age in days
    clusters: dict[int, list[int]] = {}  # ages by cluster
    counts_of: dict[int, int] = {}  # supporting reports of the last 30 days by cluster
    reporters: list[int] = []
    for row in known:
        supporting = row.reports - row.legitimate
        if supporting <= 0:
            continue
        age = today - row.day
        ages_of[age] = ages_of.get(age, 0) + supporting
        clusters.setdefault(row.cluster, []).append(age)
        reporters.append(row.reporters - row.legitimate)
        if age < ENTROPY_DAYS:
            counts_of[row.cluster] = counts_of.get(row.cluster, 0) + supporting
    ages = sorted(ages_of)
    counts = [ages_of[age] for age in ages]
    return [
        *_windows(ages, counts, WINDOWS_DAYS),
        *_recencies(ages, counts, RECENCY_DAYS),
        *_windows(ages, [1] * len(ages), ACTIVE_WINDOWS_DAYS),
        *_recencies(ages, [1] * len(ages), ACTIVE_RECENCY_DAYS),
        *_rhythm(ages, counts, today),
        min(float(sum(reporters)), MOST_REPORTERS),
        *_spread(clusters),
        entropy(sorted(counts_of.values())),
    ]


def _windows(ages: Sequence[int], counts: Sequence[int], windows: Sequence[int]) -> list[float]:
    """Sums of counts over the last days; ages ascend."""
    sums = [0, *accumulate(counts)]
    return [float(sums[bisect_left(ages, window)]) for window in windows]


def _recencies(ages: Sequence[int], counts: Sequence[int], half_lives: Sequence[float]) -> list[float]:
    """Sums of counts that fade by half every half-life, in one order, so that the order of rows changes no bit."""
    return [
        sum([count * 2.0 ** (-age / half_life) for age, count in zip(ages, counts, strict=True)], 0.0)
        for half_life in half_lives
    ]


def _rhythm(ages: Sequence[int], counts: Sequence[int], today: int) -> list[float]:
    """From `days_active` to `weekday_entropy`: how steadily a number is reported, and whether it has gone quiet."""
    if not ages:
        return [0.0, float(OLDEST_DAYS), float(OLDEST_DAYS), NO_GAP, NO_GAP, NO_GAP, *[0.0] * 8]
    first, last, total = ages[-1], ages[0], sum(counts)
    gap = (first - last) / (len(ages) - 1) if len(ages) > 1 else NO_GAP
    recent = [count for age, count in zip(ages, counts, strict=True) if age < RATE_DAYS]
    week = [0] * 7
    for age, count in zip(ages, counts, strict=True):
        week[(today - age + _THURSDAY) % 7] += count
    return [
        float(len(ages)),
        float(min(first, OLDEST_DAYS)),
        float(min(last, OLDEST_DAYS)),
        min(gap, NO_GAP),
        float(min(ages[1] - last, NO_GAP)) if len(ages) > 1 else NO_GAP,
        min(last / gap, NO_GAP),
        sum(recent) / (min(first, RATE_DAYS) + 3.0),
        sum(counts[: bisect_left(ages, 60)]) / (min(first, 60) + 5.0),
        float(max(counts)),
        float(max(recent, default=0)),
        float(sum([count > 1 for count in recent])),
        (max(counts) - 1) / (total + 1.0),  # the busiest day, beyond one report
        sum(week[_SATURDAY:]) / (total + 1.0),
        entropy(week),
    ]


def _spread(clusters: Mapping[int, Sequence[int]]) -> list[float]:
    """Distinct clusters, of recent windows too, and those that reported for the first time in three days."""
    newest = [min(ages) for ages in clusters.values()]
    return [
        float(min(len(clusters), MOST_CLUSTERS)),
        *[float(min(sum([age < days for age in newest]), MOST_CLUSTERS)) for days in CLUSTER_WINDOWS_DAYS],
        float(min(sum([max(ages) < CLUSTER_WINDOWS_DAYS[0] for ages in clusters.values()]), MOST_CLUSTERS)),
    ]


def _shares(known: Sequence[DayRow]) -> list[float]:
    """From the first of `SHARES` to `distinct_scripts`: what the reports say, and when; shares are shrunk."""
    if not known:
        return [0.0] * _SHARE_SIGNALS
    columns = dict(zip(DayRow._fields, zip(*known, strict=True), strict=True))
    speaking, opposing = sum(columns["reporters"]), sum(columns["legitimate"])
    shrink = 1.0 / (speaking - opposing + 1.0)
    violations = sum_positions([counts for counts in columns["violations"] if counts])
    severe = sum([count for place, count in enumerate(violations) if place in _SEVERE_PLACES])
    return [
        *[sum(columns[name]) * shrink for name in SHARES],
        severe * shrink,
        sum(violations) * shrink,
        opposing / (speaking + 1.0),
        *hour_profile([counts for counts in columns["hours"] if counts], shrink=shrink),
        *repetition(
            [script for scripts in columns["scripts"] if scripts for script in scripts], shrink=shrink
        ),
    ]


_SHARE_SIGNALS: Final = FEATURES.index("distinct_scripts") + 1 - FEATURES.index(next(iter(SHARES.values())))
