"""How far a crowd can be believed: reporter weights, capped clusters, and the gate before a verdict.

Everything is in log-odds until the last step. The caps are what attackers cannot buy their way past: fresh accounts,
however many and in however many clusters, stay at p <= 0.649. Together with one seasoned cluster of any size they stay
at p <= 0.892, below the 0.90 that `confirmed` requires. With two seasoned clusters of any size, the required third
seasoned cluster is missing. Tests verify these bounds on this code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from ml.beta import beta_quantile
from ml.day_rows import DayRow
from ml.decay import SILENCE_DAYS, DayEvidence, fading_of, half_life_days
from ml.log_odds import log_odds_of, probability_of, saturating
from ml.signals import OLDEST_DAYS
from ml.words import DECIDED_BY_PEOPLE, PROTECTED_KINDS, PUBLISHED, UNSCORED_KINDS, Verdict

PRIOR_SHARE: Final = 0.2  # of reported numbers are later confirmed; a starting value, to be re-fitted
PRIOR_LOG_ODDS: Final = math.log(PRIOR_SHARE / (1.0 - PRIOR_SHARE))  # -1.3863
PROTECTED_LOG_ODDS: Final = -8.0  # p = 0.000335 with nothing reported

RELIABILITY_PRIOR: Final = (2.1, 0.9)  # Beta prior of a reporter's precision: mean 0.7, worth three reports
OVERTURNED_COST: Final = 5.0  # one report overturned by an upheld dispute outweighs five confirmed reports
CAUTIOUS_QUANTILE: Final = 0.10
MOST_REPORTER_WEIGHT: Final = 3.0
SEASONED_QUANTILE: Final = 0.5
SEASONED_CONFIRMED: Final = 2
SEASONED_ACCOUNT_DAYS: Final = 30
INFLUENCE_DAYS: Final = 30
INFLUENCE_BUDGET: Final = 60.0  # numbers that a reporter may report at full weight in that time

BARE_LOG: Final = 0.85  # less costs honest crowds their verdicts and stops no attack (docs/scoring.md)
MESSAGE_OR_RECORDING: Final = 1.25  # a message or recording that names the number
PAYMENT_OR_CALL_BACK: Final = 1.5  # a payment or call that leads to the number

CLUSTER_CAP: Final = 1.5
FRESH_CAP_FOR: Final = 2.0  # 1/(1+exp(1.3863-2.0)) = 0.6488
FRESH_CAP_AGAINST: Final = 1.0  # 1/(1+exp(1.3863+1.0)) = 0.0842


class Trust(NamedTuple):
    """How probable a number's reports make it that the number is abusive, as of a day."""

    probability: float
    probability_without_strongest: float  # without the cluster that supports it most
    probability_unopposed: float  # as if nobody had called the number legitimate
    effective_clusters: float  # (sum C)^2 / sum C^2 over the supporting clusters: 2.0 for two equal ones
    last_day: int | None  # day of the newest report, in days since 1970-01-01
    third_seasoned: float = math.inf  # log-odds that the third strongest seasoned cluster adds
    probability_undecayed: float = 1.0  # unopposed, and as if all support were reported today
    silent_days: int = OLDEST_DAYS  # days since the newest supporting report
    probability_past_fresh: float = 0.0  # as if no fresh account had called the number legitimate
    vetted: Trust | None = None  # without support of sources that nobody vetted; None if there is none

    @property
    def firm(self) -> Trust:
        """The trust that may confirm: what the crowd and vetted sources support."""
        return self if self.vetted is None else self.vetted


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a verdict requires of the crowd's trust and of the classifier's probability."""

    suspected: float = 0.66
    confirmed: float = 0.90
    confirmed_without_strongest: float = 0.70
    confirmed_clusters: float = 2.0
    confirmed_third_seasoned: float = 0.4  # one bare log by a reporter who has just become seasoned adds 0.95
    leave_confirmed: float = 0.60
    classifier_suspected: float = 0.50
    classifier_confirmed: float = 0.80


class Pool(NamedTuple):
    """The evidence of one side after decay, under the caps, in log-odds."""

    log_odds: float
    strongest: float  # what the log-odds would lose without the strongest cluster
    capped: list[float]  # evidence of each cluster
    seasoned: list[float]  # evidence of the seasoned reporters of each cluster, strongest first


_NO_EVIDENCE: Final = Pool(0.0, 0.0, [], [])
_FOR: Final = attrgetter("day", "cluster", "seasoned_for", "fresh_for")
_AGAINST: Final = attrgetter("day", "cluster", "seasoned_against", "fresh_against")


def reporter_weight(*, confirmed: int, overturned: int, recent_numbers: int = 0) -> float:
    """Return the weight of one report, in log-odds from 0 to 3, given how the reporter's earlier reports turned out.

    0 confirmed: 0.7926; 2 confirmed: 1.7577; 10 confirmed: 3.0 (capped); 2 confirmed, 1 overturned: 0.1150;
    1 overturned: 0.0. An earlier report counts as confirmed only if it was made before any verdict was visible.
    `recent_numbers` is the count of distinct numbers reported in the last `INFLUENCE_DAYS`, including this one.
    Beyond the budget each report weighs less, so that 600 together move no more than 200 would.
    """
    cautious = _cautious_reliability(confirmed, overturned)
    weight = min(max(log_odds_of(cautious) - PRIOR_LOG_ODDS, 0.0), MOST_REPORTER_WEIGHT)
    return weight * min(1.0, INFLUENCE_BUDGET / max(recent_numbers, 1))


def is_seasoned(*, confirmed: int, overturned: int, account_days: float) -> bool:
    """Whether a reporter's evidence counts outside the common pool of fresh accounts.

    The quantile is 0.5918 with 2 confirmed, 0.5280 with 10 confirmed and 1 overturned, 0.2190 with 2 and 1.
    """
    return (
        confirmed >= SEASONED_CONFIRMED
        and account_days >= SEASONED_ACCOUNT_DAYS
        and _cautious_reliability(confirmed, overturned) > SEASONED_QUANTILE
    )


def assess_trust(rows: Sequence[DayRow], *, kind: str, today: int) -> Trust:
    """Return how probable a number's reports make it that the number is abusive, at the end of a day.

    The function is pure; later rows are ignored and the order of the rows does not matter. For a mobile number and
    reports of today: one bare log by a fresh account gives 0.2868, three from three clusters give 0.4323, and one
    message reported by a seasoned reporter of weight 2 gives 0.4577.
    """
    known = [row for row in rows if row.day <= today]
    support, against = sides_of(known)
    trust = _trust_of(support, against, kind=kind, today=today)
    vetted, _ = sides_of([row for row in known if row.is_vetted])
    if len(vetted) == len(support):
        return trust
    return trust._replace(vetted=_trust_of(vetted, against, kind=kind, today=today))


def _trust_of(
    support: Sequence[DayEvidence], against: Sequence[DayEvidence], *, kind: str, today: int
) -> Trust:
    half_life = half_life_days(kind)
    fading = fading_of(support, half_life=half_life, today=today)
    supporting = pool_evidence(support, fading, fresh_cap=FRESH_CAP_FOR)
    undecayed = pool_evidence(support, dict.fromkeys(fading, 1.0), fresh_cap=FRESH_CAP_FOR)
    fading = fading_of(against, half_life=half_life, today=today)
    opposing = pool_evidence(against, fading, fresh_cap=FRESH_CAP_AGAINST)
    prior = prior_log_odds(kind)
    log_odds = prior + supporting.log_odds - opposing.log_odds
    return Trust(
        probability=probability_of(log_odds),
        probability_without_strongest=probability_of(log_odds - supporting.strongest),
        probability_unopposed=probability_of(prior + supporting.log_odds),
        effective_clusters=_effective_clusters(supporting.capped),
        last_day=max([day for day, *_ in (*support, *against)], default=None),
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
    is_ruled: bool = False,
    lost_vetting: bool = False,
) -> Verdict:
    """Return the verdict that reports alone justify.

    A new verdict requires both the crowd's gate and the classifier. Without a classifier nothing new is published,
    and an earlier verdict stays as long as the gate holds it. `confirmed` is left when decay takes the crowd below
    `leave_confirmed`, but never because of opposing reports, nor because some reporters took theirs back: that
    requires a person. So does any change for protected kinds and for verdicts in `DECIDED_BY_PEOPLE`. `suspected` is
    left by decay, or when seasoned reporters oppose. Sources that nobody vetted bring a number to `suspected` at most,
    and keep it confirmed only where a person decided so (`is_ruled`); their support never lowers a verdict.
    `lost_vetting` says that the operator decided against a supporting source since the verdict.
    """
    if kind in UNSCORED_KINDS:
        return Verdict.UNKNOWN
    if kind in PROTECTED_KINDS or previous in DECIDED_BY_PEOPLE:
        return previous
    stays = _stays_confirmed(trust, thresholds, is_ruled=is_ruled, lost_vetting=lost_vetting)
    if previous == Verdict.CONFIRMED and stays:
        return Verdict.CONFIRMED
    allowed = _allowed_by_classifier(classifier_probability, thresholds, previous=previous)
    if allowed == Verdict.CONFIRMED and passes_gate(trust, thresholds):
        return Verdict.CONFIRMED
    # fresh accounts cost nothing, so they cannot end a listing either
    crowd = trust.probability if previous not in PUBLISHED else trust.probability_past_fresh
    if allowed in PUBLISHED and crowd >= thresholds.suspected:
        return Verdict.SUSPECTED
    return Verdict.UNKNOWN


def _allowed_by_classifier(
    probability: float | None, thresholds: Thresholds, *, previous: Verdict
) -> Verdict:
    """Return the highest verdict that a classifier's probability allows; without one, the previous verdict."""
    if probability is None:
        return previous
    if probability >= thresholds.classifier_confirmed:
        return Verdict.CONFIRMED
    return Verdict.SUSPECTED if probability >= thresholds.classifier_suspected else Verdict.UNKNOWN


