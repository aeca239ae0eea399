"""What stands around a number never becomes part of it, and never makes another number of it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.words import Kind
from service.numbers.dialling import number_of_digits
from service.numbers.parse import Number, NumberError, NumberProblem, parse_number
from tests.places import DATA

MOBILE = "19790001234"
CASES = DATA.parent / "cases/numbers.tsv"

AROUND_MOBILE = [
    # counts
    f"{MOBILE}(2)", f"{MOBILE} (2)", f"{MOBILE}（2）", f"{MOBILE}[2]", f"{MOBILE}【3】", f"{MOBILE} {{2}}",
    f"{MOBILE}×3", f"{MOBILE} x3", f"{MOBILE} *3", f"{MOBILE} 3x", f"{MOBILE} 3次", f"{MOBILE}(3次)",
    f"{MOBILE} 共 3 次", f"{MOBILE} called 3 times", f"missed (3) {MOBILE}", f"{MOBILE} +2", f"{MOBILE} 2",
    f"{MOBILE} 3 5", f"{MOBILE}①", f"{MOBILE} 5分30秒", f"{MOBILE} (5分钟)", "+86 197 9000 1234 (3)",
    # list numbers
    f"1. {MOBILE}", f"3. {MOBILE} (2)", f"1.{MOBILE}", f"1、{MOBILE}", f"1) {MOBILE}", f"（1）{MOBILE}", f"(2) {MOBILE}",
    f"1：{MOBILE}", f"① {MOBILE}", f"①{MOBILE}", f"⒈{MOBILE}", f"㈠{MOBILE}", f"一、{MOBILE}", f"2 {MOBILE}",
    f"No.1 {MOBILE}", f"#2 {MOBILE}", f"第3条 {MOBILE}", f"1,{MOBILE}", "2 197 9000 1234", f"2 calls from {MOBILE}",
    # SIM cards
    f"SIM1 {MOBILE}", f"(SIM2) {MOBILE}", f"SIM 2: {MOBILE}", f"SIM1{MOBILE}", f"[卡1]{MOBILE}", f"卡2：{MOBILE}",
    f"主卡 {MOBILE}", f"电话1：{MOBILE}", f"Line 2 {MOBILE}",
    # times
    f"{MOBILE} (21:30)", f"{MOBILE}(13:05~14:10)", f"{MOBILE} 21:30", f"21:30 {MOBILE}", f"{MOBILE} 9-18点",
    f"2026-03-01 21:30 {MOBILE}", f"2026-03-01T21:30:05 {MOBILE}", f"2026/3/1 {MOBILE}", f"3月1日 {MOBILE}",
    f"{MOBILE} 03-01 21:30", f"{MOBILE} 7x24小时", f"2024-05-01 {MOBILE}",
    # remarks
    f"{MOBILE}，一天打了八次", f"{MOBILE}一天打了八次", f"{MOBILE} 欠款5000元", f"{MOBILE} ¥50000",
    f"催收 {MOBILE} (XX银行)",
    f"51信用卡 {MOBILE}", f"P2P {MOBILE}", f"{MOBILE} - debt collector 2", f"{MOBILE}?", f"{MOBILE}...",
    f"{MOBILE} 尾号1234", f"{MOBILE}转801", f"{MOBILE}（广东深圳）",
    # prefixes of carriers
    f"125831 {MOBILE}", f"125831{MOBILE}", f"125832-{MOBILE}", "125833197 9000 1234", f"17951 {MOBILE}", f"17909{MOBILE}",
    f"12593,{MOBILE}", f"10193{MOBILE}",
    # URIs
    f"tel:+86{MOBILE}", f"tel:{MOBILE};phone-context=+86", f"sip:{MOBILE}@ims.mnc000.mcc460.3gppnetwork.org",
    f"<sip:+86{MOBILE}@10.0.0.1:5060;user=phone>", f'"张三" <sip:+86{MOBILE}@example.cn>', f"tel:{MOBILE};ext=5",
    # marks and digits of Unicode
    "\u200e+86 197\u20119000\u20111234\u202c", "".join(f"{digit}\ufe0f\u20e3" for digit in MOBILE),
    "".join(chr(0x1D7CE + int(digit)) for digit in MOBILE), "＋８６１９７９０００１２３４", f"\u2066{MOBILE}\u2069",
]  # fmt: skip

AROUND_OTHERS = [
    ("95588 (2)", "95588"), ("95588(2)", "95588"), ("95588 3次", "95588"), ("95588x3", "95588"), ("95588 [2]", "95588"),
    ("卡2 95588", "95588"), ("1) 95588", "95588"), ("(3)95588", "95588"), ("1.95588", "95588"), ("号码1 95588", "95588"),
    ("95588 03-01 21:30", "95588"), ("95588（尾号1234）", "95588"), ("110 (2)", "110"), ("110 3次", "110"),
    ("12583195588", "95588"), ("125831110", "110"), ("021-962288 2次", "021962288"),
    ("400-699-8888（8:00-22:00）", "+864006998888"), ("400-699-8888 周一至周五9:00-18:00", "+864006998888"),
    ("010-82345678 (2)", "+861082345678"), ("(10) 82345678", "+861082345678"), ("[010]82345678", "+861082345678"),
    ("+86 (10) 82345678", "+861082345678"), ("tel:82345678;phone-context=+8610", "+861082345678"),
    ("1069 0123 4567 89", "10690123456789"), ("95588 30s", "95588"), ("010 8234-5678-801", "+861082345678"),
    ("400 699 8888 1", "+864006998888"), ("100. 95588", "95588"), ("01. 95588", "95588"), ("+12583195588", "!+12583195588"),
    ("+8612583195588", "95588"), ("tel:%2B86-95588", "95588"),
    # what programs have instead of a number
    ("-1", "withheld"), ("-2", "withheld"), ("(null)", "withheld"), ("sip:anonymous@anonymous.invalid", "withheld"),
    ('"Anonymous" <sip:anonymous@anonymous.invalid>', "withheld"),
    # a client leaves out the +
    ("8695588", "95588"), ("8610086", "10086"), ("8621962288", "021962288"), ("8610109777", "10109777"),
    ("861082345678", "+861082345678"), ("447911123456", "+447911123456"), ("44 20 7946 0000", "+442079460000"),
    ("85223456789", "+85223456789"), ("15402345678", "!15402345678"),
]  # fmt: skip


@pytest.mark.parametrize("text", AROUND_MOBILE)
def test_what_stands_around_a_mobile_is_no_part_of_it(text: str) -> None:
    assert parse_number(text).key == f"+86{MOBILE}"


@pytest.mark.parametrize(("text", "key"), AROUND_OTHERS)
def test_what_stands_around_a_code_or_a_landline_is_no_part_of_it(text: str, key: str) -> None:
    assert parse_number(text).key == key


REFUSED: dict[NumberProblem, list[tuple[str, int | None]]] = {
    NumberProblem.MASKED: [
        ("138****1234", 4), ("138 **** 1234", 5), ("138xxxx1234", 4), ("138XXXX1234", 4), ("138××××1234", 4),
        ("138••••1234", 4),
        ("138●●●●1234", 4), ("197□□□□1234", 4), ("138____1234", 4), ("138…1234", 4), ("138...1234", 4), ("138----1234", 4),
        ("197某某某某1234", 4), ("1979000****", 8), ("1979000?234", 8), ("1979000#234", 8), ("1979000*234", 8),
        ("1979000x234", 8),
        ("****1234", 1), ("XXXX1234", 1), ("…1234", 1), ("1234XXX", 5), ("400-699-****", 9), ("400 699 8xxx", 10),
        ("138-xxxx-1234", 5), ("1979000(XXXX)", 9), ("95*88", 3), ("955**", 4), ("95588*", 6), (f"{MOBILE}x", 12),
        ("x9790001234", 1), ("*9790001234", 1), ("电话：138****1234", 7),
        ("?9790001234", 1), ("…9790001234", 1), ("#9790001234", 1), ("[*]9790001234", 2),
        ("1[*]001234", 3), ("某9790001234", 1), ("197_0001234", 4), ("1069012345x6789", 11),
    ],
    NumberProblem.LETTER_FOR_DIGIT: [
        ("138OO138000", 4), ("l9790001234", 1), ("I9790001234", 1), ("95588O", 6), ("95588o", 6), ("1979000123O", 11),
        ("1979000I234", 8), ("1979O001234", 5), ("O 9790001234", 1), ("l 9790001234", 1), ("1979000 O234", 9),
        ("Ｏ9790001234", 1), ("О9790001234", 1), ("9790001234m", 11), ("一三八00138000", 1), ("138零零138000", 4),
        ("1979000一二三四", 8), ("1979000123四", 11), ("95588一", 6), ("号码：138O", 7),
    ],
    NumberProblem.TWO_COUNTRY_CODES: [
        ("+86+19790001234", 4), ("（+86）+19790001234", 6), ("+86+8619790001234", 4), ("+86 0086 19790001234", 5),
        ("0086+19790001234", 5), ("+86 86 19790001234", 5), ("86+19790001234", 3), ("(+86)(+1)9790001234", 7),
        ("+1+8619790001234", 3),
    ],
    NumberProblem.ONLY_A_TAIL: [
        ("尾号1234", 1), ("后四位1234", 1), ("尾数 1234", 1), ("ending in 1234", 1), ("last 4 digits: 1234", 1),
        ("1234结尾", 1),
        ("号码的尾号是1234", 4),
    ],
    NumberProblem.ROUNDED: [("1.97900E+10", 8), ("1.979E10", 6)],
    NumberProblem.TWO_READINGS: [
        ("95588 2", None), ("95588 2130", None), ("95588 95533", None), ("1.9790001234", None), ("12321 19790001234", None),
        ("1,9790001234", None), ("1、9790001234", None), ("1/9790001234", None),
    ],
    NumberProblem.SEVERAL_NUMBERS: [
        (f"{MOBILE} 95588", None), (f"95588 {MOBILE}", None), (f"{MOBILE}(95588)", None), ("95588/95533", None),
        (f"50000 {MOBILE}", None), (f"{MOBILE} 19790001235", None), (f"{MOBILE}\n19790001235", None),
    ],
    NumberProblem.AREA_CODE_NEEDED: [
        ("82345678 (2)", None), ("1. 82345678", None), ("12583182345678", None), ("86955881", None),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "text", "position"),
    [(problem, text, position) for problem, rows in REFUSED.items() for text, position in rows],
)
def test_what_is_no_whole_number_is_refused_with_reason_and_place(
    problem: NumberProblem, text: str, position: int | None
) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert (refused.value.problem, refused.value.values.get("position")) == (problem, position)


def test_a_text_of_many_groups_is_refused_before_each_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def counted(digits: str, region: str) -> Number:
        tried.append(digits)
        return number_of_digits(digits, region)

    monkeypatch.setattr("service.numbers.readings.number_of_digits", counted)
    for text in ("1 " * 100, "1-" * 100, "99999" + " 1" * 90, "12345 " * 33):
        with contextlib.suppress(NumberError):
            parse_number(text)
    assert tried == []


def test_the_place_counts_the_characters_that_were_written() -> None:
    with pytest.raises(NumberError) as refused:
        parse_number("\u200e1\u200b38****1234")
    assert refused.value.values == {"position": 6}


def test_each_case_of_the_list_is_right() -> None:
    if not CASES.exists():
        pytest.skip("the list of cases is not beside this checkout")
    rows = [line.split("\t") for line in CASES.read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert len(rows) >= 20
    for text, right in rows:
        if right == "!":
            with pytest.raises(NumberError):
                parse_number(text)
        else:
            assert parse_number(text).e164_digits == right, text


# Properties: numbers of all kinds, with remarks of all kinds around them.

NUMBERS = st.sampled_from(
    [
        MOBILE,
        "+8619790001234",
        "197 9000 1234",
        "010-82345678",
        "400-699-8888",
        "95588",
        "96110",
        "021-962288",
        "12321",
    ]
)
COUNTS = st.integers(1, 99)
BEFORE = st.one_of(
    st.sampled_from(["", "电话：", "Tel: ", "SIM1 ", "卡2：", "[卡1] ", "21:30 ", "2026-03-01 21:30 ", "催收 ", "①",
                     "(SIM2) "]),
    st.builds("{}. ".format, COUNTS), st.builds("{}、".format, COUNTS), st.builds("第{}个 ".format, COUNTS),
)  # fmt: skip
BEHIND = st.one_of(
    st.sampled_from(["", "（广东深圳）", " (21:30)", " 8:00-22:00", "【催收】", " 尾号1234", " debt collector",
                     "，一天打了八次"]),
    st.builds(" ({})".format, COUNTS), st.builds("（{}）".format, COUNTS), st.builds(" {}次".format, COUNTS),
    st.builds("×{}".format, COUNTS), st.builds(" [{}]".format, COUNTS), st.builds(" {} times".format, COUNTS),
    st.builds(" {}分钟".format, COUNTS), st.builds(" 欠{}元".format, st.integers(1, 10**7)),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(NUMBERS, BEFORE, BEHIND)
def test_text_around_a_number_never_changes_it(number: str, before: str, behind: str) -> None:
    assert parse_number(before + number + behind) == parse_number(number)


NATIONAL = st.from_regex(
    r"1[3-9][0-9]{9}|0(?:10|755|571)[2-8][0-9]{6,7}|400[0-9]{7}|95[0-9]{3}", fullmatch=True
)
MASKS = st.one_of(
    *(st.just(sign * count) for sign in "*xX×●•□█" for count in (2, 3, 4)), st.just("...."), st.just("____")
)


@settings(max_examples=200, deadline=None)
@given(NATIONAL, MASKS, st.data())
def test_no_masked_number_gives_a_number(number: str, mask: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, len(number) - 1))
    with pytest.raises(NumberError):
        parse_number(number[:start] + mask + number[start + len(mask) :])


@settings(max_examples=200, deadline=None)
@given(NATIONAL, st.sampled_from("OoIlQОІ零一五九"), st.data())
def test_no_letter_for_a_digit_gives_a_number(number: str, letter: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    with pytest.raises(NumberError):
        parse_number(number[:place] + letter + number[place + 1 :])


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["+86", "0086", "86", "+1", "(+86)", "+852 "]),
    NATIONAL,
    st.sampled_from(["+", " +", "+86", " (+1)"]),
)
def test_no_two_country_codes_give_a_number(first: str, number: str, second: str) -> None:
    with pytest.raises(NumberError):
        parse_number(first + second + number)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["尾号", "尾号是", "后四位", "尾数：", "ending in "]),
    st.from_regex(r"[0-9]{3,6}", fullmatch=True),
)
def test_no_tail_gives_a_number(word: str, digits: str) -> None:
    with pytest.raises(NumberError):
        parse_number(word + digits)


@settings(max_examples=150, deadline=None)
@given(NATIONAL, st.sampled_from([" ", "/", "、", "，", "\n", " 或 "]), NATIONAL)
def test_two_numbers_never_give_a_third(one: str, between: str, other: str) -> None:
    try:
        number = parse_number(one + between + other)
    except NumberError:
        return
    assert one == other or number.kind is Kind.IMPOSSIBLE, number.key
