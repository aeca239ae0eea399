"""What a reporter's past reports earn: hits for early ones that others bore out, misses for overturned ones.

A hit takes a report made before any verdict of the number was visible, or copying lists would earn credit; and
a truth from elsewhere: adjudication, or clusters that the reporter has no part in, or a ring would vouch for itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from ml.day_rows import DayRow
from ml.trust import (
    INFLUENCE_DAYS,
    Thresholds,
    assess_trust,
    is_seasoned,
    passes_gate,
    reporter_weight,
)


class Truth(Enum):
    """What is known of a number, and from whom."""

    ADJUDICATED_ABUSIVE = "a regulator, a court or a moderator found it abusive"
    OVERTURNED = "a dispute against its verdict was upheld, or moderation found nothing"
    CROWD_CONFIRMED = "the gate confirmed it"


class FirstReport(NamedTuple):
    """A reporter's first report of a number."""

    reporter: int
    cluster: int
    at: float  # in the unit of `visible_at`
    abusive: bool  # False: calls it legitimate


class Standing(NamedTuple):
    """How a reporter's earlier reports turned out."""

    confirmed: int = 0
    overturned: int = 0

    def weight(self, *, recent_numbers: int = 0) -> float:
        """What the next report weighs; see `ml.trust.reporter_weight`."""
        return reporter_weight(
            confirmed=self.confirmed, overturned=self.overturned, recent_numbers=recent_numbers
        )

    def is_seasoned(self, *, account_days: float) -> bool:
        """See `ml.trust.is_seasoned`."""
        return is_seasoned(confirmed=self.confirmed, overturned=self.overturned, account_days=account_days)

    def negated(self) -> Standing:
        """What takes this away again."""
        return Standing(-self.confirmed, -self.overturned)

    def plus(self, earned: Standing) -> Standing:
        """Together with what another number earned."""
        return Standing(self.confirmed + earned.confirmed, self.overturned + earned.overturned)


HIT = Standing(confirmed=1)
MISS = Standing(overturned=1)


def settle(
    claims: Iterable[FirstReport],
    truth: Truth,
    *,
    visible_at: float | None,
    rows: Sequence[DayRow],
    kind: str,
    today: int,
) -> dict[int, Standing]:
    """What each claim about one number earns its reporter; who earns nothing is left out.

    `visible_at` is when a verdict was first published, None for never. Under `Truth.CROWD_CONFIRMED` a claim
    counts only if `rows` pass the gate without its cluster. Calling a number legitimate never earns a hit,
    since most numbers are: hits could be picked from a telephone book. Only adjudication makes it a miss;
    a crowd does not punish dissent. A later truth replaces an earlier one: settle again, and take back the first.
    """
    earned: dict[int, Standing] = {}
    borne_out: dict[int, bool] = {}  # by cluster
    for claim in claims:
        if truth is Truth.OVERTURNED:
            if claim.abusive:
                earned[claim.reporter] = MISS
        elif not claim.abusive:
            if truth is Truth.ADJUDICATED_ABUSIVE:
                earned[claim.reporter] = MISS
        elif visible_at is None or claim.at < visible_at:
            if truth is Truth.CROWD_CONFIRMED and claim.cluster not in borne_out:
                borne_out[claim.cluster] = holds_without(rows, claim.cluster, kind=kind, today=today)
            if borne_out.get(claim.cluster, True):
                earned[claim.reporter] = HIT
    return earned


def holds_without(rows: Sequence[DayRow], cluster: int, *, kind: str, today: int) -> bool:
    """Whether the gate passes on the reports of all other clusters alone."""
    others = [row for row in rows if row.cluster != cluster]
    return passes_gate(assess_trust(others, kind=kind, today=today), Thresholds())


def recent_numbers(earlier_at: Sequence[float], now: float, *, day: float = 1.0) -> int:
    """The distinct numbers of a reporter within the influence window: this one, and those first reported then.

    `earlier_at` are the times of first reports of other numbers, ascending; `day` is a day in their unit.
    """
    return len(earlier_at) - bisect_right(earlier_at, now - INFLUENCE_DAYS * day) + 1
