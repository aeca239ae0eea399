"""Every row of the table of Chinese caller IDs: what is written, and what it is."""

from __future__ import annotations

import pytest

from ml.words import Kind
from service.numbers.parse import NumberError, NumberProblem, parse_number

MOBILE = "+8613800138000"

WRITTEN = [
    # mobile, however it is written
    ("13800138000", MOBILE, Kind.MOBILE),
    ("+86 138-0013-8000", MOBILE, Kind.MOBILE),
    ("008613800138000", MOBILE, Kind.MOBILE),
    ("0086 138 0013 8000", MOBILE, Kind.MOBILE),
    ("8613800138000", MOBILE, Kind.MOBILE),
    ("１３８００１３８０００", MOBILE, Kind.MOBILE),
    ("＋８６－138－0013－8000", MOBILE, Kind.MOBILE),
    ("013800138000", MOBILE, Kind.MOBILE),
    ("17951 13800138000", MOBILE, Kind.MOBILE),
    ("1259313800138000", MOBILE, Kind.MOBILE),
    ("17909013800138000", MOBILE, Kind.MOBILE),
    ("17909 010-82345678", "+861082345678", Kind.FIXED),
    ("17951 00852 23456789", "+85223456789", Kind.INTERNATIONAL),
    ("14600001234", "+8614600001234", Kind.MOBILE),
    # landlines
    ("010-12345678", "+861012345678", Kind.FIXED),
    ("0755-83765566", "+8675583765566", Kind.FIXED),
    ("75583765566", "+8675583765566", Kind.FIXED),
    ("(0571)88888888", "+8657188888888", Kind.FIXED),
    ("+86 (0)10 8234 5678", "+861082345678", Kind.FIXED),
    ("86-0755-83765566", "+8675583765566", Kind.FIXED),
    # shared cost, free and leased codes
    ("400-699-8888", "+864006998888", Kind.SERVICE_400),
    ("4008001234", "+864008001234", Kind.SERVICE_400),
    ("8008208388", "+868008208388", Kind.SERVICE_400),
    ("+86 400 699 8888", "+864006998888", Kind.SERVICE_400),
    ("10109777", "10109777", Kind.SERVICE_400),
    ("+8610109777", "10109777", Kind.SERVICE_400),
    # 95 codes, and the landline in Ningxia with the same digits
    ("95588", "95588", Kind.SERVICE_95),
    ("95533", "95533", Kind.SERVICE_95),
    ("95013", "95013", Kind.SERVICE_95),
    ("951234", "951234", Kind.SERVICE_95),
    ("95013123", "95013123", Kind.SERVICE_95),
    ("+8695588", "95588", Kind.SERVICE_95),
    ("021-95561", "95561", Kind.SERVICE_95),
    ("+8695196123", "95196123", Kind.SERVICE_95),
    ("9552812345", "9552812345", Kind.SERVICE_95),
    ("0955-2812345", "+869552812345", Kind.FIXED),
    ("+869552812345", "+869552812345", Kind.FIXED),
    # 96 codes, with the area where it is given
    ("96110", "96110", Kind.SERVICE_96),
    ("962288", "962288", Kind.SERVICE_96),
    ("021-962288", "021962288", Kind.SERVICE_96),
    ("+8621962288", "021962288", Kind.SERVICE_96),
    ("0871-96533", "087196533", Kind.SERVICE_96),
    # public services
    ("10086", "10086", Kind.PUBLIC_SERVICE),
    ("+8610086", "10086", Kind.PUBLIC_SERVICE),
    ("1008611", "1008611", Kind.PUBLIC_SERVICE),
    ("12321", "12321", Kind.PUBLIC_SERVICE),
    ("12378", "12378", Kind.PUBLIC_SERVICE),
    ("0755-12345", "12345", Kind.PUBLIC_SERVICE),
    ("110", "110", Kind.PUBLIC_SERVICE),
    ("11183", "11183", Kind.PUBLIC_SERVICE),
    ("10188", "10188", Kind.PUBLIC_SERVICE),
    # SMS ports, up to 20 digits
    ("1069012345678", "1069012345678", Kind.SMS_PORT),
    ("10690123456789012345", "10690123456789012345", Kind.SMS_PORT),
    ("+861069012345678", "1069012345678", Kind.SMS_PORT),
    ("1065795555", "1065795555", Kind.SMS_PORT),
    # abroad
    ("+85223456789", "+85223456789", Kind.INTERNATIONAL),
    ("00852-23456789", "+85223456789", Kind.INTERNATIONAL),
    ("+1 650-253-0000", "+16502530000", Kind.INTERNATIONAL),
    ("+44 (0)20 7946 0000", "+442079460000", Kind.INTERNATIONAL),
    # withheld
    *(
        (text, "withheld", Kind.WITHHELD)
        for text in ("未知号码", "无", "anonymous", "", "  ", "No Caller ID", "—")
    ),
    # impossible caller IDs
    ("+008613800138000", "!+008613800138000", Kind.IMPOSSIBLE),
    ("0008613800138000", "!0008613800138000", Kind.IMPOSSIBLE),
    ("00110", "!00110", Kind.IMPOSSIBLE),
    ("+86110", "!+86110", Kind.IMPOSSIBLE),
    ("010086", "!010086", Kind.IMPOSSIBLE),
    ("179511069012345678", "!179511069012345678", Kind.IMPOSSIBLE),
    ("000", "!000", Kind.IMPOSSIBLE),
    ("+000", "!+000", Kind.IMPOSSIBLE),
    ("12900138000", "!12900138000", Kind.IMPOSSIBLE),
    ("15400138000", "!15400138000", Kind.IMPOSSIBLE),
    ("+86 82345678", "!+8682345678", Kind.IMPOSSIBLE),
    ("+4402079460000", "!+4402079460000", Kind.IMPOSSIBLE),
    ("6502530000", "!6502530000", Kind.IMPOSSIBLE),
]


