"""How far a crowd can be believed: reporter weights, capped clusters, and the gate before a verdict.

Everything is in log-odds until the last step. The caps are what cannot be bought: any number of fresh
accounts in any number of clusters stays at p <= 0.649, and with one seasoned cluster of any size besides at
p <= 0.892, under the 0.90 that `confirmed` takes. With two seasoned clusters of any size there is no third to
agree with them. Tests hold these bounds on this very code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from ml.beta import quantile
from ml.day_rows import DayRow
from ml.decay import SILENCE_DAYS, DayEvidence, fading_of, half_life_days
from ml.log_odds import log_odds_of, probability_of, saturating
from ml.signals import OLDEST_DAYS
from ml.words import DECIDED_BY_PEOPLE, PROTECTED_KINDS, PUBLISHED, UNSCORED_KINDS, Verdict

PRIOR_SHARE: Final = 0.2  # share of reported numbers later confirmed; starting value, to be re-fitted
PRIOR_LOG_ODDS: Final = math.log(PRIOR_SHARE / (1.0 - PRIOR_SHARE))  # -1.3863
PROTECTED_LOG_ODDS: Final = -8.0  # p = 0.000335 with nothing reported

RELIABILITY_PRIOR: Final = (2.1, 0.9)  # Beta prior of a reporter's precision: mean 0.7, worth three reports
OVERTURNED_COST: Final = 5.0  # one report overturned by an upheld dispute outweighs five confirmed ones
CAUTIOUS_QUANTILE: Final = 0.10
MOST_REPORTER_WEIGHT: Final = 3.0
SEASONED_QUANTILE: Final = 0.5
SEASONED_CONFIRMED: Final = 2
SEASONED_ACCOUNT_DAYS: Final = 30
INFLUENCE_DAYS: Final = 30
INFLUENCE_BUDGET: Final = 60.0  # numbers in that time that a reporter may report at full weight

BARE_LOG: Final = 0.85  # less costs honest crowds their verdicts and stops no attack (docs/scoring.md)
MESSAGE_OR_RECORDING: Final = 1.25  # one that names the number
PAYMENT_OR_CALL_BACK: Final = 1.5  # a trail that leads to it

CLUSTER_CAP: Final = 1.5
FRESH_CAP_FOR: Final = 2.0  # 1/(1+exp(1.3863-2.0)) = 0.6488
FRESH_CAP_AGAINST: Final = 1.0  # 1/(1+exp(1.3863+1.0)) = 0.0842


class Trust(NamedTuple):
    """What a number's reports amount to as of a day."""

    probability: float
    probability_without_strongest: float  # without the cluster that supports it most
    probability_unopposed: float  # as if nobody had called the number legitimate
    effective_clusters: float  # (sum C)^2 / sum C^2 of the supporting clusters: 2.0 for two equal ones
    last_day: int | None  # of the newest report, in days since 1970-01-01
    third_seasoned: float = math.inf  # what the third strongest seasoned cluster adds, in log-odds
    probability_undecayed: float = 1.0  # unopposed, as if all support were of today
    silent_days: int = OLDEST_DAYS  # since the newest supporting report
    probability_past_fresh: float = 0.0  # as if no fresh account had called the number legitimate


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a verdict takes: of the crowd's probability, and of the classifier's."""

    suspected: float = 0.66
    confirmed: float = 0.90
    confirmed_without_strongest: float = 0.70
    confirmed_clusters: float = 2.0
    confirmed_third_seasoned: float = 0.4  # one bare log of who has just become seasoned adds 0.95
    leave_confirmed: float = 0.60
    classifier_suspected: float = 0.50
    classifier_confirmed: float = 0.80


class Pool(NamedTuple):
    """One side's evidence, capped."""

    log_odds: float
    strongest: float  # what the log-odds lose without the strongest cluster
    capped: list[float]  # each cluster's own evidence
    seasoned: list[float]  # each cluster's own evidence of seasoned reporters, strongest first


_NO_EVIDENCE: Final = Pool(0.0, 0.0, [], [])
_FOR: Final = attrgetter("day", "cluster", "seasoned_for", "fresh_for")
_AGAINST: Final = attrgetter("day", "cluster", "seasoned_against", "fresh_against")


