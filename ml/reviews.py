"""Which numbers a person has to review, because reports and the model must not or cannot decide."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from ml.log_odds import log_odds_of, probability_of
from ml.trust import PRIOR_LOG_ODDS, PROTECTED_LOG_ODDS, Thresholds, Trust, passes_gate
from ml.words import PROTECTED_KINDS, PUBLISHED, Verdict

NEARLY_CERTAIN: Final = 1.0 - 1e-12  # the log-odds of 1.0 are infinite


class ReviewReason(StrEnum):
    """Why a number waits for a person."""

    OPPOSED = "opposed"  # it is confirmed, but so many call it legitimate that it would no longer be
    TAKEN_BACK = "taken_back"  # it was confirmed by reports that have since been taken back
    BURST = "burst"  # many fresh accounts reported it at once; their reports are held back
    ORGANISATION = "organisation"  # an organisation's line that would be confirmed if it were a mobile number
    DISAGREEMENT = "disagreement"  # the crowd would confirm it, the classifier does not even suspect it
    REPORTED_AGAIN = "reported_again"  # a person decided about it, and reports made since would confirm it
    CONTRADICTED = "contradicted"  # an agency or a filing found otherwise than the verdict says


def review_reasons(
    trust: Trust,
    verdict: Verdict,
    *,
    kind: str,
    is_held: bool,
    classifier_probability: float | None,
    since_decision: Trust | None,
    thresholds: Thresholds,
    found_abusive: bool | None = None,
    is_ruled: bool = False,
) -> tuple[ReviewReason, ...]:
    """Return why a person must review a number with this verdict; nearly always nothing.

    `since_decision` is the trust in the reports made after a person decided about the number, if one did.
    `found_abusive` is the finding of an outcome that no person has decided about since, if there is one; `is_ruled` says
    whether a person found the number abusive.
    """
    held = trust if is_ruled else trust.firm  # what keeps it confirmed, as in `ml.trust.decide`
    reasons = list(_reasons_against(verdict, held, thresholds, found_abusive))
    if is_held:
        reasons.append(ReviewReason.BURST)
    if since_decision is not None:
        judged, reason = _as_ordinary(since_decision.firm, kind), ReviewReason.REPORTED_AGAIN
    elif kind in PROTECTED_KINDS:
        judged, reason = _as_ordinary(trust.firm, kind), ReviewReason.ORGANISATION
    elif classifier_probability is not None and classifier_probability < thresholds.classifier_suspected:
        judged, reason = trust, ReviewReason.DISAGREEMENT
    else:
        return tuple(reasons)
    return (*reasons, reason) if passes_gate(judged, thresholds) else tuple(reasons)


def _reasons_against(
    verdict: Verdict, trust: Trust, thresholds: Thresholds, found_abusive: bool | None
) -> Iterator[ReviewReason]:
    """Yield the reasons to doubt a verdict: an outcome that contradicts it, and support that no longer suffices."""
    if found_abusive is not None and found_abusive != (verdict in PUBLISHED):
        yield ReviewReason.CONTRADICTED
    if verdict == Verdict.CONFIRMED and trust.probability < thresholds.leave_confirmed:
        is_opposed = trust.probability_unopposed >= thresholds.leave_confirmed
        yield ReviewReason.OPPOSED if is_opposed else ReviewReason.TAKEN_BACK


def _as_ordinary(trust: Trust, kind: str) -> Trust:
    """Return the trust in the same reports without the prior that protects lines of organisations."""
    if kind not in PROTECTED_KINDS:
        return trust
    return trust._replace(
        probability=_unprotected(trust.probability),
        probability_without_strongest=_unprotected(trust.probability_without_strongest),
    )


def _unprotected(probability: float) -> float:
    return probability_of(log_odds_of(min(probability, NEARLY_CERTAIN)) + PRIOR_LOG_ODDS - PROTECTED_LOG_ODDS)
