"""Digits that are no telephone number accuse nobody, and neither does a part of a number."""

from __future__ import annotations

import pytest

from ml.words import Kind
from service.numbers.mistyped import refuse_lost_digit
from service.numbers.parse import NumberError, NumberProblem, parse_number

MOBILE = "19790001234"

NO_NUMBER = [
    # amounts and counts
    "欠款95588", "欠95588", "本金10000", "本金10000元", "金额：10000", "借了10000", "RMB10000", "人民币10000", "CNY 10000",
    "10000多元", "10000余元", "10000人", "10000次", "被10086人标记", "10086名用户标记", "要还10086块钱", "罚息 95588.50",
    "欠款 95588 2次",
    # what identifies something else
    "工号95588", "工号：10086", "员工编号95001", "编号10086", "合同号4001234567", "合同编号 4001234567",
    "快递单号 4001234567",
    "流水号1069012345678", "卡号 955880001", "QQ号95588", "QQ 12345678", "qq:95588123", "微信号：12345678", "验证码123456",
    "您的验证码是123456", "密码123456", "邮编100086", "京A12345", "车牌京A12345", "（2026）京0105民初12345号",
    "(2026)粤0305民初10086号", "2026京民初12345号", "10.0.0.1:5060",
    "192.168.1.1", "1.2.3.4", "100.00", "955.88", "10000.00",
     "座位号12345", "房间号10086", "门牌号12321", "车次G12345", "股票代码 95588",
    "12345678@qq.com", "19790001234@163.com",
    "http://weixin.qq.com/r/95588", "www.12321.cn", "wxid_19790001234", "案件编号95001",
    "银行卡6222 0212 3456 7890 123", "order no. 4001234567",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBER)
def test_digits_that_say_what_else_they_are_are_no_number(text: str) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert refused.value.problem is NumberProblem.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *((f"{MOBILE}{behind}", f"+86{MOBILE}") for behind in
          ("（工号：10233）", "（被12345人标记）", " 订单号 202611300001", " QQ 12345678", " 欠款10000多元")),
        *((f"{before}{MOBILE}", f"+86{MOBILE}") for before in
          ("工号 1023 ", "（2026）京0105民初12345号 ", "QQ 12345678 电话 ", "银行卡6222 0212 3456 7890 123 ", "手机卡号",
    "微信同号",
           "Caller ID: ", "贷款", "欠款")),
        ("95588 欠5000", "95588"), ("欠5000元 95588", "95588"), ("网贷 95188", "95188"), ("95588人工客服", "95588"),
        ("95588次日又打", "95588"), ("95588名称", "95588"), ("信用卡95588", "95588"),
    ("短信端口号1069012345678", "1069012345678"),
        ("2026年来电95588号码", "95588"), ("2026年11月30日来电95588", "95588"), ("欠款 010-82345678", "+861082345678"),
        ("欠款 197 9000 1234", f"+86{MOBILE}"), ("95588.0", "95588"), ("95588等待", "95588"), ("95588……一天打八次", "95588"),
        ("010-82345678,801", "+861082345678"), ("010-82345678;801", "+861082345678"), ("010-82345678p801", "+861082345678"),
        (f"+86{MOBILE}w1#", f"+86{MOBILE}"), (f"086-{MOBILE}", f"+86{MOBILE}"), ("086-95588", "95588"),
        ("086 10 82345678", "+861082345678"), (f"14点05 {MOBILE}", f"+86{MOBILE}"), ("95588 14点05", "95588"),
        ("95588 03′05″", "95588"), ("95588 3'05''", "95588"), (f"11-29 {MOBILE}", f"+86{MOBILE}"),
        (f"11.29 {MOBILE}", f"+86{MOBILE}"), (f"26-11-29 {MOBILE}", f"+86{MOBILE}"), ("10-82345678", "+861082345678"),
        (f"sip:{MOBILE}@ims.mnc000.mcc460.3gppnetwork.org", f"+86{MOBILE}"), (f"{MOBILE} http://t.cn/123", f"+86{MOBILE}"),
        ("95588 2026/11/30 9:30", "95588"), ("2026/11/30 9:30 95588", "95588"), ("2026/11/30 09:30:15 95588", "95588"),
        ("2026-11-30T09:30:15+08:00 95588", "95588"), (f"2026-11-30 09:30:15 +0800 {MOBILE}", f"+86{MOBILE}"),
        (f"21:30 GMT+08:00 {MOBILE}", f"+86{MOBILE}"), (f"21:30 +86 {MOBILE}", f"+86{MOBILE}"),
        (f"21:30 +86{MOBILE}", f"+86{MOBILE}"), ("95588 3k", "95588"), ("95588 5G", "95588"), ("95588 4.5星", "95588"),
        ("<sip:95588@10.0.0.1:5060>", "95588"), ("95588@192.168.1.1", "95588"), ("197.9000.1234", "+8619790001234"),
        ("95588！！", "95588"), (f"★{MOBILE}", f"+86{MOBILE}"), ("95588★", "95588"), (f"出口{MOBILE}", f"+86{MOBILE}"),
    ],
)  # fmt: skip
def test_a_number_beside_them_is_still_read(text: str, key: str) -> None:
    assert parse_number(text).key == key


