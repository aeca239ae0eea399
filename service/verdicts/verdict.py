"""What is concluded and published about a number, and what is withheld.

`told` is the one place that decides what somebody may learn who is no moderator: an answer tells no more than its
verdict (docs/adr/0024-what-an-answer-tells.md).
"""

from bisect import bisect_right
from datetime import date, datetime
from typing import Final, NamedTuple

from ml.words import PUBLISHED

#: Published counts are lower bounds of these bands: they show how much is known, not who reported when.
BANDS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class NumberVerdict(NamedTuple):
    """A verdict as concluded, in the order of the query `publish`; dates are days in Asia/Shanghai.

    Counts and dates are of those who accuse the number. What others may learn of it, `told` says.
    """

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
    ruled_at: datetime | None  # when a person decided, if that is taken into account
    campaign_id: str | None = None
    opposed_by_at_least: int = 0  # who call it legitimate


NOTHING: Final = NumberVerdict(
    number="",
    verdict="unknown",
    kind="",
    score=None,
    category=None,
    reasons=(),
    reports_at_least=0,
    reporters_at_least=0,
    first_reported_on=None,
    last_reported_on=None,
    suspected_spoofing=False,
    is_simulated=False,
    trust_probability=None,
    trust_without_strongest=None,
    effective_clusters=None,
    model_version=None,
    ruled_at=None,
)
#: Members that are told of listed numbers alone.
ACCUSING: Final = frozenset(NumberVerdict._fields) - {
    "number",
    "verdict",
    "kind",
    "suspected_spoofing",
    "is_simulated",
    "ruled_at",
}
_WITHOUT_ACCUSATION: Final = {name: getattr(NOTHING, name) for name in sorted(ACCUSING)}


def lists(verdict: str) -> bool:
    """Return whether a verdict lists its number: only then anything is told of what was reported."""
    return verdict in PUBLISHED


def told(verdict: NumberVerdict) -> NumberVerdict:
    """Return what may be told of a verdict to anybody but a moderator.

    Of a listed number that is all. Below `suspected` it is nothing: the number is answered like one that nobody
    reported. A number that is `disputed`, `cleared` or `protected` has this verdict and nothing that accuses it; that its
    reports were simulated still shows, since nobody must take a demonstration for more.
    """
    if lists(verdict.verdict):
        return verdict
    if verdict.verdict == NOTHING.verdict:
        return nothing_known(verdict.number, verdict.kind)
    return verdict._replace(**_WITHOUT_ACCUSATION)


def told_revision(verdict: NumberVerdict, revision: int) -> int | None:
    """Return the revision that may be told of a verdict: of a listed number, of which every revision is answered otherwise.

    Of other numbers the feed has a revision for each change that is hidden, and its number would tell of that change.
    """
    return revision if lists(verdict.verdict) else None


def is_told_alike(verdict: NumberVerdict, earlier: NumberVerdict) -> bool:
    """Return whether anybody but a moderator is told the same of two verdicts on one number."""
    one, other = [_as_answered(told(known))._replace(number="", kind="") for known in (verdict, earlier)]
    return one == other


def nothing_known(number: str, kind: str) -> NumberVerdict:
    """Return the verdict of a number about which nothing may be published."""
    return NumberVerdict(
        number, NOTHING.verdict, kind, *NOTHING[3:]
    )  # twice as fast as by names: look-ups take it


def nothing_reported(number: str, kind: str, verdict: str, ruled_at: datetime | None) -> NumberVerdict:
    """Return the verdict of a number whose reports must not show: only that it is protected is no secret."""
    known = nothing_known(number, kind)._replace(ruled_at=ruled_at)
    return known._replace(verdict="protected") if verdict == "protected" else known


def in_campaign(verdict: NumberVerdict, campaign_id: str | None) -> NumberVerdict:
    """Return a verdict with its number's campaign if it lists the number: resembling a listed one accuses nobody."""
    return verdict._replace(campaign_id=campaign_id) if lists(verdict.verdict) else verdict


def is_told(verdict: NumberVerdict) -> bool:
    """Return whether a look-up shows anything; otherwise the number is answered like one that was never reported."""
    return verdict.verdict != NOTHING.verdict


def is_same_answer(verdict: NumberVerdict, earlier: NumberVerdict | None) -> bool:
    """Return whether a look-up, or a moderator's, would answer the same, so that no new revision is needed."""
    if earlier is None:
        return verdict.reports_at_least == 0 and not is_told(verdict)
    return _as_answered(verdict) == _as_answered(earlier)


def _as_answered(verdict: NumberVerdict) -> NumberVerdict:
    return verdict._replace(
        trust_probability=None, trust_without_strongest=None, effective_clusters=None, ruled_at=None
    )


def band(count: int) -> int:
    """Return the lower bound of the band that a count falls into, 0 for none: 4 → 3, 19 → 10, 123456 → 10000."""
    return BANDS[bisect_right(BANDS, count) - 1] if count >= BANDS[0] else 0