@pytest.mark.parametrize(("text", "key", "kind"), WRITTEN)
def test_a_written_caller_id_has_one_key_and_kind(text: str, key: str, kind: Kind) -> None:
    number = parse_number(text)
    assert (number.key, number.kind) == (key, kind)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("82345678", NumberProblem.AREA_CODE_NEEDED),
        ("8234-567", NumberProblem.AREA_CODE_NEEDED),
        ("82345678转801", NumberProblem.AREA_CODE_NEEDED),
        ("hello", NumberProblem.NOT_A_NUMBER),
        ("第3次", NumberProblem.NOT_A_NUMBER),
        ("1-800-FLOWERS", NumberProblem.NOT_A_NUMBER),
        ("1.38E+10", NumberProblem.ROUNDED),
        ("138OO138000", NumberProblem.LETTER_FOR_DIGIT),
        ("+", NumberProblem.NOT_A_NUMBER),
        ("12", NumberProblem.TOO_SHORT),
        ("+1", NumberProblem.TOO_SHORT),
        ("1" * 21, NumberProblem.TOO_LONG),
        ("1" * 1_000_000, NumberProblem.TOO_LONG),
        ("13800138000 19790001234", NumberProblem.SEVERAL_NUMBERS),
        ("13800138000、19790001234", NumberProblem.SEVERAL_NUMBERS),
        ("13800138000或19790001234", NumberProblem.SEVERAL_NUMBERS),
        ("13800138000（妻子19790001234）", NumberProblem.SEVERAL_NUMBERS),
        ("010-82345678/79", NumberProblem.SEVERAL_NUMBERS),
        ("20240501 13800138000", NumberProblem.SEVERAL_NUMBERS),
    ],
)
def test_what_is_no_single_number_is_refused_with_its_reason(text: str, problem: NumberProblem) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert refused.value.problem is problem


@pytest.mark.parametrize(
    "text",
    [
        "13800138000转5",
        "13800138000 转 5",
        "13800138000（广东深圳）",
        "13800138000【催收】",
        "电话：13800138000",
        "手机13800138000",
        "Tel: 13800138000",
        "13800138000 3次",
        "今天13800138000打了5次",
        "13800138000.0",
        '="13800138000"',
        "138\u200b0013\u200b8000\u202c",
        "\u202a+86 138\xa00013\xa08000\u202c",
        "138–0013—8000",
        "138·0013·8000",
        "١٣٨٠٠١٣٨٠٠٠",
        "tel:+86-138-0013-8000;ext=5",
        "sip:+8613800138000@10.0.0.1",
    ],
)
def test_labels_remarks_and_decoration_are_taken_away(text: str) -> None:
    assert parse_number(text).key == MOBILE


