"""What holds for every number: keys parse to themselves, and our fast paths decide as phonenumbers does."""

from __future__ import annotations

import contextlib

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from ml.words import Kind
from service.numbers.parse import Number, NumberError, candidate_key, parse_number
from service.numbers.readings import _RUN

DIGITS = "0123456789"
REGIONS = st.sampled_from(["CN", "US", "HK", "GB", "CA"])


def digits(low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=low, max_size=high)


def behind(*heads: str, low: int, high: int) -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(heads), digits(low, high))


CHINESE = st.one_of(
    behind("13", "15", "170", "18", "1979", "14", "16", "174", low=7, high=9),
    behind("010", "021", "0755", "0955", "0571", "10", "755", "955", low=3, high=9),
    behind("95", "96", "400", "800", "100", "101", "106", "11", "12", low=1, high=12),
    behind("+86", "0086", "86", "17951", "+", "00", "+0086", "+852", "+1650", "+44", low=0, high=13),
    digits(1, 21),
)
SPACED = st.text("0123456789 -+()（）／/转次、 \u200bx#.@无", max_size=30)
ANYTHING = st.one_of(CHINESE, SPACED, st.text(max_size=40), st.text(st.characters(), max_size=250))

KIND_OF_TYPE = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.SERVICE_400,
    PhoneNumberType.SHARED_COST: Kind.SERVICE_400,
}


def parsed(text: str, region: str = "CN") -> Number | None:
    try:
        return parse_number(text, region)
    except NumberError:
        return None


@settings(max_examples=1500, deadline=None)
@given(ANYTHING, REGIONS)
@example("+008613800138000", "CN")
@example("！13800138000", "CN")
@example("13800138000", "US")
@example("021-962288", "CN")
def test_the_key_of_every_number_parses_to_the_same_number(text: str, region: str) -> None:
    number = parsed(text, region)
    if number is not None:
        assert parse_number(number.key) == number


@settings(max_examples=1000, deadline=None)
@given(CHINESE)
@example("+44207946000")
@example("+861065795555")
def test_a_candidate_key_is_the_key_of_every_valid_number(text: str) -> None:
    number, candidate = parsed(text), candidate_key(text)
    if number is not None and number.kind is not Kind.IMPOSSIBLE and candidate is not None:
        assert candidate == number.key


@settings(max_examples=500, deadline=None)
@given(
    st.builds(
        str.__add__, st.sampled_from(["+", "+86", "+861", "+8675", "+852", "+33", "+39"]), digits(5, 14)
    )
)
def test_a_candidate_key_is_given_for_clean_e164_or_left_to_the_parser(text: str) -> None:
    number, candidate = parsed(text), candidate_key(text)
    assert candidate in (None, text)
    complete = number is not None and number.kind in (Kind.MOBILE, Kind.INTERNATIONAL) and number.key == text
    if complete and len(text) > len("+1234567"):
        assert candidate == text


@settings(max_examples=500, deadline=None)
@given(ANYTHING, REGIONS)
def test_the_dialled_form_leads_back_and_starts_no_formula(text: str, region: str) -> None:
    number = parsed(text, region)
    if number is None or number.kind is Kind.IMPOSSIBLE:
        return
    assert number.dialled[:1] not in ("+", "-", "=", "@")
    assert parse_number(number.dialled) == number


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_hashed_digits_are_plus_and_no_leading_zero(text: str) -> None:
    number = parsed(text)
    if number is None or number.kind in (Kind.IMPOSSIBLE, Kind.WITHHELD):
        return
    assert number.e164_digits[0] == "+"
    assert number.e164_digits[1:].isdigit()
    assert not number.e164_digits.startswith("+860")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.none(), st.integers(), st.binary(), st.floats(), st.text(st.characters(), max_size=300)))
def test_only_number_errors_are_raised(value: object) -> None:
    with contextlib.suppress(NumberError):
        assert isinstance(parse_number(value), Number)  # type: ignore[arg-type]  # bad on purpose


NATIONAL = st.one_of(
    behind("13", "14", "15", "16", "17", "18", "19", low=9, high=9),
    behind("10", "20", "21", "28", "755", "571", "955", "433", "851", "898", "978", low=7, high=9),
    behind("400", "800", "10800", "21800", low=7, high=7),
    behind("950", low=7, high=8),
    digits(10, 12).filter(lambda text: text[0] != "0"),
)


