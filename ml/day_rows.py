"""Day rows: what one cluster of reporters reported about one number on one day, and the sum that makes such a row.

The service sums in SQL, by the fragments `facts` and `day_sums` of `service/reports/queries.sql`. Histories and
simulated crowds are summed by `fold`. A property test sends random reports through both and compares the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from ml.days import is_quiet
from ml.profiles import KEPT_SCRIPTS, PART_HOURS

LEAST_EVIDENCE: Final = 1.0
"""From this evidence weight on, in log-odds, a report counts as one with evidence.

It lies between the weights of a bare log and of a message (`ml.trust`). It is the weight that messages had in the first
releases, whose reports are still stored.
"""


class DayRow(NamedTuple):
    """What one cluster of reporters reported about one number on one day, without retracted reports.

    Only a reporter's first report about a number counts. The counts from `messages` to `evidence`, and those of
    violations, hours and scripts, are of the first reports that accuse the number. Further reports of the same reporter
    only add to `reports`, and if they call the number legitimate not even to that: nobody can dilute what others say by
    reporting often.

    The four weights are sums of reporter weight times evidence weight, in log-odds, as they were when reported. Decay
    is applied when scoring, so a half-life can be changed without rewriting rows.
    """

    day: int  # since 1970-01-01, in Asia/Shanghai
    cluster: int  # signed 64-bit id
    reports: int
    reporters: int  # reporters whose first report about this number is in this row
    messages: int = 0
    automated: int = 0
    one_ring: int = 0
    connected: int = 0
    quiet_hours: int = 0
    third_party: int = 0
    wrong_person: int = 0
    evidence: int = 0
    legitimate: int = 0  # reporters who call the number legitimate
    seasoned_for: float = 0.0
    fresh_for: float = 0.0
    seasoned_against: float = 0.0
    fresh_against: float = 0.0
    violations: Sequence[int] | None = None  # counts by position in VIOLATIONS, up to the highest one named
    hours: Sequence[int] | None = None  # counts by two-hour part of the day, of calls whose time is known
    scripts: Sequence[int] | None = None  # one per narrative (ml.scripts), the lowest 64, in any order
    is_vetted: bool = True  # the crowd is; a source only if the operator vetted it by name


SHARES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "messages": "message_share",
        "automated": "automated_share",
        "one_ring": "one_ring_share",
        "connected": "connected_share",
        "quiet_hours": "quiet_hours_share",
        "third_party": "third_party_share",
        "wrong_person": "wrong_person_share",
        "evidence": "evidence_share",
    }
)
"""The counts of accusing reporters, each with the signal that is its share, in the order of the signals."""


class ReportFacts(NamedTuple):
    """What one report says and weighs, as far as day rows use it.

    The fields after `violations` have the order of the fragment `facts` in SQL.
    """

    violations: Collection[int] | None  # positions in VIOLATIONS
    is_seasoned: bool
    weight: float  # of the reporter, in log-odds, as it was when reported
    evidence_weight: float
    medium: str
    caller: str | None
    connected: bool | None
    hour: int | None  # of the call, in China; None if its time is unknown
    relation: str | None
    opinion: str
    script: int | None


def fold(day: int, cluster: int, *, counted: Sequence[ReportFacts], further: Sequence[ReportFacts]) -> DayRow:
    """Return the row of one cluster's reports about one number on one day.

    `counted` are the reports by which their reporters count; the reporters of `further` reports count by another report.
    """
    accusing = [report for report in counted if report.opinion == "abusive"]
    opposing = [report for report in counted if report.opinion == "legitimate"]
    return DayRow(
        day=day,
        cluster=cluster,
        reports=len(counted) + sum([report.opinion == "abusive" for report in further]),
        reporters=len(counted),
        messages=sum([report.medium == "sms" for report in accusing]),
        automated=sum([report.caller == "automated" for report in accusing]),
        one_ring=sum([report.caller == "one_ring" for report in accusing]),
        connected=sum([report.connected is True for report in accusing]),
        quiet_hours=sum([report.hour is not None and is_quiet(report.hour) for report in accusing]),
        third_party=sum([report.relation == "third_party" for report in accusing]),
        wrong_person=sum([report.relation == "wrong_person" for report in accusing]),
        evidence=sum([report.evidence_weight >= LEAST_EVIDENCE for report in accusing]),
        legitimate=len(opposing),
        seasoned_for=_weight(accusing, is_seasoned=True),
        fresh_for=_weight(accusing, is_seasoned=False),
        seasoned_against=_weight(opposing, is_seasoned=True),
        fresh_against=_weight(opposing, is_seasoned=False),
        violations=_by_position([place for report in accusing for place in set(report.violations or ())]),
        hours=_by_position([report.hour // PART_HOURS for report in accusing if report.hour is not None]),
        scripts=sorted([report.script for report in accusing if report.script is not None])[:KEPT_SCRIPTS]
        or None,
    )


def _weight(reports: Sequence[ReportFacts], *, is_seasoned: bool) -> float:
    """Return the summed weight of one side's seasoned or fresh reporters, added one by one as the database does."""
    total = 0.0
    for report in reports:  # not sum(), which rounds differently from Python 3.12 on
        if report.is_seasoned == is_seasoned:
            total += report.weight * report.evidence_weight
    return total


def _by_position(positions: Sequence[int]) -> list[int] | None:
    """Return how often each position occurs, up to the highest one; None if there are none."""
    if not positions:
        return None
    counts = [0] * (max(positions) + 1)
    for position in positions:
        counts[position] += 1
    return counts
