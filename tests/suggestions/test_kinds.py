"""The kinds of what people write: each is read for what it says has happened."""

import pytest

from service.suggestions.lexicon import suggest


def violations(narrative: str) -> set[str]:
    return {suggestion.violation for suggestion in suggest(narrative)}


@pytest.mark.parametrize(
    ("narrative", "expected"),
    [
        # numerals, also as words
        ("一天打了二十多个", {"frequency"}),
        ("上午来了11通电话", {"frequency"}),
        ("一小时之内六个未接", {"frequency"}),
        ("They called 15 times yesterday", {"frequency"}),
        # hours
        ("晚上10点45打来的", {"quiet_hours"}),
        ("早七点不到就打来催款", {"quiet_hours"}),
        ("phone rang at 3am, it was the collector", {"quiet_hours"}),
        # traditional letters, wide letters, dialect, errors and abbreviations
        ("威脅說要弄死我", {"threat"}),
        ("被ＰＳ圖發到群組", {"image_abuse"}),
        ("叫佢唔好再打，佢照打", {"after_refusal"}),
        ("崔 收威协我，要弄死我", {"threat"}),
        ("hsn轰炸我", {"call_bombing"}),
        ("ji器人打的", {"robocall"}),
        # spelt by the sound, as a voice or a filter makes it
        ("摧手威xie说要弄死我", {"threat"}),
        ("cui收半ye打过来催款", {"quiet_hours"}),
        ("机七忍打来的催款电话", {"robocall"}),
        # gaps between verb and object
        ("联系了我大学时的室友", {"third_party"}),
        ("把我欠了多少钱的事贴在小区门口", {"disclosure"}),
        # several at once
        ("凌晨一点打过来骂我是废物", {"quiet_hours", "insult"}),
        ("自称公安，说今晚就来抓我", {"impersonation", "threat"}),
        # the past counts
        ("以前骂我，现在不骂了", {"insult"}),
        # a condition that the collector states
        ("他说要是再不接电话就找人打断我的腿", {"threat"}),
        # an announcement is a threat until it is done
        ("再不还就爆我通讯录", {"threat"}),
        ("把我的通讯录爆了", {"third_party"}),
        # a question that also says that it happened
        ("昨晚十一点打来催我，合法吗", {"quiet_hours"}),
    ],
)
def test_what_has_happened_is_suggested(narrative: str, expected: set[str]) -> None:
    assert violations(narrative) == expected


@pytest.mark.parametrize(
    "narrative",
    [
        # denied, also further back and in a row
        "他没有说过要上门，也没威胁、没骂人",
        "Nobody threatened me, and they never called my family",
        # two or three a day are not many
        "一天打了两个电话",
        # feared, supposed, dreamt
        "怕他们会打给我父母",
        "如果被P图怎么办",
        "昨晚梦见催收上门",
        "I'm worried they will come to my house",
        # asked in general
        "呼死你是什么软件",
        "半夜打电话违法吗",
        # read or heard of
        "新闻里说催收爆通讯录被罚",
        "听说那家公司会上门",
        # the writer's own deeds
        "我骂了催收一顿",
        "我给客服打了二十个电话",
        # no collection
        "快递小哥打了十个电话",
        "推销电话一天打十个",
        "我妈半夜打电话问我吃没吃",
        "法院打来通知开庭，核实过是真的",
        # lawful
        "说会依法起诉，语气平和",
        "客服给我减免了利息",
    ],
)
def test_what_has_not_happened_is_not_suggested(narrative: str) -> None:
    assert violations(narrative) == set()


def test_words_are_told_as_they_were_written() -> None:
    found = {
        one.violation: [word.text for word in one.words] for one in suggest("😀呼 死 你 軟件，崔收還威脅我")
    }
    assert found == {"call_bombing": ["呼 死 你"], "threat": ["威脅"]}
