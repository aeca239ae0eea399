"""Day rows: what one cluster of reporters reported of one number on one day, and the one sum that makes such a row.

The service sums in SQL, by the fragments `facts` and `day_sums` of `service/reports/queries.sql`; histories and simulated
crowds are summed by `fold`. A property test sends random reports through both and compares the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from ml.days import is_quiet
from ml.profiles import KEPT_SCRIPTS, PART_HOURS

LEAST_EVIDENCE: Final = 1.0
"""From this evidence weight on, in log-odds, a report counts as one with evidence.

It lies between a bare log and a message (`ml.trust`), and is what a message weighed in the first releases, whose reports
are still stored.
"""


class DayRow(NamedTuple):
    """What one cluster of reporters reported of one number on one day; retracted reports are already out.

    A reporter speaks once about a number, by the first report: what else is counted, from `messages` to `evidence`, by
    violations, hours and scripts, is of those of them who accuse it. Further reports only add to `reports`, and of
    the opinion that it is legitimate not even that: nobody dilutes what others say by saying something often.

    The four weights are sums of reporter weight times evidence weight, in log-odds, as they were when
    reported: decay is applied when scoring, so that a half-life can change without rewriting rows.
    """

    day: int  # since 1970-01-01, in Asia/Shanghai
    cluster: int  # signed 64-bit id
    reports: int
    reporters: int  # those whose first report of this number is among them: a reporter counts once per number
    messages: int = 0
    automated: int = 0
    one_ring: int = 0
    connected: int = 0
    quiet_hours: int = 0
    third_party: int = 0
    wrong_person: int = 0
    evidence: int = 0
    legitimate: int = 0  # reporters of the opinion that the number is legitimate
    seasoned_for: float = 0.0
    fresh_for: float = 0.0
    seasoned_against: float = 0.0
    fresh_against: float = 0.0
    violations: Sequence[int] | None = None  # counts by position in VIOLATIONS, up to the highest one named
    hours: Sequence[int] | None = None  # the same by two hours of the day, of reports whose time is known
    scripts: Sequence[int] | None = None  # one a narrative (ml.scripts), the lowest 64, in any order


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
"""Counts of accusing reporters, and the signals that are their shares, in the order of the signals."""


class ReportFacts(NamedTuple):
    """What one report says and weighs, as far as day rows count it; after `violations` in the order of `facts` in SQL."""

    violations: Collection[int] | None  # positions in VIOLATIONS
    is_seasoned: bool
    weight: float  # of the reporter, in log-odds, as it was when reported
    evidence_weight: float
    medium: str
    caller: str | None
    connected: bool | None
    hour: int | None  # of the call, in China, where its time is known
    relation: str | None
    opinion: str
    script: int | None


def fold(day: int, cluster: int, *, counted: Sequence[ReportFacts], further: Sequence[ReportFacts]) -> DayRow:
    """Return the row of one cluster's reports of one number on one day.

    `counted` are the reports by which their reporters count, `further` those of reporters who count by another one.
    """
    accusing = [one for one in counted if one.opinion == "abusive"]
    opposing = [one for one in counted if one.opinion == "legitimate"]
    return DayRow(
        day=day,
        cluster=cluster,
        reports=len(counted) + sum([one.opinion == "abusive" for one in further]),
        reporters=len(counted),
        messages=sum([one.medium == "sms" for one in accusing]),
        automated=sum([one.caller == "automated" for one in accusing]),
        one_ring=sum([one.caller == "one_ring" for one in accusing]),
        connected=sum([one.connected is True for one in accusing]),
        quiet_hours=sum([one.hour is not None and is_quiet(one.hour) for one in accusing]),
        third_party=sum([one.relation == "third_party" for one in accusing]),
        wrong_person=sum([one.relation == "wrong_person" for one in accusing]),
        evidence=sum([one.evidence_weight >= LEAST_EVIDENCE for one in accusing]),
        legitimate=len(opposing),
        seasoned_for=_weight(accusing, is_seasoned=True),
        fresh_for=_weight(accusing, is_seasoned=False),
        seasoned_against=_weight(opposing, is_seasoned=True),
        fresh_against=_weight(opposing, is_seasoned=False),
        violations=_by_position([place for one in accusing for place in set(one.violations or ())]),
        hours=_by_position([one.hour // PART_HOURS for one in accusing if one.hour is not None]),
        scripts=sorted([one.script for one in accusing if one.script is not None])[:KEPT_SCRIPTS] or None,
    )


def _weight(reports: Sequence[ReportFacts], *, is_seasoned: bool) -> float:
    """Return the summed weight of one side's seasoned or fresh reporters, added one by one as the database does."""
    total = 0.0
    for one in reports:  # not sum(): from Python 3.12 on it rounds otherwise
        if one.is_seasoned == is_seasoned:
            total += one.weight * one.evidence_weight
    return total


def _by_position(places: Iterable[int]) -> list[int] | None:
    """Return how often each position was named, up to the highest one; None when none was."""
    counts = Counter(places)
    return [counts[place] for place in range(max(counts) + 1)] if counts else None
