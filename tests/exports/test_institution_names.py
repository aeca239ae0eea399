"""Names of institutions are brought together by rules and a list, and names that only look alike are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exports.institution_names import institution_of, written_name


@pytest.mark.parametrize(
    "written",
    [
        "某某金融",
        "某某金融有限公司",
        "某某金融股份有限公司",
        "某某金融（上海）有限公司",
        "某某金融(集团)",
        "  某某 金融  ",
        "某某金融客服",
        "我是某某金融的客服",
        "自称某某金融",
        "自称是某某金融催收部",
        "某某金融App",
        "某某金融有限责任公司（贷后）",
        "“某某金融”",
        "某某金融公司",
        "某某金融ＡＰＰ",
        "某某金融平台",
        "【某某金融】",
    ],
)
def test_ways_to_write_a_name_are_one(written: str) -> None:
    assert written_name(written) == "某某金融"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("中国工商银行股份有限公司（深圳分行）", "工商银行"),
        ("工行信用卡中心", "工商银行"),
        ("我是工商银行的客服", "工商银行"),
        ("招商银行信用卡中心", "招商银行"),
        ("招行", "招商银行"),
        ("工商银行南山支行", "工商银行"),
        ("微粒贷", "微众银行"),
        ("深圳前海微众银行股份有限公司", "微众银行"),
    ],
)
def test_banks_have_one_name_by_the_shipped_list(written: str, name: str) -> None:
    assert institution_of(written, {}) == name


def test_what_an_operator_added_goes_before_the_shipped_list() -> None:
    names = {"某某贷": "某某消费金融", "微粒贷": "另一家"}
    assert institution_of("某某贷App客服", names) == "某某消费金融"
    assert institution_of("微粒贷", names) == "另一家"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("某某金融", "某某金服"),
        ("上海某某", "北京某某"),
        ("工商银行", "工商局"),
        ("中信", "中信建投"),
        ("平安", "平安银行"),
        ("中信集团", "中信银行"),
        ("光大集团公司", "光大银行"),
        ("兴业", "兴业银行"),
        ("华夏公司", "华夏银行"),
        ("民生", "民生银行"),
        ("广发", "广发银行"),
    ],
)
def test_names_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert institution_of(one, {}) != institution_of(other, {})


@pytest.mark.parametrize("written", [None, "", "  ", "。。。"])
def test_nothing_names_no_institution(written: str | None) -> None:
    assert institution_of(written, {}) == ""


@pytest.mark.parametrize("written", ["公司", "有限公司", "客服", "app"])
def test_a_name_of_nothing_but_remarks_keeps_something(written: str) -> None:
    assert written_name(written)


def test_a_number_in_a_name_is_masked() -> None:
    assert "13800138000" not in institution_of("某某13800138000", {})


@given(st.text(max_size=300))
def test_a_name_is_bounded_and_stays_what_it_is(text: str) -> None:
    name = written_name(text)
    assert len(name) <= 60
    assert written_name(name) in (name, written_name(written_name(name)))
