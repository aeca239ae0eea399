"""The terms a trust assessment consists of, and what decay and caps take from them, in log-odds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ml.day_rows import DayRow
from ml.decay import DayEvidence, fading_of, half_life_days
from ml.trust import FRESH_CAP_AGAINST, FRESH_CAP_FOR, pool_evidence, prior_log_odds, sides_of

CAP_BITES: Final = 0.2  # share of a cluster's evidence: a cap that takes less is not worth mentioning


class Side(NamedTuple):
    """The evidence of one side, for or against, in log-odds: as reported, after decay, and as the caps let it count."""

    clusters: int
    capped_clusters: int  # clusters that lost more than a fifth of their evidence to the cap
    reported: float  # evidence when it was reported
    left: float  # evidence left after decay
    seasoned: float  # term of the seasoned reporters, under the cap of each cluster
    fresh: float  # term of all fresh accounts, under the cap of their common pool
    fresh_before_pool: float  # the same without the cap of the pool

    @property
    def log_odds(self) -> float:
        """The sum of both terms."""
        return self.seasoned + self.fresh


class TrustTerms(NamedTuple):
    """The log-odds of a trust: prior + support - opposition."""

    prior: float
    support: Side
    opposition: Side

    @property
    def log_odds(self) -> float:
        """The log-odds of the probability that `ml.trust.assess_trust` returns."""
        return self.prior + self.support.log_odds - self.opposition.log_odds


def explain_trust(rows: Sequence[DayRow], *, kind: str, today: int) -> TrustTerms:
    """Return the terms of `assess_trust` for the same rows, computed by the same functions."""
    support, against = sides_of([row for row in rows if row.day <= today])
    half_life = half_life_days(kind)
    return TrustTerms(
        prior=prior_log_odds(kind),
        support=_side(support, fading_of(support, half_life=half_life, today=today), FRESH_CAP_FOR),
        opposition=_side(against, fading_of(against, half_life=half_life, today=today), FRESH_CAP_AGAINST),
    )


def _side(evidence: Sequence[DayEvidence], fading: Mapping[int, float], fresh_cap: float) -> Side:
    pooled = pool_evidence(evidence, fading, fresh_cap=fresh_cap)
    left: defaultdict[int, list[float]] = defaultdict(list)
    for day, cluster, seasoned, fresh in evidence:
        left[cluster].append((seasoned + fresh) * fading[day])
    seasoned = math.fsum(pooled.seasoned)
    raw = [math.fsum(shares) for shares in left.values()]  # in the order of `pooled.capped`
    return Side(
        clusters=len(left),
        capped_clusters=sum(
            capped < (1.0 - CAP_BITES) * whole for capped, whole in zip(pooled.capped, raw, strict=True)
        ),
        reported=math.fsum([seasoned + fresh for _, _, seasoned, fresh in evidence]),
        left=math.fsum(raw),
        seasoned=seasoned,
        fresh=pooled.log_odds - seasoned,
        fresh_before_pool=math.fsum(pooled.capped) - seasoned,
    )
