"""What explanations say in words: conditions and remarks in both languages, values as coarse as answers are."""

import math
from typing import Final, NamedTuple

from ml.conditions import VerdictCondition
from service.explanations.schemas import Condition, ExplanationRemark
from service.verdicts.verdict import band

FEW_CLUSTERS: Final = 5.0

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


def round_down(value: float, *, digits: int = 2) -> float:
    """Return the value rounded down, so that it does not seem to meet a threshold that it misses: 0.899 gives 0.89."""
    scale = 10.0**digits
    down = math.floor(value * scale) / scale
    return round(value, digits) if round(value, digits) <= value else down


def clusters(effective: float) -> float:
    """Return effective clusters to tenths where they decide, above that as the lower bound of a band."""
    return round_down(effective, digits=1) if effective < FEW_CLUSTERS else float(band(int(effective)))


def condition(one: VerdictCondition) -> Condition:
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
        return clusters(value)
    return round_down(value, digits=CONDITIONS[code].digits)


def remark(code: str) -> ExplanationRemark:
    zh, en = REMARKS[code]
    return ExplanationRemark(code=code, zh=zh, en=en)
