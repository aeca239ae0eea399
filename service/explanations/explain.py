"""Puts an explanation together from what scoring concludes, by the functions with which it concludes."""

import math
from bisect import bisect_right
from typing import Final, NamedTuple

from ml.bursts import outside_bursts
from ml.classifier import Classifier, Score
from ml.conditions import conditions_of
from ml.explanation import Side, TrustTerms, explain_trust
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION, Signals
from ml.trust import Trust, decide
from ml.words import DECIDED_BY_PEOPLE, PROTECTED_KINDS, Verdict
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

LEAST_TERM: Final = 0.1  # log-odds; less is no explanation
FEW_CLUSTERS: Final = 5.0
TERM_DIGITS: Final = 1  # finer ones would tell counts that are published as bands only
NEIGHBOURHOOD: Final = "block_"  # signals of other numbers' reports, of which perhaps nothing is published
EVIDENCE_STEPS: Final = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # log-odds, as lower bounds
DISPUTED: Final = Verdict.DISPUTED.value
DECIDED: Final = frozenset([verdict.value for verdict in DECIDED_BY_PEOPLE - {Verdict.DISPUTED}])

REMARKS: Final = {
    "nothing_published": (
        "举报人数未达到公布门槛，或无人举报：不公布任何内容",
        "Too few people reported it, or nobody did: nothing is published.",
    ),
    "waiting": ("有新的情况，正在等待重新评分", "Something is new; the number waits to be scored again."),
    "decided": ("结论由人工裁定，举报不能改变", "A person decided; reports do not change that."),
    "disputed": ("机主已提出异议，等待人工裁定", "Its owner disputes it; a person will decide."),
    "organisation": (
        "机构号码（400、95、96）：仅凭举报不会列入",
        "A line of an organisation (400, 95, 96): reports alone never list it.",
    ),
    "burst_held": (
        "新账号短时间内集中举报，暂缓计入，次日结束后复核",
        "A sudden crowd of fresh accounts: its reports are held until the end of the next day.",
    ),
    "stays_confirmed": (
        "现有证据已不足以重新确认：已确认的号码，在证据衰减到 0.60 以下之前保持确认；反对的举报不能单独撤销",
        "What is known now would not confirm it anew: once confirmed a number stays so until decay takes its evidence "
        "below 0.60; opposing reports alone do not end it.",
    ),
    "stays_suspected": (
        "仅有新账号反对：已列为疑似的号码不因此撤销",
        "Only fresh accounts oppose it: that alone does not end a suspicion.",
    ),
    "no_model": ("没有可用的评分模型：不会有新的结论", "There is no usable model: nothing new is concluded."),
}


class Named(NamedTuple):
    """How a condition is told."""

    zh: str
    en: str
    digits: int


CONDITIONS: Final = {
    "trust": Named("举报人群可信度", "trust in the crowd", 2),
    "classifier": Named("模型评分", "the model's score", 2),
    "without_strongest": Named("去掉最强关联组后的可信度", "trust without the strongest cluster", 2),
    "effective_clusters": Named("有效关联组数", "effective clusters", 1),
    "third_seasoned": Named("第三个资深关联组的证据", "evidence of the third seasoned cluster", 1),
}


def unexplained(number: Number, published: Published | None = None) -> Explanation:
    """Of a number of whose reports nothing may be told: the same whether or not it was reported."""
    told = published.verdict.verdict if published else ""
    is_told = told in DECIDED or told == DISPUTED
    remark = "disputed" if told == DISPUTED else "decided" if is_told else "nothing_published"
    return Explanation(
        number=number.key,
        kind=number.kind,
        verdict=published.verdict.verdict if published and is_told else "unknown",
        revision=published.revision if published and is_told else None,
        current_verdict=published.verdict.verdict if published and is_told else "unknown",
        classifier=None,
        trust=None,
        conditions=[],
        remarks=[_remark(remark)],
        signals_version=SIGNALS_VERSION,
    )


