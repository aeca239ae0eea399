"""A number's signals: what its reports amount to as of a day, as the classifier reads it.

Training and serving call the same function on the same rows, so neither can see what the other does not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

VIOLATIONS: Final[tuple[str, ...]] = (
    "threat",
    "insult",
    "frequency",
    "third_party",
    "impersonation",
    "disclosure",
    "quiet_hours",
    "forged_document",
    "fees_rollover",
    "visit_threat",
    "image_abuse",
    "call_bombing",
    "robocall",
    "wrong_person",
    "fraud",
    "spoofed_caller",
    "after_refusal",
)
"""Ids of the violation types. Stored counts refer to positions: append, never move or remove."""

SEVERE_VIOLATIONS: Final = frozenset(
    {
        "threat",
        "impersonation",
        "disclosure",
        "forged_document",
        "visit_threat",
        "image_abuse",
        "call_bombing",
        "fraud",
    }
)
"""Those whose first channel is the police whatever their number."""

KINDS: Final[tuple[str, ...]] = (
    "mobile",
    "fixed",
    "service_400",
    "service_95",
    "service_96",
    "public_service",
    "sms_port",
    "international",
    "withheld",
    "impossible",
)
"""What a caller ID can be. A model knows a kind by its position: append only."""

FEATURES: Final[tuple[str, ...]] = (
    "reports_1d",
    "reports_3d",
    "reports_7d",
    "reports_14d",
    "reports_30d",
    "reports_90d",
    "recency_7d",
    "recency_60d",
    "reporters",
    "clusters",
    "days_active",
    "days_since_first",
    "days_since_last",
    "burst_share",
    "message_share",
    "automated_share",
    "one_ring_share",
    "connected_share",
    "quiet_hours_share",
    "third_party_share",
    "wrong_person_share",
    "evidence_share",
    "severe_per_report",
    "violations_per_report",
    "opposing_share",
    "kind",
)
SIGNALS_VERSION: Final = 1
"""Raised when a feature of the same name comes to mean something else: older models then refuse to load."""

WINDOWS_DAYS: Final = (1, 3, 7, 14, 30, 90)
RECENCY_DAYS: Final = (7.0, 60.0)  # half-lives of the two sums that forget smoothly
MOST_REPORTERS: Final = 200.0  # beyond these a crowd says no more about a number than its size
MOST_CLUSTERS: Final = 100
OLDEST_DAYS: Final = 3650  # also what "never reported" counts as

Signals: TypeAlias = tuple[float, ...]
"""Finite values in the order of `FEATURES`."""

_KIND_ORDINAL: Final = {kind: float(place) for place, kind in enumerate(KINDS)}
_SEVERE_PLACES: Final = tuple(i for i, violation in enumerate(VIOLATIONS) if violation in SEVERE_VIOLATIONS)
_NOTHING: Final = (0.0,) * 11 + (float(OLDEST_DAYS), float(OLDEST_DAYS)) + (0.0,) * 12  # all but the kind


class DayRow(NamedTuple):
    """What one cluster of reporters reported of one number on one day; retracted reports are already out.

    The four weights are sums of reporter weight times evidence weight, in log-odds, as they were when
    reported: decay is applied when scoring, so that a half-life can change without rewriting rows.
    """

    day: int  # since 1970-01-01, in Asia/Shanghai
    cluster: int  # signed 64-bit id
    reports: int
    reporters: int  # those whose first report of this number is among them: a reporter counts once per number
    messages: int
    automated: int
    one_ring: int
    connected: int
    quiet_hours: int
    third_party: int
    wrong_person: int
    evidence: int
    legitimate: int  # reports of the opinion that the number is legitimate
    seasoned_for: float
    fresh_for: float
    seasoned_against: float
    fresh_against: float
    violations: Sequence[int] | None  # counts by position in VIOLATIONS, as long as the highest one asks for


def compute_signals(rows: Sequence[DayRow], *, kind: str, today: int) -> Signals:
    """The signals of a number at the end of a day; later rows are ignored, the order of rows does not matter.

    Pure: later records change nothing about an earlier day. Opposing reports count in `opposing_share` and
    in the denominator of the shares, not as activity. Shares are shrunk, count / (reports + 1), so that one
    report of one (0.5) says less than ten of ten (0.91). `KeyError` for a kind not in `KINDS`.
    """
    known = [row for row in rows if row[0] <= today and row[2]]
    if not known:
        return (*_NOTHING, _KIND_ORDINAL[kind])
    (
        days,
        clusters,
        reports,
        reporters,
        messages,
        automated,
        one_ring,
        connected,
        quiet_hours,
        third_party,
        wrong_person,
        evidence,
        legitimate,
        _seasoned_for,
        _fresh_for,
        _seasoned_against,
        _fresh_against,
        violations,
    ) = zip(*known, strict=True)
    supporting_of: dict[int, int] = {}  # by day
    supporting_clusters = set()
    for day, cluster, row_reports, row_legitimate in zip(days, clusters, reports, legitimate, strict=True):
        if row_reports > row_legitimate:
            supporting_of[day] = supporting_of.get(day, 0) + row_reports - row_legitimate
            supporting_clusters.add(cluster)
    severe, claimed = _violation_counts(violations)
    total, opposing = sum(reports), sum(legitimate)
    shrink = 1.0 / (total + 1.0)
    return (
        *_history(supporting_of, today),
        min(sum(reporters) * (total - opposing) / total, MOST_REPORTERS),  # rows do not split them by opinion
        float(min(len(supporting_clusters), MOST_CLUSTERS)),
        float(len(supporting_of)),
        float(min(today - min(supporting_of, default=-OLDEST_DAYS), OLDEST_DAYS)),
        float(min(today - max(supporting_of, default=-OLDEST_DAYS), OLDEST_DAYS)),
        max(max(supporting_of.values(), default=0) - 1, 0) * shrink,  # the busiest day, beyond one report
        sum(messages) * shrink,
        sum(automated) * shrink,
        sum(one_ring) * shrink,
        sum(connected) * shrink,
        sum(quiet_hours) * shrink,
        sum(third_party) * shrink,
        sum(wrong_person) * shrink,
        sum(evidence) * shrink,
        severe * shrink,
        claimed * shrink,
        opposing * shrink,
        _KIND_ORDINAL[kind],
    )


def _history(supporting_of: dict[int, int], today: int) -> list[float]:
    """Supporting reports in each window, then their sum under each half-life."""
    counts = [0] * (len(WINDOWS_DAYS) + 1)
    quick, slow = 0.0, 0.0
    for day in sorted(supporting_of):  # one order, so that the float sums do not depend on that of the rows
        age, count = today - day, supporting_of[day]
        counts[bisect_right(WINDOWS_DAYS, age)] += count
        quick += count * 2.0 ** (-age / RECENCY_DAYS[0])
        slow += count * 2.0 ** (-age / RECENCY_DAYS[1])
    counts.pop()
    return [*map(float, accumulate(counts)), quick, slow]


def _violation_counts(rows: Iterable[Sequence[int] | None]) -> tuple[int, int]:
    """How often a severe violation was claimed, and how often any was."""
    totals = [0] * len(VIOLATIONS)
    for counts in rows:
        for place, count in enumerate(counts or ()):
            totals[place] += count
    return sum([totals[place] for place in _SEVERE_PLACES]), sum(totals)
