"""Turns an assessment into a verdict of the feed: with few who accuse, nothing that could reveal one of them.

What of a verdict others may learn, `service.verdicts.verdict.told` decides.
"""

from service.days import date_of
from service.scoring.assess import Assessment
from service.verdicts.verdict import NumberVerdict, band, nothing_reported


def publishable(number: str, assessment: Assessment, *, min_reporters: int) -> NumberVerdict:
    """Return the verdict for the feed: with fewer than `min_reporters` who accuse, nothing but `unknown` or `protected`.

    Fewer than that who oppose are not counted either: a single one is most likely the number's owner.
    """
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
        first_reported_on=None if assessment.first_day is None else date_of(assessment.first_day),
        last_reported_on=None if assessment.last_day is None else date_of(assessment.last_day),
        suspected_spoofing=assessment.suspected_spoofing,
        is_simulated=assessment.is_simulated,
        trust_probability=assessment.trust.probability,
        trust_without_strongest=assessment.trust.probability_without_strongest,
        effective_clusters=assessment.trust.effective_clusters,
        model_version=assessment.model_version,
        ruled_at=assessment.ruled_at,
        opposed_by_at_least=band(assessment.opposers) if assessment.opposers >= min_reporters else 0,
    )