def reporter_weight(*, confirmed: int, overturned: int, recent_numbers: int = 0) -> float:
    """What one report of a reporter weighs, in log-odds from 0 to 3, by what became of the earlier ones.

    0 confirmed: 0.7926; 2 confirmed: 1.7577; 10 confirmed: 3.0 (capped); 2 confirmed, 1 overturned: 0.1150;
    1 overturned: 0.0. Confirmed ones count only where the report came before any verdict could be seen.
    `recent_numbers` are the distinct numbers reported in the last `INFLUENCE_DAYS`, this one among them:
    beyond the budget each weighs less, so that 600 of them together move no more than 200 would.
    """
    cautious = _cautious_reliability(confirmed, overturned)
    weight = min(max(log_odds_of(cautious) - PRIOR_LOG_ODDS, 0.0), MOST_REPORTER_WEIGHT)
    return weight * min(1.0, INFLUENCE_BUDGET / max(recent_numbers, 1))


def is_seasoned(*, confirmed: int, overturned: int, account_days: float) -> bool:
    """Whether a reporter's evidence stands outside the common pool of fresh accounts.

    The quantile is 0.5918 with 2 confirmed, 0.5280 with 10 confirmed and 1 overturned, 0.2190 with 2 and 1.
    """
    return (
        confirmed >= SEASONED_CONFIRMED
        and account_days >= SEASONED_ACCOUNT_DAYS
        and _cautious_reliability(confirmed, overturned) > SEASONED_QUANTILE
    )


def assess_trust(rows: Sequence[DayRow], *, kind: str, today: int) -> Trust:
    """How probable a number's reports make it that the number is abusive, at the end of a day.

    Pure; later rows are ignored and the order of rows does not matter.
    On a mobile, today: one bare fresh report gives 0.2868, three from three clusters 0.4323, and one message
    reported by a seasoned reporter of weight 2 gives 0.4577.
    """
    known = [row for row in rows if row.day <= today]
    half_life = half_life_days(kind)
    support, against = sides_of(known)
    fading = fading_of(support, half_life=half_life, today=today)
    supporting = pool(support, fading, fresh_cap=FRESH_CAP_FOR)
    undecayed = pool(support, dict.fromkeys(fading, 1.0), fresh_cap=FRESH_CAP_FOR)
    fading = fading_of(against, half_life=half_life, today=today)
    opposing = pool(against, fading, fresh_cap=FRESH_CAP_AGAINST)
    prior = prior_log_odds(kind)
    log_odds = prior + supporting.log_odds - opposing.log_odds
    return Trust(
        probability=probability_of(log_odds),
        probability_without_strongest=probability_of(log_odds - supporting.strongest),
        probability_unopposed=probability_of(prior + supporting.log_odds),
        effective_clusters=_effective(supporting.capped),
        last_day=max([row.day for row in known], default=None),
        third_seasoned=supporting.seasoned[2] if len(supporting.seasoned) > 2 else 0.0,
        probability_undecayed=probability_of(prior + undecayed.log_odds),
        silent_days=today - max([day for day, *_ in support], default=today - OLDEST_DAYS),
        probability_past_fresh=probability_of(prior + supporting.log_odds - math.fsum(opposing.seasoned)),
    )


def decide(
    trust: Trust,
    classifier_probability: float | None,
    thresholds: Thresholds,
    *,
    previous: Verdict,
    kind: str,
) -> Verdict:
    """The verdict that reports alone justify; a new one takes both the crowd's gate and the classifier.

    Without a classifier nothing new is published, and what was stays as long as the gate holds it.
    `confirmed` is left when decay takes the crowd below `leave_confirmed`, but never because of opposing
    reports, nor because some reporters took theirs back: that takes a person. So does everything about
    protected kinds and `DECIDED_BY_PEOPLE`. `suspected` is left by decay, or where seasoned reporters oppose.
    """
    if kind in UNSCORED_KINDS:
        return Verdict.UNKNOWN
    if kind in PROTECTED_KINDS or previous in DECIDED_BY_PEOPLE:
        return previous
    if previous == Verdict.CONFIRMED and _stays_confirmed(trust, thresholds):
        return Verdict.CONFIRMED
    if classifier_probability is None:
        allowed = previous
    elif classifier_probability >= thresholds.classifier_confirmed:
        allowed = Verdict.CONFIRMED
    elif classifier_probability >= thresholds.classifier_suspected:
        allowed = Verdict.SUSPECTED
    else:
        allowed = Verdict.UNKNOWN
    if allowed == Verdict.CONFIRMED and passes_gate(trust, thresholds):
        return Verdict.CONFIRMED
    # fresh accounts, which cost nothing, end no listing either
    crowd = trust.probability if previous not in PUBLISHED else trust.probability_past_fresh
    if allowed in PUBLISHED and crowd >= thresholds.suspected:
        return Verdict.SUSPECTED
    return Verdict.UNKNOWN