@pytest.mark.parametrize(
    "text", ["010-82345678-801", "010-82345678转801", "010-82345678 ext. 801", "010-82345678#8"]
)
def test_an_extension_does_not_change_the_landline(text: str) -> None:
    assert parse_number(text).key == "+861082345678"


@pytest.mark.parametrize(
    ("text", "sub_block"),
    [("95588", "955"), ("95013123", "950"), ("951234", "951"), ("9552812345", "955"), ("96110", None)],
)
def test_a_95_code_carries_its_sub_block(text: str, sub_block: str | None) -> None:
    assert parse_number(text).sub_block == sub_block


@pytest.mark.parametrize(
    ("text", "dialled", "hashed"),
    [
        ("+8619790001234", "19790001234", "+8619790001234"),
        ("+861082345678", "010-82345678", "+861082345678"),
        ("0755 8376 5566", "0755-83765566", "+8675583765566"),
        ("+864006998888", "4006998888", "+864006998888"),
        ("95588", "95588", "+8695588"),
        ("021962288", "021-962288", "+8621962288"),
        ("+85223456789", "00852-23456789", "+85223456789"),
        ("+16502530000", "001-6502530000", "+16502530000"),
        ("+008613800138000", "008613800138000", "+008613800138000"),
        ("未知号码", "", ""),
    ],
)
def test_a_number_is_dialled_and_hashed_in_one_way(text: str, dialled: str, hashed: str) -> None:
    number = parse_number(text)
    assert (number.dialled, number.e164_digits) == (dialled, hashed)


def test_the_ningxia_landline_and_the_95_code_share_digits_but_no_key() -> None:
    code, landline = parse_number("9552812345"), parse_number("0955-2812345")
    assert code.key != landline.key
    assert code.e164_digits == landline.e164_digits


@pytest.mark.parametrize(
    ("text", "scored"), [("10086", False), ("", False), ("95588", True), ("00110", True)]
)
def test_public_services_and_withheld_numbers_are_never_scored(text: str, scored: bool) -> None:
    assert parse_number(text).scored is scored


@pytest.mark.parametrize("text", [text for text, _key, _kind in WRITTEN])
def test_only_impossible_caller_ids_are_suspected_of_spoofing(text: str) -> None:
    number = parse_number(text)
    assert number.suspected_spoofing is (number.kind is Kind.IMPOSSIBLE)


@pytest.mark.parametrize("value", [None, b"13800138000", 13800138000, 1.5, [], object(), "\ud800", "\0"])
def test_nothing_but_a_number_error_is_raised(value: object) -> None:
    with pytest.raises(NumberError):
        parse_number(value)  # type: ignore[arg-type]  # bad on purpose


@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("6502530000", "US", "+16502530000"),
        ("1 (650) 253-0000", "US", "+16502530000"),
        ("4165550123", "US", "+14165550123"),
        ("01186 138 0013 8000", "US", MOBILE),
        ("+86 95588", "US", "95588"),
        ("1502530000", "US", "!1502530000"),
        ("65025300001", "US", "!65025300001"),
        ("13800138000", "US", "!13800138000"),
        ("23456789", "HK", "+85223456789"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("0086 138 0013 8000", "GB", MOBILE),
        ("99999999999", "GB", "!99999999999"),
    ],
)
def test_a_number_without_plus_was_dialled_in_the_given_region(text: str, region: str, key: str) -> None:
    number = parse_number(text, region)
    assert number.key == key
    assert parse_number(number.key) == number


@pytest.mark.parametrize(
    ("text", "region", "problem"),
    [
        ("2530000", "US", NumberProblem.AREA_CODE_NEEDED),
        ("12345678", "ZZ", NumberProblem.UNKNOWN_REGION),
        ("401area missing", "US", NumberProblem.NOT_A_NUMBER),
    ],
)
def test_a_region_cannot_complete_every_text(text: str, region: str, problem: NumberProblem) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(text, region)
    assert refused.value.problem is problem
