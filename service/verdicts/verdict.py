"""What is published of a number, and what is held back so that nobody can be recognised in it."""

from bisect import bisect_right
from datetime import date, datetime
from typing import NamedTuple

from ml.words import PUBLISHED

#: Published counts are lower bounds of these bands: how much is known, not who reported when.
BANDS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class NumberVerdict(NamedTuple):
    """A verdict as published, in the order of the query `publish`; dates are days in Asia/Shanghai."""

    number: str
    verdict: str
    kind: str
    score: float | None
    category: str | None
    reasons: tuple[str, ...]
    reports_at_least: int
    reporters_at_least: int
    first_reported_on: date | None
    last_reported_on: date | None
    suspected_spoofing: bool
    is_simulated: bool
    trust_probability: float | None
    trust_without_strongest: float | None
    effective_clusters: float | None
    model_version: str | None
    ruled_at: datetime | None  # of the person's decision that it takes into account
    campaign_id: str | None = None


def nothing_known(number: str, kind: str) -> NumberVerdict:
    """The verdict of a number of which nothing may be told."""
    return NumberVerdict(
        number, "unknown", kind, None, None, (), 0, 0, None, None, False, False, None, None, None, None, None
    )


def nothing_reported(number: str, kind: str, verdict: str, ruled_at: datetime | None) -> NumberVerdict:
    """The verdict of a number of whose reports nothing may be told: that it is protected is no secret."""
    known = nothing_known(number, kind)._replace(ruled_at=ruled_at)
    return known._replace(verdict="protected") if verdict == "protected" else known


def in_campaign(verdict: NumberVerdict, campaign_id: str | None) -> NumberVerdict:
    """A verdict with its number's campaign where it lists the number: to be like a listed one accuses nobody."""
    return verdict._replace(campaign_id=campaign_id) if verdict.verdict in PUBLISHED else verdict


def says_something(verdict: NumberVerdict) -> bool:
    """Whether a look-up may tell it: otherwise the number is answered like one never reported."""
    return verdict.reports_at_least > 0 or verdict.verdict != "unknown"


def is_same_answer(verdict: NumberVerdict, earlier: NumberVerdict | None) -> bool:
    """Whether a look-up would read the same, so that no new revision is due."""
    if earlier is None:
        return not says_something(verdict)
    return _shown(verdict) == _shown(earlier)


def _shown(verdict: NumberVerdict) -> NumberVerdict:
    return verdict._replace(
        trust_probability=None, trust_without_strongest=None, effective_clusters=None, ruled_at=None
    )


def band(count: int) -> int:
    """Lower bound of the band a count falls in, 0 for none: 4 → 3, 19 → 10, 123456 → 10000."""
    return BANDS[bisect_right(BANDS, count) - 1] if count >= BANDS[0] else 0
