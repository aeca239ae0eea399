"""The standing of reporters: hits for early reports that others bore out, misses for overturned reports.

A hit requires that the report was made before any verdict of the number was visible, since copying lists would earn
credit otherwise. It also requires a truth from elsewhere, either adjudication or clusters that the reporter has no part
in, since a ring could vouch for itself otherwise.
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
    """What is known to be true of a number, and from whom."""

    ADJUDICATED_ABUSIVE = "a regulator, a court or a moderator found it abusive"
    OVERTURNED = "a dispute against its verdict was upheld, or moderation found nothing"
    CROWD_CONFIRMED = "the gate confirmed it"


class FirstReport(NamedTuple):
    """A reporter's first report of a number."""

    reporter: int
    cluster: int
    at: float  # in the unit of `visible_at`
    abusive: bool  # False if the report calls the number legitimate


class Standing(NamedTuple):
    """How many of a reporter's earlier reports were confirmed and how many were overturned."""

    confirmed: int = 0
    overturned: int = 0

    def weight(self, *, recent_numbers: int = 0) -> float:
        """Return the weight of the reporter's next report; see `ml.trust.reporter_weight`."""
        return reporter_weight(
            confirmed=self.confirmed, overturned=self.overturned, recent_numbers=recent_numbers
        )

    def is_seasoned(self, *, account_days: float) -> bool:
        """Whether the reporter is seasoned; see `ml.trust.is_seasoned`."""
        return is_seasoned(confirmed=self.confirmed, overturned=self.overturned, account_days=account_days)

    def negated(self) -> Standing:
        """Return the standing to add in order to take this one back."""
        return Standing(-self.confirmed, -self.overturned)

    def plus(self, earned: Standing) -> Standing:
        """Return the sum of this standing and what another number earned."""
        return Standing(self.confirmed + earned.confirmed, self.overturned + earned.overturned)


HIT = Standing(confirmed=1)
MISS = Standing(overturned=1)


def settle_claims(
    claims: Iterable[FirstReport],
    truth: Truth,
    *,
    visible_at: float | None,
    rows: Sequence[DayRow],
    kind: str,
    today: int,
) -> dict[int, Standing]:
    """Return what each claim about one number earns its reporter, by reporter; reporters who earn nothing are left out.

    `visible_at` is when a verdict was first published, None if never. Under `Truth.CROWD_CONFIRMED` a claim counts
    only if `rows` pass the gate without its cluster. Calling a number legitimate never earns a hit: most numbers are
    legitimate, and hits could be picked from a telephone book. Only adjudication makes it a miss, since a crowd must
    not punish dissent. A later truth replaces an earlier one: settle again, and take back what the first one earned.
    """
    earned: dict[int, Standing] = {}
    borne_out: dict[int, bool] = {}  # by cluster
    for claim in claims:
        if _is_miss(claim, truth):
            earned[claim.reporter] = MISS
        elif claim.abusive and (visible_at is None or claim.at < visible_at):
            if truth is Truth.CROWD_CONFIRMED and claim.cluster not in borne_out:
                borne_out[claim.cluster] = holds_without(rows, claim.cluster, kind=kind, today=today)
            if borne_out.get(claim.cluster, True):
                earned[claim.reporter] = HIT
    return earned


def _is_miss(claim: FirstReport, truth: Truth) -> bool:
    """Whether a claim turned out wrong: abusive and overturned, or legitimate and adjudicated abusive."""
    return truth is (Truth.OVERTURNED if claim.abusive else Truth.ADJUDICATED_ABUSIVE)


def holds_without(rows: Sequence[DayRow], cluster: int, *, kind: str, today: int) -> bool:
    """Whether the reports of all other clusters alone pass the gate."""
    others = [row for row in rows if row.cluster != cluster]
    return passes_gate(assess_trust(others, kind=kind, today=today), Thresholds())


def recent_numbers(earlier_at: Sequence[float], now: float, *, day: float = 1.0) -> int:
    """Return how many distinct numbers a reporter has reported within the influence window, including the current one.

    `earlier_at` are the times of the first reports of other numbers, ascending; `day` is the length of a day in their
    unit.
    """
    return len(earlier_at) - bisect_right(earlier_at, now - INFLUENCE_DAYS * day) + 1
