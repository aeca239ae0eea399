"""What a trust is made of: the terms of its log-odds, and what decay and caps took from them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ml.day_rows import DayRow
from ml.decay import DayEvidence, fading_of, half_life_days
from ml.trust import FRESH_CAP_AGAINST, FRESH_CAP_FOR, pool, prior_log_odds, sides_of

CAP_BITES: Final = 0.2  # of a cluster's evidence: what a cap takes below that is not worth telling


class Side(NamedTuple):
    """One side's terms in log-odds, for or against; what was reported, what decay left, what the caps let count."""

    clusters: int
    capped_clusters: int  # whose cap took more than a fifth of their evidence
    reported: float  # evidence as it was when reported
    left: float  # after decay
    seasoned: float  # term of seasoned reporters, under each cluster's cap
    fresh: float  # term of all fresh accounts, under the cap of their common pool
    fresh_before_pool: float  # what it would be without that cap

    @property
    def log_odds(self) -> float:
        """Both terms together."""
        return self.seasoned + self.fresh


class TrustTerms(NamedTuple):
    """The log-odds of a trust: prior + support - opposition."""

    prior: float
    support: Side
    opposition: Side

    @property
    def log_odds(self) -> float:
        """Those whose probability `ml.trust.assess_trust` gives."""
        return self.prior + self.support.log_odds - self.opposition.log_odds


def explain_trust(rows: Sequence[DayRow], *, kind: str, today: int) -> TrustTerms:
    """The terms of `assess_trust` of the same rows, by the same functions."""
    support, against = sides_of([row for row in rows if row.day <= today])
    half_life = half_life_days(kind)
    return TrustTerms(
        prior_log_odds(kind),
        _side(support, fading_of(support, half_life=half_life, today=today), FRESH_CAP_FOR),
        _side(against, fading_of(against, half_life=half_life, today=today), FRESH_CAP_AGAINST),
    )


def _side(evidence: Sequence[DayEvidence], fading: Mapping[int, float], fresh_cap: float) -> Side:
    pooled = pool(evidence, fading, fresh_cap=fresh_cap)
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
