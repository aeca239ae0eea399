"""Explains a verdict with the results and the functions of scoring itself."""

import math
from bisect import bisect_right
from typing import Final

from ml.bursts import outside_bursts
from ml.classifier import Classifier, Score
from ml.conditions import conditions_of
from ml.explanation import Side, TrustTerms, explain_trust
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION, Signals
from ml.trust import Trust, assess_trust, decide
from ml.words import PROTECTED_KINDS, Verdict
from service.days import date_of
from service.explanations.people import ToldRows, told_rows
from service.explanations.schemas import (
    ClassifierPart,
    Condition,
    Explanation,
    ExplanationRemark,
    SidePart,
    Term,
    TrustPart,
)
from service.explanations.words import clusters, condition, remark, round_down
from service.lookup.schemas import ScoreReason
from service.numbers.parse import Number
from service.scoring.assess import THRESHOLDS, Assessment, told_probability
from service.scoring.store import KnownNumber
from service.verdicts.store import Published
from service.verdicts.verdict import band

LEAST_TERM: Final = 0.1  # log-odds; smaller terms explain nothing
TERM_DIGITS: Final = 1  # finer ones would reveal counts that are published only as bands
NEIGHBOURHOOD: Final = "block_"  # signals of other numbers' reports, which may not be published
OPPOSITION: Final = "opposing_share"
WITHOUT_UNVETTED: Final = frozenset({"vetted", "without_strongest", "effective_clusters", "third_seasoned"})
EVIDENCE_STEPS: Final = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # log-odds, as lower bounds


def explain(
    number: Number,
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    *,
    model: Classifier | None,
    today: int,
    min_reporters: int,
) -> Explanation:
    """Return the explanation of a listed number, without what fewer than `min_reporters` people say."""
    counted, held_from = outside_bursts(known.rows, today=today)
    told = told_rows(counted, min_reporters=min_reporters)
    trust = assess_trust(told.rows, kind=known.kind, today=today)
    terms = explain_trust(told.rows, kind=known.kind, today=today)
    score = assessment.classified
    consent = _consent(model, score)
    return Explanation(
        number=number.key,
        kind=known.kind,
        verdict=published.verdict.verdict,
        revision=published.revision,
        current_verdict=assessment.verdict.value,
        classifier=_classifier(model, score, assessment.signals, told) if model and score else None,
        trust=_trust(trust, terms, told),
        conditions=_conditions(trust, assessment.trust, consent, told),
        remarks=_remarks(
            known,
            assessment,
            published,
            told,
            is_held=held_from is not None,
            only_stays=_only_stays(known, assessment, trust, consent),
        ),
        signals_version=SIGNALS_VERSION,
    )


def _remarks(
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    told: ToldRows,
    *,
    is_held: bool,
    only_stays: bool,
) -> list[ExplanationRemark]:
    is_only_suspected = told.has_opposers and assessment.verdict == Verdict.SUSPECTED
    applies = {
        "waiting": assessment.verdict.value != published.verdict.verdict,
        "organisation": known.kind in PROTECTED_KINDS,
        "burst_held": is_held,
        "stays_confirmed": only_stays,
        "stays_suspected": is_only_suspected and assessment.trust.probability < THRESHOLDS.suspected,
        "unvetted": assessment.trust.vetted is not None,
        "no_model": assessment.classified is None,
    }
    return [remark(code) for code, is_so in applies.items() if is_so]


def _consent(model: Classifier | None, score: Score | None) -> float | None:
    return model.consent(score.probability) if model and score else None


def _only_stays(known: KnownNumber, assessment: Assessment, trust: Trust, consent: float | None) -> bool:
    """Return whether a number is confirmed only because it was confirmed before, as far as may be told."""
    anew = decide(trust, consent, THRESHOLDS, previous=Verdict.UNKNOWN, kind=known.kind)
    return Verdict.CONFIRMED == assessment.verdict != anew


def _classifier(model: Classifier, score: Score, signals: Signals, told_of: ToldRows) -> ClassifierPart:
    """Return the terms of the number's own reports one by one.

    What its neighbours add, and few people who oppose, is only in the sum of the others.
    """
    told = sorted(
        [
            place
            for place, term in enumerate(score.terms)
            if abs(term) >= LEAST_TERM
            and not FEATURES[place].startswith(NEIGHBOURHOOD)
            and (told_of.has_opposers or FEATURES[place] != OPPOSITION)
        ],
        key=lambda place: -abs(score.terms[place]),
    )
    terms = [
        Term(
            signal=FEATURES[place],
            value=_coarse(FEATURES[place], signals[place]),
            log_odds=round(score.terms[place], TERM_DIGITS),
            reason=_reason(FEATURES[place]) if score.terms[place] > 0.0 else None,
        )
        for place in told
    ]
    return ClassifierPart(
        probability=told_probability(score.probability),
        log_odds=round(score.log_odds, TERM_DIGITS),
        intercept=round(model.intercept, TERM_DIGITS),
        terms=terms,
        others=round(math.fsum(score.terms) - math.fsum([score.terms[place] for place in told]), TERM_DIGITS),
        model=model.version,
    )


def _coarse(signal: str, value: float) -> float:
    """Return a value that the model reads as the lower bound of its band; below one, rounded down to tenths."""
    if signal in ("kind", "sub_block"):
        return value
    return float(band(int(value))) if value >= 1.0 else math.floor(value * 10.0) / 10.0


def _reason(signal: str) -> ScoreReason | None:
    code = reason_of(signal)
    return ScoreReason(code=code, **REASON_CODES[code]._asdict()) if code else None


def _trust(trust: Trust, terms: TrustTerms, told: ToldRows) -> TrustPart:
    last_day = max([row.day for row in told.rows if row.reports > row.legitimate], default=None)
    return TrustPart(
        probability=round_down(trust.probability),
        without_strongest_cluster=round_down(trust.probability_without_strongest),
        effective_clusters=clusters(trust.effective_clusters),
        prior=round(terms.prior, TERM_DIGITS),
        support=_side(terms.support),
        opposition=_side(terms.opposition) if told.has_opposers else None,
        last_reported_on=None if last_day is None else date_of(last_day),
    )


def _side(side: Side) -> SidePart:
    return SidePart(
        reported_at_least=_step(side.reported),
        after_decay_at_least=_step(side.left),
        seasoned=round(side.seasoned, TERM_DIGITS),
        fresh=round(side.fresh, TERM_DIGITS),
        fresh_before_cap_at_least=_step(side.fresh_before_pool),
        capped_clusters_at_least=band(side.capped_clusters),
    )


def _step(evidence: float) -> float:
    """Return the lower bound of the step that evidence falls into: 0.4 gives 0.0, 7.9 gives 5.0."""
    return EVIDENCE_STEPS[bisect_right(EVIDENCE_STEPS, max(evidence, 0.0)) - 1]


def _conditions(trust: Trust, whole: Trust, consent: float | None, told: ToldRows) -> list[Condition]:
    """Return the conditions by the `trust` that may be told.

    If few people accuse the number besides sources that nobody vetted, the conditions without such sources are told
    as one, by the `whole` trust: whether all of them are met.
    """
    found = conditions_of(trust, consent, THRESHOLDS)
    if told.has_accusers:
        return [condition(one) for one in found]
    are_met = all(
        one.is_met for one in conditions_of(whole, consent, THRESHOLDS) if one.code in WITHOUT_UNVETTED
    )
    return [
        condition(one._replace(value=None)).model_copy(update={"is_met": are_met})
        if one.code in WITHOUT_UNVETTED
        else condition(one)
        for one in found
    ]