def passes_gate(trust: Trust, thresholds: Thresholds) -> bool:
    """Whether the crowd suffices for `confirmed`: strong, and carried by more than one or two clusters.

    Fresh accounts, however many help a ring of two clusters, cannot replace the third seasoned cluster. Sources that
    nobody vetted, however many and into however many groups they divide their reports, add nothing here.
    """
    firm = trust.firm
    return (
        firm.probability >= thresholds.confirmed
        and firm.probability_without_strongest >= thresholds.confirmed_without_strongest
        and firm.effective_clusters >= thresholds.confirmed_clusters
        and firm.third_seasoned >= thresholds.confirmed_third_seasoned
    )


def _stays_confirmed(trust: Trust, thresholds: Thresholds, *, is_ruled: bool, lost_vetting: bool) -> bool:
    """Whether decay has not yet ended a confirmed verdict.

    If the remaining support would not have confirmed the number even without decay, reports have been taken back,
    perhaps by collectors who made them for that purpose. After a long silence the verdict ends whatever the cause.
    Sources that nobody vetted neither hold what the crowd confirmed nor hide retractions, but what one reported that
    lost its vetting since was not taken back. What a person decided was judged with all support.
    """
    held = trust if is_ruled else trust.firm
    if held.probability_unopposed >= thresholds.leave_confirmed:
        return True
    counted_then = trust if lost_vetting else trust.firm
    return counted_then.probability_undecayed < thresholds.confirmed and held.silent_days <= SILENCE_DAYS