def unlisted(national: str) -> bool:
    """Ranges in use that phonenumbers does not hold valid."""
    return len(national) == 11 and national.startswith(("146", "148", "149", "1410", "1740", "1741"))


@settings(max_examples=1500, deadline=None)
@given(NATIONAL)
@example("1065795555")
@example("1234567890")
def test_the_chinese_plan_decides_as_phonenumbers_does(national: str) -> None:
    """Validity, E.164 and kind of all national numbers of ten digits or more."""
    number = parse_number(f"+86{national}")
    oracle = phonenumbers.parse(f"+86{national}")
    repaired = phonenumbers.format_number(oracle, phonenumbers.PhoneNumberFormat.E164) != f"+86{national}"
    if repaired or not phonenumbers.is_valid_number(oracle):
        code = number.key == national and number.kind in (Kind.SMS_PORT, Kind.SERVICE_95, Kind.PUBLIC_SERVICE)
        assert code or number.kind is (Kind.MOBILE if unlisted(national) else Kind.IMPOSSIBLE)
    elif national.startswith("950"):
        assert (number.key, number.kind) == (national, Kind.SERVICE_95)
    else:
        assert number.key == f"+86{national}"
        assert number.kind is KIND_OF_TYPE[phonenumbers.number_type(oracle)]


@settings(max_examples=500, deadline=None)
@given(behind("13", "15", "18", "1979", "146", low=7, high=9))
def test_every_way_of_writing_a_mobile_gives_the_same_number(national: str) -> None:
    number = parsed(f"+86{national}")
    if number is None or number.kind is not Kind.MOBILE:
        return
    for text in (
        national,
        f"86{national}",
        f"0086{national}",
        f"0{national}",
        f"17951{national}",
        f"电话 {national}",
    ):
        assert parse_number(text) == number


@settings(max_examples=500, deadline=None)
@given(behind("010", "021", "0755", "0955", "0571", low=7, high=8))
def test_every_way_of_writing_a_landline_gives_the_same_number(dialled: str) -> None:
    number = parsed(dialled)
    if number is None or number.kind is not Kind.FIXED:
        return
    for text in (
        f"+86{dialled[1:]}",
        f"0086{dialled[1:]}",
        f"+86 {dialled}",
        f"17909{dialled}",
        f"{dialled}转8",
    ):
        assert parse_number(text) == number


AREAS = [str(area) for area in range(200, 1000)]


@settings(max_examples=2000, deadline=None)
@given(
    st.builds(
        str.__add__, st.sampled_from(AREAS), st.one_of(behind(*"23456789", low=6, high=6), digits(7, 7))
    )
)
@example("5232012345")
@example("8002345678")
@example("6002345678")
@example("8292345678")
def test_the_north_american_plan_decides_as_phonenumbers_does(national: str) -> None:
    """Validity, E.164 and country of ten digits."""
    number = parsed(national, "US")
    assert number is not None
    oracle = phonenumbers.parse(f"+1{national}")
    if phonenumbers.is_valid_number(oracle):
        region = phonenumbers.region_code_for_number(oracle)
        assert (number.key, number.kind, number.region) == (f"+1{national}", Kind.INTERNATIONAL, region)
    else:
        assert number.key == f"!{national}"


def test_every_north_american_area_code_has_the_country_that_phonenumbers_gives() -> None:
    for area in AREAS:
        oracle = phonenumbers.parse(f"+1{area}2345678")
        region = phonenumbers.region_code_for_number(oracle) if phonenumbers.is_valid_number(oracle) else None
        assert parse_number(f"{area}2345678", "US").region == region, area


@pytest.mark.parametrize("before", ["(", " ", "( ", "（"])
def test_brackets_and_spaces_begin_no_number_as_each_would_be_tried(before: str) -> None:
    assert _RUN.match(before * 50 + "19790001234") is None
    assert parse_number(before * 50 + "19790001234").key == "+8619790001234"
    assert parse_number(f"+{before}86{before}19790001234").key == "+8619790001234"
