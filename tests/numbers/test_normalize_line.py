"""The JSON lines of bulk normalisation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.numbers.parse import candidate_key, normalize_line


def test_a_number_is_written_with_its_attribution() -> None:
    assert json.loads(normalize_line("138 0013 8000")) == {
        "input": "138 0013 8000",
        "number": "+8613800138000",
        "kind": "mobile",
        "region": "北京",
        "carrier": "移动",
        "virtual_operator": False,
        "suspected_spoofing": False,
    }


def test_what_is_no_number_is_written_with_its_problem() -> None:
    assert json.loads(normalize_line("82345678")) == {"input": "82345678", "error": "area_code_needed"}


def test_the_place_of_what_is_wrong_is_written_too() -> None:
    line = json.loads(normalize_line("138****1234"))
    assert line == {"input": "138****1234", "error": "masked", "position": 4}


def test_bytes_that_were_not_utf8_are_escaped() -> None:
    text = b"\xff13800138000".decode("utf-8", "surrogateescape")
    line = json.loads(normalize_line(text))
    assert (line["input"], line["number"]) == ("\\udcff13800138000", "+8613800138000")


@given(st.text(st.characters(), max_size=60))
def test_every_text_gives_one_line_of_json(text: str) -> None:
    line = normalize_line(text)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert ("number" in json.loads(line)) is not ("error" in json.loads(line))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+8619790001234", "+8619790001234"),
        ("19790001234", "+8619790001234"),
        ("8619790001234", "+8619790001234"),
        ("008619790001234", "+8619790001234"),
        ("+861082345678", "+861082345678"),
        ("+85223456789", "+85223456789"),
        ("+16502530000", "+16502530000"),
        ("+8695588", None),
        ("+86950808", None),
        ("+8621962288", None),
        ("+869501234567", None),
        ("+008613800138000", None),
        ("197 9000 1234", None),
        ("１９７９０００１２３４", None),
        ("95588", None),
        ("010-82345678", None),
        ("12345678901", None),
        ("", None),
        ("+1234567", None),
        ("+1234567890123456", None),
    ],
)
def test_a_candidate_key_needs_no_parsing(text: str, key: str | None) -> None:
    assert candidate_key(text) == key
