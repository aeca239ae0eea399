"""What identifies people never leaves the service in a text; what does not stays as it was written."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.masking.identifiers import check_of, passes_luhn
from service.masking.mask import BANK_CARD, IDENTITY_CARD, TELEPHONE, mask

NUMERALS = str.maketrans("0123456789X", "〇一二三四五六七八九X")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
REPORTED = "+8619790001234"


def identity_card(rng: random.Random) -> str:
    day = (datetime(1930, 1, 1) + timedelta(days=rng.randrange(29_000))).strftime("%Y%m%d")
    body = f"{rng.choice(['11', '31', '44', '65'])}{rng.randrange(10**4):04}{day}{rng.randrange(1000):03}"
    return body + check_of(body)


def old_identity_card(rng: random.Random) -> str:
    day = (datetime(1930, 1, 1) + timedelta(days=rng.randrange(25_000))).strftime("%y%m%d")
    return f"{rng.choice(['11', '31', '44', '65'])}{rng.randrange(10**4):04}{day}{rng.randrange(1000):03}"


def bank_card(rng: random.Random) -> str:
    body = rng.choice(["62", "4", "5", "35", "95588"])
    body += "".join(str(rng.randrange(10)) for _ in range(rng.randrange(12, 20) - 1 - len(body)))
    return next(f"{body}{last}" for last in range(10) if passes_luhn(f"{body}{last}"))


def mobile(rng: random.Random) -> str:
    return f"1{rng.randrange(3, 10)}{rng.randrange(10**9):09}"


def landline(rng: random.Random) -> str:
    return f"{rng.choice(['010', '021', '0755'])}{rng.randrange(2 * 10**7, 9 * 10**7)}"


def in_groups(digits: str, rng: random.Random) -> str:
    sign = rng.choice([" ", "-"])
    if len(digits) == 11 and digits.startswith("1"):
        return sign.join([digits[:3], digits[3:7], digits[7:]])
    if digits.startswith("0"):
        return sign.join([digits[:-8], digits[-8:]])
    return sign.join(digits[at : at + 4] for at in range(0, len(digits), 4))


WRITTEN: dict[str, Callable[[str, random.Random], str]] = {
    "plain": lambda digits, _: digits,
    "in groups": in_groups,
    "in full width": lambda digits, _: digits.translate(FULL_WIDTH),
    "as numerals": lambda digits, _: digits.translate(NUMERALS),
    "digit by digit": lambda digits, rng: rng.choice([" ", "-"]).join(digits),
    "with what cannot be seen": lambda digits, _: "\u200b".join(digits),
    "in lower case": lambda digits, _: digits.lower(),
}
AROUND = [
    "{}",
    "他说我的号码是{}，不还就曝光。",
    "联系人一{}",
    "（{}）",
    "2026-03-01 21:30 {} 欠款5000元",
    "id:{};",
]
KINDS = {
    IDENTITY_CARD: identity_card,
    BANK_CARD: bank_card,
    TELEPHONE: mobile,
    "old": old_identity_card,
    "landline": landline,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("written", WRITTEN)
@given(rng=st.randoms(use_true_random=False), around=st.sampled_from(AROUND))
def test_no_valid_one_survives_however_it_is_written(
    kind: str, written: str, rng: random.Random, around: str
) -> None:
    digits = KINDS[kind](rng)
    text = around.format(WRITTEN[written](digits, rng))
    masked = mask(text, keep=frozenset({REPORTED}))
    assert WRITTEN[written](digits, rng) not in masked
    left = re.sub(r"\D", "", masked.translate(str.maketrans("〇一二三四五六七八九", "0123456789")))
    assert digits.rstrip("X") not in left
    assert re.search(r"\[(身份证|银行卡|电话)号码?\]", masked), masked


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ("身份证{}", IDENTITY_CARD),
        ("他有我的身份证号码是：{}，不还就曝光", IDENTITY_CARD),
        ("证件号（{}）", IDENTITY_CARD),
        ("my ID card no. {};", IDENTITY_CARD),
        ("银行卡{}", BANK_CARD),
        ("卡号：{}", BANK_CARD),
        ("账号 {} 已冻结", BANK_CARD),
        ("my bank card {}.", BANK_CARD),
        ("Card no: {}.", BANK_CARD),
    ],
)
@pytest.mark.parametrize("written", set(WRITTEN) - {"in lower case"})
@given(rng=st.randoms(use_true_random=False), length=st.integers(15, 19))
def test_a_mistyped_card_behind_a_word_that_names_it_goes_too(
    around: str, name: str, written: str, rng: random.Random, length: int
) -> None:
    digits = f"{rng.randrange(2, 10)}{rng.randrange(10 ** (length - 1)):0{length - 1}}"
    text = around.format(WRITTEN[written](digits, rng))
    assert mask(text) in {around.format(name), around.format(BANK_CARD), around.format(IDENTITY_CARD)}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证11010119900307851X", "身份证[身份证号]"),
        ("身份证号：110101 19900307 851x", "身份证号：[身份证号]"),
        ("银行卡6222021234567890123", "银行卡[银行卡号]"),
        ("卡号6222 0212 3456 7895 2000元", "卡号[银行卡号] 2000元"),
        ("卡号6222-0212 3456-7895", "卡号[银行卡号]"),
        ("账号 13800138000 2000元", "账号 [电话号码] 2000元"),
    ],
)
def test_examples_behind_words(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "6222021234567890123",
        "订单202603012130051234",
        "银行卡被冻结了，订单号202603012130051234",
        "卡号 1069012345678901",
        "[银行卡号]202603012130051234",
        "身份证后四位851X，20260301213005",
        "账号19790001234 2000元",
    ],
)
def test_what_no_word_names_as_a_card_stays(text: str) -> None:
    assert mask(text, keep=frozenset({REPORTED})) == text


@pytest.mark.parametrize("name", [IDENTITY_CARD, BANK_CARD, TELEPHONE])
@given(rng=st.randoms(use_true_random=False))
def test_what_was_there_is_named(name: str, rng: random.Random) -> None:
    digits = KINDS[name](rng)
    assume(name != BANK_CARD or len(digits) not in (15, 18))  # may be an identity card's by chance
    assert mask(f"号码{digits}。") == f"号码{name}。"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 21:30:05 来电，2026年3月2日 08:15 又来电",
        "2026/03/01 09:00 至 2026/03/02 10:00，20260301213005，202603012130",
        "二〇二六年三月一日二十一时三十分，一天打了十二次，三四五次",
        "欠款12345.67元，利息1,234,567.89元，手续费500.00 1000.00 2000.00元",
        "2024 2025 2026 三年，21:30 22:45 23:10 各一次",
        "95588、400-810-1234、800 820 1234、12321、96110 和 1069012345678901 都是机构号码",
        "订单号 A1234567，验证码 123456，合同第 2026-001 号",
        "197 9000 1234 打来，+86 197 9000 1234，(86)19790001234，一九七九〇〇〇一二三四",
        "",
        "没有数字",
    ],
)
def test_dates_times_amounts_and_the_reported_number_stay(text: str) -> None:
    assert mask(text, keep=frozenset({REPORTED})) == text


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), amount=st.decimals(0, 10**8, places=2)
)
def test_any_date_time_and_amount_stays(moment: datetime, amount: object) -> None:
    text = f"{moment:%Y-%m-%d %H:%M:%S}，{moment:%Y%m%d%H%M%S}，{moment:%Y年%m月%d日 %H:%M}，{amount}元，{amount:,}元"
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打给我妈13800138000和我爸 +86 139-0013-9000", "打给我妈[电话号码]和我爸 [电话号码]"),
        ("0086 13800138000；8613800138000；013800138000", "[电话号码]；[电话号码]；[电话号码]"),
        ("单位 (010) 1234-5678 转 8001", "单位 [电话号码] 转 8001"),
        ("+1 202 555 0123", "[电话号码]"),
        ("打我同事 138_0013_8000", "打我同事 [电话号码]"),
        ("138 00 13 80 00、13800 138 000、138 0013 80 00", "[电话号码]、[电话号码]、[电话号码]"),
        ("卡6222021234567894户名", "卡[银行卡号]户名"),
        ("6222 0212 3456 7894 2000元", "[银行卡号] 2000元"),
        ("证件11010519491231002x，旧证110105491231002", "证件[身份证号]，旧证[身份证号]"),
    ],
)
def test_examples(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text())
def test_any_text_is_masked_and_masking_twice_changes_nothing(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked


def test_only_numbers_that_are_kept_stay() -> None:
    assert mask("19790001234 19790005678", keep=frozenset({REPORTED})) == f"19790001234 {TELEPHONE}"
    assert mask("010-12345678", keep=frozenset({"+861012345678"})) == "010-12345678"
    # its twelve digits pass the check of a bank card
    assert mask("0755-88888885", keep=frozenset({"+8675588888885"})) == "0755-88888885"
