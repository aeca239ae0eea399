"""Masking does work that grows with the text and no faster: counted in calls of functions, never in time."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.masking import mask as masking
from service.masking.mask import mask, masked_once
from service.numbers.parse import parse_number

ROOM = str(Path(masking.__file__).parent)
LENGTHS = (600, 2_400)
#: Calls a character: dearest are zeros with even gaps, each window of which passes as a card, at some 370.
MOST_A_CHARACTER = 450
#: How much dearer a character of the longer text may be: its windows are not cut off as often.
MOST_GROWTH = 1.2
#: Whole numbers that are parsed, a character: one for each length that may follow a plus.
MOST_PARSED = 1.5

DIGITS = [
    "1",
    "0",
    "8",
    "19",
    "1390",
    "6222",
    "110105",
    "19491231",
    "002X",
    "86",
    "+1",
    "＋86",
    "１",
    "९",
    "一",
    "〇",
    "幺",
]
SEPARATORS = [
    "", " ", "-", "  ", " - ", "(", ")", "()", "（", "）", ".", "·", "_", "　", "\u200b", "\u2060" * 3, "—", "/", ",", "，",
    "：", "。", "\n", "@", "x", "X", "卡号", "身份证", " account number ", "https://", ".com ",
]  # fmt: skip
KNOWN = [
    "13912345678，",
    "6222021234567894，",
    "1 ",
    "1-",
    "(0)",
    "1一",
    "一 ",
    "+1 ",
    "+12025550123 ",
    "卡号" + "1 " * 18,
    "1X ",
    "0 8 6 1 3 ",
    "13912345678",
]


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the calls of the functions of the room, and those of C's functions in them; `parse_number` is counted below."""
    calls = [0]

    def count(frame: FrameType, event: str, _argument: object) -> None:
        calls[0] += event in ("call", "c_call") and frame.f_code.co_filename.startswith(ROOM)

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def work_on(text: str) -> float:
    """How many calls a character it takes to mask a text."""
    with counted() as calls:
        mask(text, keep=frozenset({"+8619790001234"}))
    return calls[0] / len(text)


def require_linear(unit: str) -> None:
    short, long = (work_on((unit * (length // len(unit) + 1))[:length]) for length in LENGTHS)
    assert long <= MOST_A_CHARACTER, unit
    assert long <= MOST_GROWTH * short + 1, unit


@pytest.mark.parametrize(
    "unit", [*KNOWN, *(digit + sign for digit, sign in product(DIGITS[:3], SEPARATORS[:8]))]
)
def test_the_work_grows_with_a_text_that_repeats_itself(unit: str) -> None:
    require_linear(unit)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DIGITS), st.sampled_from(SEPARATORS)), min_size=1, max_size=8))
def test_the_work_grows_with_any_text_of_digits_and_what_parts_them(parts: list[tuple[str, str]]) -> None:
    require_linear("".join(digit + sign for digit, sign in parts))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*DIGITS, *SEPARATORS[1:]]), min_size=100, max_size=400))
def test_the_work_grows_with_any_text(parts: list[str]) -> None:
    assert work_on("".join(parts)) <= MOST_A_CHARACTER


@pytest.mark.parametrize("unit", ["+1 ", "+1 1 1 1 1 1 1 1 1 1 1 ", "+12025550123 ", "1+1", "一+一", "＋１ "])
def test_so_many_numbers_are_parsed_and_no_more(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def noted(text: str) -> object:
        parsed.append(text)
        return parse_number(text)

    monkeypatch.setattr(masking, "parse_number", noted)
    for length in LENGTHS:
        parsed.clear()
        mask((unit * length)[:length])
        assert len(parsed) <= MOST_PARSED * length


def test_a_text_that_was_masked_is_not_masked_again() -> None:
    masked_once.cache_clear()
    keep = frozenset({"+8619790001234"})
    for _ in range(3):
        assert masked_once("来电 13912345678", keep) == mask("来电 13912345678", keep=keep)
    assert masked_once("来电 13912345678", frozenset({"+8613912345678"})) == "来电 13912345678"
    assert (masked_once.cache_info().misses, masked_once.cache_info().hits) == (2, 2)
