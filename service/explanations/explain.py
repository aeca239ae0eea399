"""Puts an explanation together from what scoring concludes, by the functions with which it concludes."""

from typing import Final

from ml.bursts import outside_bursts
from ml.classifier import Classifier, Score
from ml.explanation import Side, TrustTerms, explain_trust
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION, Signals
from ml.trust import DECIDED_BY_PEOPLE, PROTECTED_KINDS, Thresholds, Trust, Verdict
from service.days import date_of
from service.explanations.schemas import (
    ClassifierPart,
    Condition,
    Explanation,
    Remark,
    SidePart,
    Term,
    TrustPart,
)
from service.lookup.router import Reason
from service.numbers import Number
from service.scoring.assess import THRESHOLDS, Assessment, told_probability
from service.scoring.store import KnownNumber
from service.verdicts.store import Published
from service.verdicts.verdict import band

LEAST_TERM: Final = 0.05  # log-odds; less is no explanation
DIGITS: Final = 2
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
        "已确认的号码，在证据衰减到 0.60 以下之前保持确认；反对的举报不能单独撤销",
        "Once confirmed it stays so until decay takes its evidence below 0.60; opposing reports alone do not end it.",
    ),
    "no_model": ("没有可用的评分模型：不会有新的结论", "There is no usable model: nothing new is concluded."),
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
        conditions=_conditions(
            assessment.trust, model.consent(score.probability) if model and score else None, THRESHOLDS
        ),
        remarks=[_remark(code) for code in _remarks(known, assessment, published, held_from=held_from)],
        signals_version=SIGNALS_VERSION,
    )


def _classifier(model: Classifier, score: Score, signals: Signals) -> ClassifierPart:
    told = sorted(
        [place for place, term in enumerate(score.terms) if abs(term) >= LEAST_TERM],
        key=lambda place: -abs(score.terms[place]),
    )
    terms = [
        Term(
            signal=FEATURES[place],
            value=_coarse(FEATURES[place], signals[place]),
            log_odds=round(score.terms[place], DIGITS),
            reason=_reason(FEATURES[place]) if score.terms[place] > 0.0 else None,
        )
        for place in told
    ]
    return ClassifierPart(
        probability=told_probability(score.probability),
        log_odds=round(score.log_odds, DIGITS),
        intercept=round(model.intercept, DIGITS),
        terms=terms,
        others=round(sum(score.terms) - sum([score.terms[place] for place in told]), DIGITS),
        model=model.version,
    )


def _coarse(signal: str, value: float) -> float:
    """Counts as lower bounds of the bands of answers, everything between whole numbers to tenths."""
    if value == int(value) and signal not in ("kind", "sub_block"):
        return float(band(int(value)))
    return round(value, 1)


def _reason(signal: str) -> Reason | None:
    code = reason_of(signal)
    return Reason(code=code, **REASON_CODES[code]._asdict()) if code else None


def _trust(trust: Trust, terms: TrustTerms, assessment: Assessment) -> TrustPart:
    return TrustPart(
        probability=round(trust.probability, DIGITS),
        without_strongest_cluster=round(trust.probability_without_strongest, DIGITS),
        effective_clusters=round(trust.effective_clusters, 1),
        prior=round(terms.prior, DIGITS),
        support=_side(terms.support),
        opposition=_side(terms.opposition),
        last_reported_on=date_of(assessment.last_day),
    )


def _side(side: Side) -> SidePart:
    return SidePart(
        reported=round(side.reported, DIGITS),
        after_decay=round(side.left, DIGITS),
        seasoned=round(side.seasoned, DIGITS),
        fresh=round(side.fresh, DIGITS),
        fresh_before_cap=round(side.fresh_before_pool, DIGITS),
        capped_clusters=band(side.capped_clusters),
    )


def _conditions(trust: Trust, probability: float | None, thresholds: Thresholds) -> list[Condition]:
    """What each verdict takes, as `ml.trust.decide` asks for it."""
    table = (
        ("suspected", "trust", "举报人群可信度", "trust in the crowd", trust.probability, thresholds.suspected),
        ("suspected", "classifier", "模型评分", "the model's score", probability, thresholds.classifier_suspected),
        ("confirmed", "trust", "举报人群可信度", "trust in the crowd", trust.probability, thresholds.confirmed),
        ("confirmed", "without_strongest", "去掉最强关联组后的可信度", "trust without the strongest cluster",
         trust.probability_without_strongest, thresholds.confirmed_without_strongest),
        ("confirmed", "effective_clusters", "有效关联组数", "effective clusters",
         trust.effective_clusters, thresholds.confirmed_clusters),
        ("confirmed", "third_seasoned", "第三个资深关联组的证据", "evidence of the third seasoned cluster",
         trust.third_seasoned, thresholds.confirmed_third_seasoned),
        ("confirmed", "classifier", "模型评分", "the model's score", probability, thresholds.classifier_confirmed),
    )  # fmt: skip
    return [
        Condition(
            verdict=verdict,
            code=code,
            zh=zh,
            en=en,
            value=None if value is None else round(value, DIGITS),
            needed=needed,
            is_met=value is not None and value >= needed,
        )
        for verdict, code, zh, en, value, needed in table
    ]


def _remarks(
    known: KnownNumber,
    assessment: Assessment,
    published: Published,
    *,
    held_from: int | None,
) -> list[str]:
    verdict = published.verdict.verdict
    applies = {
        "waiting": assessment.verdict.value != verdict,
        "decided": known.ruling is not None and verdict in DECIDED,
        "disputed": verdict == DISPUTED,
        "organisation": known.kind in PROTECTED_KINDS,
        "burst_held": held_from is not None,
        "stays_confirmed": assessment.verdict == Verdict.CONFIRMED,
        "no_model": assessment.classified is None,
    }
    return [code for code, is_so in applies.items() if is_so]


def _remark(code: str) -> Remark:
    zh, en = REMARKS[code]
    return Remark(code=code, zh=zh, en=en)
