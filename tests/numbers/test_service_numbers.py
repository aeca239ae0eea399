"""Legitimate service numbers as people write them in address books."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ml.words import Kind
from service.numbers.parse import parse_number
from tests.places import DATA, csv_rows

LIST = DATA / "cn/legitimate_service_numbers.csv"

# The first rule that a number's digits match gives its kind.
RULES = [
    (r"\+(1|61|81).*", Kind.INTERNATIONAL),
    (r"[48]00\d{7}", Kind.SERVICE_400),
    (r"(0\d{2,3})?95\d{3,6}", Kind.SERVICE_95),
    (r"(0\d{2,3})?96\d{3,4}", Kind.SERVICE_96),
    (r"106\d+", Kind.SMS_PORT),
    (r"1010\d{4}", Kind.SERVICE_400),
    (r"(10|11|12)\d{3}|10086\d+", Kind.PUBLIC_SERVICE),
    (r"0\d{9,11}", Kind.FIXED),
    (r"6502530000", Kind.IMPOSSIBLE),  # a US number typed without its +1, which nobody can dial in China
]


def expected_kind(text: str) -> Kind:
    digits = re.sub(r"[ -]", "", text)
    return next(kind for pattern, kind in RULES if re.fullmatch(pattern, digits))


@pytest.fixture(scope="module")
def written() -> list[str]:
    if not LIST.exists():
        pytest.skip("the list of legitimate service numbers is not beside this checkout")
    return [row["number"] for row in csv_rows(LIST)]


def test_every_service_number_has_the_kind_of_its_rule(written: list[str]) -> None:
    wrong = {
        text: parse_number(text).kind
        for text in written
        if parse_number(text).kind is not expected_kind(text)
    }
    assert wrong == {}


def test_the_kinds_are_counted(written: list[str]) -> None:
    assert Counter(parse_number(text).kind for text in written) == {
        Kind.SERVICE_400: 85,
        Kind.SERVICE_95: 69,
        Kind.FIXED: 29,
        Kind.PUBLIC_SERVICE: 19,
        Kind.SERVICE_96: 15,
        Kind.SMS_PORT: 7,
        Kind.INTERNATIONAL: 4,
        Kind.IMPOSSIBLE: 1,
    }


def test_every_service_number_is_found_again_by_its_key(written: list[str]) -> None:
    for text in written:
        number = parse_number(text)
        assert parse_number(number.key) == number
