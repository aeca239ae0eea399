"""A narrative suggests what it speaks of, and nothing that it denies."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.simulation.narratives import write_abusive, write_legitimate
from ml.simulation.styles import SIMULATED
from ml.words import VIOLATIONS
from service.suggestions.lexicon import suggest


def violations(narrative: str) -> set[str]:
    return {suggestion.violation for suggestion in suggest(narrative)}


def test_the_worked_value_of_the_comment() -> None:
    assert [
        (one.violation, [word.text for word in one.words]) for one in suggest("深夜打来骂我，没有威胁")
    ] == [
        ("insult", ["骂我"]),
        ("quiet_hours", ["深夜"]),
    ]


SPOKEN = {
    "threat": ["说再不还就让你好看", "恐吓我要卸胳膊", "扬言不会放过我"],
    "insult": ["一接通就破口大骂", "骂我是人渣", "满嘴脏话"],
    "frequency": ["一天打了三十多通", "每天都打", "不停地打电话", "每隔十分钟就打一次", "一天之内来了20次"],
    "third_party": ["打给我的同事和父母", "骚扰我通讯录里的朋友", "让我转告我表哥还钱", "单位领导也接到电话"],
    "impersonation": ["自称是公安局的", "冒充法院工作人员", "谎称律师事务所律师"],
    "disclosure": ["把我的欠款告诉了邻居", "泄露我的身份证号", "在业主群里发到群里曝光"],
    "quiet_hours": ["凌晨两点打来", "半夜还在打", "晚上11点多，清晨又打", "早上6点就来电"],
    "forged_document": ["发来伪造的法院传票", "律师函盖着假公章"],
    "fees_rollover": ["要先交2000元手续费", "劝我再借一笔来还", "砍头息"],
    "visit_threat": ["说明天上门", "要到我单位来闹", "派人堵在门口"],
    "image_abuse": ["把我的照片P成通缉令群发", "发裸照", "合成的照片"],
    "call_bombing": ["用呼死你", "短信轰炸", "几分钟打了上百个"],
    "robocall": ["接起来是机器人", "自动语音播报"],
    "wrong_person": ["我没有借过钱", "不是我欠的", "根本不认识这个人", "说过多次打错了"],
    "fraud": ["要求转到私人账户", "让我共享屏幕", "要我下载会议软件"],
    "spoofed_caller": ["回拨是空号", "每次换一个号码显示"],
    "after_refusal": ["明确拒绝后仍然打来", "说过不要再打，还在打"],
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_what_people_write_suggests_its_violation(violation: str) -> None:
    assert SPOKEN.get(violation), f"add to SPOKEN what people write when they report {violation}"
    for narrative in SPOKEN[violation]:
        assert violation in violations(narrative), (
            f"add to service/suggestions/words/{violation}.txt words of: {narrative}"
        )


@pytest.mark.parametrize("violation", SIMULATED)
def test_what_the_simulated_crowd_writes_suggests_its_violation(violation: str) -> None:
    rng = random.Random(1)
    for _ in range(10):
        assert violation in violations(write_abusive(rng, violations=[violation], institution=None))


@pytest.mark.parametrize(
    ("narrative", "violation"),
    [
        ("他没有威胁我", "threat"),
        ("对方并未上门", "visit_threat"),
        ("没有骂人，态度客气", "insult"),
        ("从未泄露我的信息", "disclosure"),
        ("不是机器人，是真人", "robocall"),
        ("没人打给我的家人", "third_party"),
        ("没有再半夜打来", "quiet_hours"),
    ],
)
def test_what_is_denied_is_not_suggested(narrative: str, violation: str) -> None:
    assert violation not in violations(narrative)


@pytest.mark.parametrize(
    ("narrative", "violation"),
    [
        ("没有礼貌，威胁我", "threat"),
        ("不停地打", "frequency"),
        ("再不还就上门", "visit_threat"),
        ("不还钱就曝光", "threat"),
    ],
)
def test_a_denial_of_something_else_denies_nothing(narrative: str, violation: str) -> None:
    assert violation in violations(narrative)


def test_a_legitimate_call_suggests_nothing() -> None:
    rng = random.Random(1)
    assert {frozenset(violations(write_legitimate(rng))) for _ in range(50)} == {frozenset()}
    assert suggest("请问明天下午方便送货吗") == []


LETTERS = st.one_of(
    st.characters(codec="utf-8"), st.sampled_from("没有不威脅上门打骂半夜群发照片崔收ＰＳ图，。 *😀")
)


@given(st.text(LETTERS, max_size=200))
def test_words_stand_where_they_are_said_to(narrative: str) -> None:
    for suggestion in suggest(narrative):
        assert suggestion.words
        for word in suggestion.words:
            assert narrative[word.start : word.end] == word.text != ""