def prior_log_odds(kind: str) -> float:
    """Return the log-odds that a number of this kind starts from, before any report."""
    return PROTECTED_LOG_ODDS if kind in PROTECTED_KINDS else PRIOR_LOG_ODDS


def sides_of(rows: Sequence[DayRow]) -> tuple[list[DayEvidence], list[DayEvidence]]:
    """Return the evidence of the rows that a number is abusive, and the evidence that it is legitimate.

    Where a source that nobody vetted calls a number legitimate, that counts as from fresh accounts.
    """
    support = [_FOR(row) for row in rows if row.reports > row.legitimate]
    return support, [
        _AGAINST(row) if row.is_vetted else _as_fresh(_AGAINST(row)) for row in rows if row.legitimate
    ]


def _as_fresh(evidence: DayEvidence) -> DayEvidence:
    """Return evidence as if fresh accounts had given it: a source that nobody vetted cannot end a listing either."""
    day, cluster, seasoned, fresh = evidence
    return day, cluster, 0.0, seasoned + fresh


def pool_evidence(evidence: Sequence[DayEvidence], fading: Mapping[int, float], *, fresh_cap: float) -> Pool:
    """Return the evidence of one side after decay and under the caps.

    `fading` is the decay factor by day. No cluster moves the log-odds by more than `CLUSTER_CAP`, whatever mix of
    reporters it has: its fresh accounts only fill what its seasoned reporters leave.
    """
    if not evidence:
        return _NO_EVIDENCE
    seasoned_of: dict[int, list[float]] = {}
    fresh_of: dict[int, list[float]] = {}
    for day, cluster, seasoned, fresh in evidence:
        seasoned_of.setdefault(cluster, []).append(seasoned * fading[day])
        fresh_of.setdefault(cluster, []).append(fresh * fading[day])
    shares: list[tuple[float, float]] = []  # seasoned and fresh evidence by cluster
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


def _effective_clusters(capped: list[float]) -> float:
    """Return the number of equal clusters that would be as diverse: (sum C)^2 / sum C^2, 0.0 for none."""
    squares = math.fsum([share * share for share in capped])
    return math.fsum(capped) ** 2 / squares if squares else 0.0


def _cautious_reliability(confirmed: int, overturned: int) -> float:
    """Return the precision that a reporter exceeds with probability 0.9, given how earlier reports turned out."""
    hits, misses = RELIABILITY_PRIOR
    return beta_quantile(CAUTIOUS_QUANTILE, hits + confirmed, misses + OVERTURNED_COST * overturned)
