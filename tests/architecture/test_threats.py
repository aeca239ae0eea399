"""The pages about threats name tests that exist, and go through every point of the standard once."""

import re
from typing import Final

import pytest

from tests.places import ROOT

#: Points of levels 1 and 2 of ASVS 5.0.0 by section: each counts from 1 to this.
SECTIONS: Final = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
PAGES: Final = ("threats.md", "asvs.md")
NAMED: Final = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text("utf-8")


def rows() -> list[list[str]]:
    """The cells of each row of the table of ASVS: points, state, words, tests."""
    lines = [line for line in text_of("asvs.md").splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_exists(page: str) -> None:
    named = NAMED.findall(text_of(page))
    assert len(named) > 30
    for path, function in named:
        content = (ROOT / path).read_text("utf-8")
        assert not function or re.search(rf"^ *(async )?def {function}\(", content, re.MULTILINE), function


def test_every_point_of_the_standard_stands_there_once() -> None:
    points = [point for cells in rows() for point in cells[0].split(", ")]
    expected = [f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]
    assert len(expected) == 253
    assert sorted(points) == sorted(expected)


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    assert {cells[1] for cells in rows()} == {"met", "operator", "n/a", "open"}
    for points, state, words, *tests in rows():
        assert len(words) > 15, points
        links = re.findall(r"\]\(([^)]+)\)", words)
        assert state != "met" or any(map(NAMED.search, tests)) or links, points


def test_each_party_has_its_section() -> None:
    parties = ("collector", "rival", "curious partner", "insider", "regulator's contractor", "passer-by")
    for party in parties:
        assert f"\n## The {party}\n" in text_of("threats.md")
