"""A typing error is told as one; a spoofed number is one that a telephone showed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from service.edge.validation import field_errors, number_message
from service.numbers.mistyped import refuse_typing_error
from service.numbers.parse import NumberError, parse_number
from service.reports.schemas import Report


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("1979000123", "手机号码应为 11 位，您写了 10 位", "A mobile number has 11 digits; you wrote 10"),
        ("197 9000 12345", "手机号码应为 11 位，您写了 12 位", "A mobile number has 11 digits; you wrote 12"),
        (
            "+86 197 9000 123",
            "手机号码应为 11 位，您写了 10 位",
            "A mobile number has 11 digits; you wrote 10",
        ),
        ("86197900012345", "手机号码应为 11 位，您写了 12 位", "A mobile number has 11 digits; you wrote 12"),
        ("0197900012", "手机号码应为 11 位，您写了 9 位", "A mobile number has 11 digits; you wrote 9"),
        (
            "17951 1979000123",
            "手机号码应为 11 位，您写了 10 位",
            "A mobile number has 11 digits; you wrote 10",
        ),
        ("1979000", "手机号码应为 11 位，您写了 7 位", "A mobile number has 11 digits; you wrote 7"),
        (
            "400-699-888",
            "400/800 号码应为 10 位，您写了 9 位",
            "A 400 or 800 number has 10 digits; you wrote 9",
        ),
        (
            "400-699-88881",
            "400/800 号码应为 10 位，您写了 11 位",
            "A 400 or 800 number has 10 digits; you wrote 11",
        ),
        (
            "010-8234567",
            "区号 010 后的号码应为 8 位，您写了 7 位",
            "behind the area code 010 has 8 digits; you wrote 7",
        ),
        (
            "010-823456789",
            "区号 010 后的号码应为 8 位，您写了 9 位",
            "behind the area code 010 has 8 digits; you wrote 9",
        ),
        ("9558", "95 号码应为 5 至 12 位，您写了 4 位", "A 95 number has 5 to 12 digits; you wrote 4"),
        ("9611012", "96 号码应为 5 或 6 位，您写了 7 位", "A 96 number has 5 or 6 digits; you wrote 7"),
        (
            "1232",
            "1 开头的短号应为 5 位，您写了 4 位",
            "A short number that begins with 1 has 5 digits; you wrote 4",
        ),
        ("15402345678", "没有这样的号码", "There is no such number"),
        ("+852 2345 678", "没有这样的号码", "There is no such number"),
        ("+1 202 555 010", "号码太短", "The number is too short"),
        ("440301199001011234", "号码太长", "The number is too long"),
        (
            "+868619790001234",
            "第 4 个字符处有第二个国家代码",
            "At character 4 there is a second country code",
        ),
    ],
)
def test_a_typing_error_is_told_as_one(text: str, zh: str, en: str) -> None:
    with pytest.raises(NumberError) as refused:
        refuse_typing_error(parse_number(text))
    told_zh, told_en = number_message(refused.value)
    assert zh in told_zh
    assert en in told_en


@pytest.mark.parametrize(
    "text", ["+008613800138000", "00110", "+86110", "010086", "000", "+000", "0008613800138000"]
)
def test_what_nobody_types_by_mistake_is_left_as_it_is(text: str) -> None:
    refuse_typing_error(parse_number(text))


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"\+?[0-9]{3,20}", fullmatch=True))
def test_no_number_that_exists_is_called_a_typing_error(text: str) -> None:
    try:
        number = parse_number(text)
    except NumberError:
        return
    if not number.suspected_spoofing:
        refuse_typing_error(number)


def report(**fields: str) -> Report:
    return Report.model_validate({"occurred_at": "2026-03-01T12:00:00+08:00", **fields})


def test_a_person_is_asked_and_a_telephone_believed() -> None:
    for number in ("1979000123", "+86 1979000123", "15402345678"):
        with pytest.raises(ValidationError) as refused:
            report(number=number)
        (error,) = field_errors(refused.value.errors(include_url=False))
        assert error.field == "number"
        assert "number_from" in error.zh
        assert "number_from" in error.en
        shown, _ = report(number=number, number_from="telephone").number
        assert shown.suspected_spoofing
    assert report(number="+0086110").number[0].suspected_spoofing
    assert not report(number="19790001234").number[0].suspected_spoofing