PARTS = [
    ("1979000w234", "not_a_number"), ("1979000p234", "not_a_number"),
    # what is said to be a part
    ("95588开头", "only_a_tail"), ("以95588开头的号码", "only_a_tail"), ("95588打头", "only_a_tail"),
    ("95588号段", "only_a_tail"),
    ("95588系列", "only_a_tail"), ("95588等号码", "only_a_tail"), ("95588等", "only_a_tail"), ("前五位95588", "only_a_tail"),
    ("前几位95588", "only_a_tail"), ("前缀95588", "only_a_tail"), ("前面是95588", "only_a_tail"),
    ("中间几位是95588", "only_a_tail"),
    ("95588后面忘了", "only_a_tail"), ("95588之后记不清", "only_a_tail"), ("begins with 95588", "only_a_tail"),
    ("后几位95588", "only_a_tail"),
    # signs in place of digits, also where the rest is a number
    ("95588…", "masked"), ("95588..", "masked"), ("95588 ......", "masked"), ("95588__", "masked"), ("95588??", "masked"),
    ("1069012345…", "masked"),
    ("95588⬜", "masked"), ("95588⬛⬛", "masked"), ("955🔲88", "masked"), ("95588☆☆", "masked"), ("955★88", "masked"),
    ("95588口口", "masked"), ("95588�", "masked"), ("⬜95588", "masked"),
    # strokes of Chinese in place of a 1
    ("ㄧ9790001234", "letter_for_digit"), ("丨9790001234", "letter_for_digit"), ("│9790001234", "letter_for_digit"),
    # a landline without its 0, or something abroad
    ("79123456789", "two_readings"), ("51987654321", "two_readings"), ("4522345678", "two_readings"),
    ("43123456789", "two_readings"), ("7 912 345 67 89", "two_readings"), ("(212) 555-0134", "two_readings"),
    ("212-555-0134", "two_readings"), ("415 555 0134", "two_readings"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), PARTS)
def test_a_part_of_a_number_and_a_number_of_two_countries_are_asked_for_again(
    text: str, problem: str
) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert refused.value.problem == problem


@pytest.mark.parametrize("text", ["3912345678", "9790001234", " 3102345678 ", "３９１２３４５６７８"])
def test_ten_digits_of_a_person_may_be_a_mobile_that_lost_its_first(text: str) -> None:
    number = parse_number(text)
    assert number.kind is Kind.FIXED, "what a telephone showed"
    with pytest.raises(NumberError) as refused:
        refuse_lost_digit(text, number)
    assert refused.value.problem is NumberProblem.TWO_READINGS


@pytest.mark.parametrize(
    "text", ["0391-2345678", "(391) 2345678", "1082345678", "4006998888", "+863912345678"]
)
def test_a_landline_with_its_zero_or_its_groups_lost_none(text: str) -> None:
    refuse_lost_digit(text, parse_number(text))
