"""Decides what of an assessment is published: with few reporters nothing that could reveal one of them."""

from service.days import date_of
from service.scoring.assess import Assessment
from service.verdicts.verdict import NumberVerdict, band, nothing_reported


def publishable(number: str, assessment: Assessment, *, min_reporters: int) -> NumberVerdict:
    """Return what may be published: with fewer than `min_reporters` reporters nothing but `unknown` or `protected`."""
    if assessment.reporters < min_reporters:
        return nothing_reported(number, assessment.kind, assessment.verdict, assessment.ruled_at)
    return NumberVerdict(
        number=number,
        verdict=assessment.verdict.value,
        kind=assessment.kind,
        score=assessment.score,
        category=assessment.category,
        reasons=assessment.reasons,
        reports_at_least=band(assessment.reports),
        reporters_at_least=band(assessment.reporters),
        first_reported_on=date_of(assessment.first_day),
        last_reported_on=date_of(assessment.last_day),
        suspected_spoofing=assessment.suspected_spoofing,
        is_simulated=assessment.is_simulated,
        trust_probability=assessment.trust.probability,
        trust_without_strongest=assessment.trust.probability_without_strongest,
        effective_clusters=assessment.trust.effective_clusters,
        model_version=assessment.model_version,
        ruled_at=assessment.ruled_at,
    )
