"""The table of forms in docs/formats.md is what the parser does."""

from __future__ import annotations

import re

import pytest

from service.numbers.mistyped import refuse_typing_error
from service.numbers.parse import NumberError, NumberProblem, parse_number
from tests.places import ROOT

HEADING = "# How a number may be written\n"
ROW = re.compile(
    r"\| (?P<form>[^|]+) \| `(?P<text>[^`]+)` \| `(?P<right>[^`]+)`(?: at (?P<place>[0-9]+))? \|"
)


def rows() -> list[re.Match[str]]:
    section = (ROOT / "docs/formats.md").read_text("utf-8").partition(HEADING)[2].partition("\n# ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    found = [ROW.fullmatch(line) for line in lines]
    assert None not in found, lines[found.index(None)]
    return [row for row in found if row]


def read(text: str) -> tuple[str, int | None]:
    try:
        number = parse_number(text)
        refuse_typing_error(number)
    except NumberError as error:
        place = error.values.get("position")
        return f"number_{error.problem}", place if isinstance(place, int) else None
    return number.key, None


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["text"])
def test_every_form_is_read_as_the_table_says(row: re.Match[str]) -> None:
    assert read(row["text"]) == (row["right"], int(row["place"]) if row["place"] else None)


def test_the_table_has_every_problem_that_a_text_can_have() -> None:
    told = {row["right"].removeprefix("number_") for row in rows() if row["right"].startswith("number_")}
    plain = {"not_a_number", "too_short", "too_long", "unknown_region"}
    assert told | plain == set(NumberProblem)
