"""What about a number a person has to decide, because reports and model must not or cannot."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ml.log_odds import log_odds_of, probability_of
from ml.trust import PRIOR_LOG_ODDS, PROTECTED_LOG_ODDS, Thresholds, Trust, passes_gate
from ml.words import PROTECTED_KINDS, PUBLISHED, Verdict

NEARLY_CERTAIN: Final = 1.0 - 1e-12  # a probability of 1.0 has no log-odds


class ReviewReason(StrEnum):
    """Why a number waits for a person."""

    OPPOSED = "opposed"  # confirmed, and so many call it legitimate that it would not be
    TAKEN_BACK = "taken_back"  # confirmed by reports that were then taken back
    BURST = "burst"  # a sudden crowd of fresh accounts, whose reports are held
    ORGANISATION = "organisation"  # an organisation's line that would be confirmed, were it a mobile
    DISAGREEMENT = "disagreement"  # the crowd would confirm it, the model does not even suspect it
    REPORTED_AGAIN = "reported_again"  # decided by a person, and confirmed by reports made since
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
) -> tuple[ReviewReason, ...]:
    """Why a person must look at a number with this verdict; empty for nearly all.

    `since_decision` is the trust of the reports made after a person decided about the number, None without a
    decision; `found_abusive` what an outcome says that no person has decided about since, None for nothing.
    """
    reasons = []
    if found_abusive is not None and found_abusive != (verdict in PUBLISHED):
        reasons.append(ReviewReason.CONTRADICTED)
    if verdict == Verdict.CONFIRMED and trust.probability < thresholds.leave_confirmed:
        opposed = trust.probability_unopposed >= thresholds.leave_confirmed
        reasons.append(ReviewReason.OPPOSED if opposed else ReviewReason.TAKEN_BACK)
    if is_held:
        reasons.append(ReviewReason.BURST)
    if since_decision is not None:
        if passes_gate(_as_ordinary(since_decision, kind), thresholds):
            reasons.append(ReviewReason.REPORTED_AGAIN)
    elif kind in PROTECTED_KINDS:
        if passes_gate(_as_ordinary(trust, kind), thresholds):
            reasons.append(ReviewReason.ORGANISATION)
    elif (
        classifier_probability is not None
        and classifier_probability < thresholds.classifier_suspected
        and passes_gate(trust, thresholds)
    ):
        reasons.append(ReviewReason.DISAGREEMENT)
    return tuple(reasons)


def _as_ordinary(trust: Trust, kind: str) -> Trust:
    """The same reports, without the prior that protects organisations."""
    if kind not in PROTECTED_KINDS:
        return trust
    return trust._replace(
        probability=_unprotected(trust.probability),
        probability_without_strongest=_unprotected(trust.probability_without_strongest),
    )


def _unprotected(probability: float) -> float:
    return probability_of(log_odds_of(min(probability, NEARLY_CERTAIN)) + PRIOR_LOG_ODDS - PROTECTED_LOG_ODDS)
