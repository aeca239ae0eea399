"""Identity and bank cards are told from other digits by their own rules."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.masking.digit_runs import Window, digit_runs, may_hold_numbers
from service.masking.identifiers import check_of, is_bank_card, is_identity_card, passes_luhn


def window(text: str) -> Window:
    digits = "".join(filter(str.isalnum, text))
    sizes = tuple(len(part) for part in text.replace("-", " ").split())
    return Window(digits, 0, len(text), sizes, len({sign for sign in text if sign in " -"}) <= 1)


def test_the_worked_values_of_the_comments() -> None:
    assert check_of("11010519491231002") == "X"
    assert is_identity_card(window("11010519491231002X"))
    assert is_identity_card(window("110105491231002"))
    assert passes_luhn("6222021234567894")
    assert not passes_luhn("6222021234567895")
    assert is_bank_card(window("6222 0212 3456 7894"))


@pytest.mark.parametrize(
    "digits",
    [
        "110105194912310021",  # wrong check
        "110105194913310020",  # no such month
        "990105194912310026",  # no such region
        "11010519491231002",  # too short
        "1101054912 31002",  # of the old form, but not written evenly
    ],
)
def test_other_digits_are_no_identity_card(digits: str) -> None:
    assert not is_identity_card(window(digits)) or " " in digits


@given(st.integers(10**10, 10**18 - 1))
def test_one_of_ten_last_digits_passes_the_check_of_a_card(digits: int) -> None:
    assert sum(passes_luhn(f"{digits}{last}") for last in range(10)) == 1


@given(st.integers(10**15, 10**18 - 1), st.data())
def test_a_wrong_digit_is_found(digits: int, data: st.DataObject) -> None:
    card = next(f"{digits}{last}" for last in range(10) if passes_luhn(f"{digits}{last}"))
    at = data.draw(st.integers(0, len(card) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != card[at]))
    assert not passes_luhn(card[:at] + other + card[at + 1 :])


@pytest.mark.parametrize("digits", ["202603012130", "20260301213005", "2024 2025 2026", "1069012345678901"])
def test_moments_years_and_message_ports_are_no_cards(digits: str) -> None:
    bare = digits.replace(" ", "")
    assert not is_bank_card(window(digits))
    assert not any(
        is_bank_card(window(bare[:-1] + str(last))) for last in range(10) if digits.startswith("106")
    )


def test_digits_are_read_in_full_width_as_numerals_and_in_groups() -> None:
    def read(text: str) -> list[str]:
        return ["".join(group.digits for group in run) for run in digit_runs(text)]

    assert "19790001234" in read("号码１９７－９０００－１２３４。")
    assert "19790001234" in read("一九七 九〇〇〇 一二三四")
    assert read("一19790001234")[0] == "19790001234"
    assert read("197\u200b90001234") == ["19790001234"]


def test_a_text_with_dates_needs_no_closer_look() -> None:
    assert not may_hold_numbers("2026-03-01 21:30 来电，2026年3月2日又来电，欠款1,234,567.89元")
    assert may_hold_numbers("一九七 九〇〇〇 一二三四")


def birthday(rng: random.Random) -> str:
    return date.fromordinal(
        rng.randrange(date(1930, 1, 1).toordinal(), date(2010, 1, 1).toordinal())
    ).strftime("%Y%m%d")


@given(st.randoms(use_true_random=False))
def test_every_identity_card_is_known_in_both_forms(rng: random.Random) -> None:
    body = f"{rng.choice(['11', '31', '44', '65'])}{rng.randrange(10**4):04}{birthday(rng)}{rng.randrange(1000):03}"
    assert is_identity_card(window(body + check_of(body)))
    if body[6:8] == "19":
        assert is_identity_card(window(body[:6] + body[8:]))