def passes_gate(trust: Trust, thresholds: Thresholds) -> bool:
    """Whether the crowd suffices for `confirmed`: strong, not by one cluster or nearly one, and not by two.

    The third seasoned cluster is what fresh accounts cannot stand in for, however many help a ring of two.
    """
    return (
        trust.probability >= thresholds.confirmed
        and trust.probability_without_strongest >= thresholds.confirmed_without_strongest
        and trust.effective_clusters >= thresholds.confirmed_clusters
        and trust.third_seasoned >= thresholds.confirmed_third_seasoned
    )


def _stays_confirmed(trust: Trust, thresholds: Thresholds) -> bool:
    """Whether decay has not yet ended a confirmed verdict.

    Where the support that is left would not have confirmed it even undecayed, reports were taken back, perhaps
    by collectors who made them for that. After a long silence the verdict goes whatever the cause.
    """
    if trust.probability_unopposed >= thresholds.leave_confirmed:
        return True
    return trust.probability_undecayed < thresholds.confirmed and trust.silent_days <= SILENCE_DAYS


def prior_log_odds(kind: str) -> float:
    """What a number of this kind starts from, with nothing reported."""
    return PROTECTED_LOG_ODDS if kind in PROTECTED_KINDS else PRIOR_LOG_ODDS


def sides_of(rows: Sequence[DayRow]) -> tuple[list[DayEvidence], list[DayEvidence]]:
    """What rows bring forward for a number being abusive, and against it."""
    support = [_FOR(row) for row in rows if row.reports > row.legitimate]
    return support, [_AGAINST(row) for row in rows if row.legitimate]


def pool(evidence: Sequence[DayEvidence], fading: Mapping[int, float], *, fresh_cap: float) -> Pool:
    """One side's evidence after decay and under the caps.

    A cluster never moves the log-odds by more than `CLUSTER_CAP`, whatever it mixes: its fresh accounts only
    fill what its seasoned ones leave.
    """
    if not evidence:
        return _NO_EVIDENCE
    seasoned_of: dict[int, list[float]] = {}
    fresh_of: dict[int, list[float]] = {}
    for day, cluster, seasoned, fresh in evidence:
        seasoned_of.setdefault(cluster, []).append(seasoned * fading[day])
        fresh_of.setdefault(cluster, []).append(fresh * fading[day])
    shares: list[tuple[float, float]] = []  # seasoned and fresh, by cluster
    for cluster, weights in seasoned_of.items():
        seasoned = math.fsum(weights)
        capped = saturating(seasoned, CLUSTER_CAP)
        shares.append((capped, saturating(seasoned + math.fsum(fresh_of[cluster]), CLUSTER_CAP) - capped))
    all_fresh = math.fsum([fresh for _, fresh in shares])
    pooled = saturating(all_fresh, fresh_cap)
    return Pool(
        log_odds=math.fsum([seasoned for seasoned, _ in shares]) + pooled,
        strongest=max(
            [seasoned + pooled - saturating(all_fresh - fresh, fresh_cap) for seasoned, fresh in shares]
        ),
        capped=[seasoned + fresh for seasoned, fresh in shares],
        seasoned=sorted([seasoned for seasoned, _ in shares], reverse=True),
    )


def _effective(capped: list[float]) -> float:
    """How many equal clusters would be as mixed: (sum C)^2 / sum C^2, 0.0 for none."""
    squares = math.fsum([share * share for share in capped])
    return math.fsum(capped) ** 2 / squares if squares else 0.0


def _cautious_reliability(confirmed: int, overturned: int) -> float:
    """The precision that a reporter exceeds with probability 0.9, given how its reports turned out."""
    hits, misses = RELIABILITY_PRIOR
    return quantile(CAUTIOUS_QUANTILE, hits + confirmed, misses + OVERTURNED_COST * overturned)
