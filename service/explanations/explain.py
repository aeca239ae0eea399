"""Explains a verdict with the results and the functions of scoring itself."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from ml.bursts import outside_bursts
from ml.classifier import Classifier, Score
from ml.conditions import VerdictCondition, conditions_of
from ml.explanation import Side, TrustTerms, explain_trust
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION, Signals
from ml.trust import Trust, assess_trust, decide
from ml.words import PROTECTED_KINDS, UNSCORED_KINDS, Kind, Verdict
from service.days import date_of
from service.explanations.schemas import (
    ClassifierPart,
    Condition,
    Explanation,
    ExplanationRemark,
    SidePart,
    Term,
    TrustPart,
)
from service.lookup.schemas import ScoreReason
from service.numbers.parse import Number
from service.scoring.assess import THRESHOLDS, Assessment, told_probability
from service.scoring.store import KnownNumber
from service.verdicts.store import Published
from service.verdicts.verdict import band

LEAST_TERM: Final = 0.1  # log-odds; smaller terms explain nothing
FEW_CLUSTERS: Final = 5.0
TERM_DIGITS: Final = 1  # finer ones would reveal counts that are published only as bands
NEIGHBOURHOOD: Final = "block_"  # signals of other numbers' reports, which may not be published
EVIDENCE_STEPS: Final = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # log-odds, as lower bounds
UNKNOWN: Final = Verdict.UNKNOWN.value
DISPUTED: Final = Verdict.DISPUTED.value
NO_TRUST: Final = assess_trust([], kind=Kind.MOBILE, today=0)  # in nothing, of nobody

REMARKS: Final = {
    "nothing_published": (
        "未同时满足列为疑似的各项条件，或无人举报：不公布任何内容，也不说明缺哪一项",
        "It does not meet all conditions of a suspicion, or nobody reported it: nothing is published, nor what is missing.",
    ),
    "waiting": (
        "有新的情况，正在等待重新评分",
        "Something has changed; the number waits to be scored again.",
    ),
    "decided": ("结论由人工裁定，举报不能改变", "A person decided this; reports do not change it."),
    "disputed": (
        "机主已提出异议，等待人工裁定",
        "Its owner disputes what is published; a person will decide.",
    ),
    "organisation": (
        "机构号码（400、95、96）：仅凭举报不会列入",
        "This is an organisation's line (400, 95, 96): reports alone never list it.",
    ),
    "burst_held": (
        "新账号短时间内集中举报，暂缓计入，次日结束后复核",
        "Many fresh accounts reported it within a short time: their reports are held until the end of the next day.",
    ),
    "stays_confirmed": (
        "现有证据已不足以重新确认：已确认的号码，在证据衰减到 0.60 以下之前保持确认；反对的举报不能单独撤销",
        "What is known now would not confirm it again. A confirmed number stays confirmed until decay takes its evidence "
        "below 0.60; opposing reports alone do not end that.",
    ),
    "stays_suspected": (
        "仅有新账号反对：已列为疑似的号码不因此撤销",
        "Only fresh accounts oppose it, which alone does not end a suspicion.",
    ),
    "unvetted": (
        "有未经运营者核验的来源举报：仅凭此类来源最多列为疑似",
        "A source that the operator has not vetted reported it: such sources alone lead to a suspicion at most.",
    ),
    "no_model": (
        "没有可用的评分模型：不会有新的结论",
        "No scoring model is available: there are no new verdicts until there is one.",
    ),
}


class ConditionName(NamedTuple):
    """The name of a condition, and how many digits of its value are shown."""

    zh: str
    en: str
    digits: int


CONDITIONS: Final = {
    "trust": ConditionName("举报人群可信度", "trust in the crowd", 2),
    "classifier": ConditionName("模型评分", "the model's score", 2),
    "vetted": ConditionName(
        "不计未经核验来源的可信度", "trust without the sources that the operator has not vetted", 2
    ),
    "without_strongest": ConditionName("去掉最强关联组后的可信度", "trust without the strongest cluster", 2),
    "effective_clusters": ConditionName("有效关联组数", "effective clusters", 1),
    "third_seasoned": ConditionName("第三个资深关联组的证据", "evidence of the third seasoned cluster", 1),
}


def withheld(number: Number, published: Published | None) -> Explanation:
    """Return the explanation of a number that is not listed; below `suspected` it follows from the number alone.

    A number that is not listed misses a condition of `suspected`. Which one would tell whether it was reported, so both
    are named as one.
    """
    told = published.verdict.verdict if published else UNKNOWN
    is_unknown = told == UNKNOWN
    revision = None if is_unknown or published is None else published.revision
    return _untold(number, told, revision, conditions=_missed(number) if is_unknown else [])


def waiting(number: Number, published: Published) -> Explanation:
    """Return the explanation of a listed number of which too little is left to tell: it is about to be scored again."""
    return _untold(number, published.verdict.verdict, published.revision, remarks=["waiting"])


def _untold(
    number: Number,
    verdict: str,
    revision: int | None,
    *,
    conditions: Sequence[Condition] = (),
    remarks: Sequence[str] = (),
) -> Explanation:
    return Explanation(
        number=number.key,
        kind=number.kind,
        verdict=verdict,
        revision=revision,
        current_verdict=verdict,
        classifier=None,
        trust=None,
        conditions=list(conditions),
        remarks=[_remark(code) for code in remarks or _remarks_on(number, verdict)],
        signals_version=SIGNALS_VERSION,
    )


def _remarks_on(number: Number, verdict: str) -> list[str]:
    if verdict != UNKNOWN:
        return ["disputed" if verdict == DISPUTED else "decided"]
    return ["nothing_published", *(["organisation"] if number.kind in PROTECTED_KINDS else [])]


def _missed(number: Number) -> list[Condition]:
    """Return the conditions of `suspected`, of which a number that is not listed misses at least one, without its values."""
    if number.kind in PROTECTED_KINDS or number.kind in UNSCORED_KINDS:  # no condition lists it
        return []
    return [
        _condition(one._replace(value=None))
        for one in conditions_of(NO_TRUST, None, THRESHOLDS)
        if one.verdict == Verdict.SUSPECTED
    ]


def explain(
    number: Number,
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    *,
    model: Classifier | None,
    today: int,
) -> Explanation:
    """Return the explanation of a listed number."""
    counted, held_from = outside_bursts(known.rows, today=today)
    terms = explain_trust(counted, kind=known.kind, today=today)
    score = assessment.classified
    consent = _consent(model, score)
    return Explanation(
        number=number.key,
        kind=known.kind,
        verdict=published.verdict.verdict,
        revision=published.revision,
        current_verdict=assessment.verdict.value,
        classifier=_classifier(model, score, assessment.signals) if model and score else None,
        trust=_trust(assessment.trust, terms, assessment),
        conditions=_conditions(assessment.trust, consent),
        remarks=_remarks(known, assessment, published, consent=consent, is_held=held_from is not None),
        signals_version=SIGNALS_VERSION,
    )


def _remarks(
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    *,
    consent: float | None,
    is_held: bool,
) -> list[ExplanationRemark]:
    told = published.verdict.verdict
    is_only_suspected = assessment.verdict == Verdict.SUSPECTED
    applies = {
        "waiting": assessment.verdict.value != told,
        "organisation": known.kind in PROTECTED_KINDS,
        "burst_held": is_held,
        "stays_confirmed": _only_stays(known, assessment, consent),
        "stays_suspected": is_only_suspected and assessment.trust.probability < THRESHOLDS.suspected,
        "unvetted": assessment.trust.vetted is not None,
        "no_model": assessment.classified is None,
    }
    return [_remark(code) for code, is_so in applies.items() if is_so]


def _consent(model: Classifier | None, score: Score | None) -> float | None:
    return model.consent(score.probability) if model and score else None


def _only_stays(known: KnownNumber, assessment: Assessment, consent: float | None) -> bool:
    """Return whether a number is confirmed only because it was confirmed before."""
    anew = decide(assessment.trust, consent, THRESHOLDS, previous=Verdict.UNKNOWN, kind=known.kind)
    return Verdict.CONFIRMED == assessment.verdict != anew


def _classifier(model: Classifier, score: Score, signals: Signals) -> ClassifierPart:
    """Return the terms of the number's own reports one by one; what its neighbours add is only in the sum of the others."""
    told = sorted(
        [
            place
            for place, term in enumerate(score.terms)
            if abs(term) >= LEAST_TERM and not FEATURES[place].startswith(NEIGHBOURHOOD)
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


def _trust(trust: Trust, terms: TrustTerms, assessment: Assessment) -> TrustPart:
    return TrustPart(
        probability=round_down(trust.probability),
        without_strongest_cluster=round_down(trust.probability_without_strongest),
        effective_clusters=_clusters(trust.effective_clusters),
        prior=round(terms.prior, TERM_DIGITS),
        support=_side(terms.support),
        opposition=_side(terms.opposition),
        last_reported_on=None if assessment.last_day is None else date_of(assessment.last_day),
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


def round_down(value: float, *, digits: int = 2) -> float:
    """Return the value rounded down, so that it does not seem to meet a threshold that it misses: 0.899 gives 0.89."""
    scale = 10.0**digits
    down = math.floor(value * scale) / scale
    return round(value, digits) if round(value, digits) <= value else down


def _clusters(effective: float) -> float:
    """Return effective clusters to tenths where they decide, above that as the lower bound of a band."""
    return round_down(effective, digits=1) if effective < FEW_CLUSTERS else float(band(int(effective)))


def _conditions(trust: Trust, consent: float | None) -> list[Condition]:
    return [_condition(one) for one in conditions_of(trust, consent, THRESHOLDS)]


def _condition(one: VerdictCondition) -> Condition:
    return Condition(
        verdict=one.verdict,
        code=one.code,
        zh=CONDITIONS[one.code].zh,
        en=CONDITIONS[one.code].en,
        value=None if one.value is None else _rounded(one.code, one.value),
        needed=one.needed,
        is_met=one.is_met,
    )


def _rounded(code: str, value: float) -> float:
    if code == "effective_clusters":
        return _clusters(value)
    return round_down(value, digits=CONDITIONS[code].digits)


def _remark(code: str) -> ExplanationRemark:
    zh, en = REMARKS[code]
    return ExplanationRemark(code=code, zh=zh, en=en)