def explain(
    number: Number,
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    *,
    model: Classifier | None,
    today: int,
) -> Explanation:
    """Of a number of which something is published."""
    counted, held_from = outside_bursts(known.rows, today=today)
    terms = explain_trust(counted, kind=known.kind, today=today)
    score = assessment.classified
    return Explanation(
        number=number.key,
        kind=known.kind,
        verdict=published.verdict.verdict,
        revision=published.revision,
        current_verdict=assessment.verdict.value,
        classifier=_classifier(model, score, assessment.signals) if model and score else None,
        trust=_trust(assessment.trust, terms, assessment),
        conditions=_conditions(assessment.trust, _consent(model, score)),
        remarks=[
            _remark(code)
            for code, applies in {
                "waiting": assessment.verdict.value != published.verdict.verdict,
                "decided": known.ruling is not None and published.verdict.verdict in DECIDED,
                "disputed": published.verdict.verdict == DISPUTED,
                "organisation": known.kind in PROTECTED_KINDS,
                "burst_held": held_from is not None,
                "stays_confirmed": _only_stays(known, assessment, _consent(model, score)),
                "stays_suspected": assessment.verdict == Verdict.SUSPECTED
                and assessment.trust.probability < THRESHOLDS.suspected,
                "no_model": score is None,
            }.items()
            if applies
        ],
        signals_version=SIGNALS_VERSION,
    )


def _consent(model: Classifier | None, score: Score | None) -> float | None:
    return model.consent(score.probability) if model and score else None


def _only_stays(known: KnownNumber, assessment: Assessment, consent: float | None) -> bool:
    """Whether a number is confirmed only because it was."""
    anew = decide(assessment.trust, consent, THRESHOLDS, previous=Verdict.UNKNOWN, kind=known.kind)
    return Verdict.CONFIRMED == assessment.verdict != anew


def _classifier(model: Classifier, score: Score, signals: Signals) -> ClassifierPart:
    """Terms of the number's own reports one by one; what its neighbours add is only in the sum of the others."""
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
    """What a model reads, as the lower bound of the bands of answers; below one as tenths, rounded down."""
    if signal in ("kind", "sub_block"):
        return value
    return float(band(int(value))) if value >= 1.0 else math.floor(value * 10.0) / 10.0


def _reason(signal: str) -> ScoreReason | None:
    code = reason_of(signal)
    return ScoreReason(code=code, **REASON_CODES[code]._asdict()) if code else None


def _trust(trust: Trust, terms: TrustTerms, assessment: Assessment) -> TrustPart:
    return TrustPart(
        probability=told_below(trust.probability),
        without_strongest_cluster=told_below(trust.probability_without_strongest),
        effective_clusters=_clusters(trust.effective_clusters),
        prior=round(terms.prior, TERM_DIGITS),
        support=_side(terms.support),
        opposition=_side(terms.opposition),
        last_reported_on=date_of(assessment.last_day),
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
    """The lower bound of the step that evidence falls in: 0.4 gives 0.0, 7.9 gives 5.0."""
    return EVIDENCE_STEPS[bisect_right(EVIDENCE_STEPS, max(evidence, 0.0)) - 1]


def told_below(value: float, *, digits: int = 2) -> float:
    """Rounded down, so that what misses a threshold does not read as if it met it: 0.899 gives 0.89."""
    scale = 10.0**digits
    down = math.floor(value * scale) / scale
    return round(value, digits) if round(value, digits) <= value else down


def _clusters(effective: float) -> float:
    """To tenths where they decide, above that as the lower bound of a band."""
    return told_below(effective, digits=1) if effective < FEW_CLUSTERS else float(band(int(effective)))


def _conditions(trust: Trust, consent: float | None) -> list[Condition]:
    return [
        Condition(
            verdict=one.verdict,
            code=one.code,
            zh=CONDITIONS[one.code].zh,
            en=CONDITIONS[one.code].en,
            value=None if one.value is None else _told(one.code, one.value),
            needed=one.needed,
            is_met=one.is_met,
        )
        for one in conditions_of(trust, consent, THRESHOLDS)
    ]


def _told(code: str, value: float) -> float:
    if code == "effective_clusters":
        return _clusters(value)
    return told_below(value, digits=CONDITIONS[code].digits)


def _remark(code: str) -> ExplanationRemark:
    zh, en = REMARKS[code]
    return ExplanationRemark(code=code, zh=zh, en=en)
