"""Ranges of numbers: read as people write them, found by their order, and never wider than they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.organisations.ranges import NumberRange, RangeError, RangeTable, parse_range


@pytest.mark.parametrize(
    ("text", "first", "last", "size"),
    [
        ("95588", "95588", "95588", 1),
        ("010-82340000~010-82340099", "+861082340000", "+861082340099", 100),
        ("4008001000 - 4008001999", "4008001000", "4008001999", 1000),
        ("19790001000至19790001009", "+8619790001000", "+8619790001009", 10),
        ("+86 197 9000 1000 ～ +86 197 9000 1000", "+8619790001000", "+8619790001000", 1),
    ],
)
def test_a_range_is_read_as_people_write_it(text: str, first: str, last: str, size: int) -> None:
    found = parse_range(text)
    assert (found.first.removeprefix("+86400"), found.size) == (first, size) or found[0].endswith(first[1:])
    assert found.last.endswith(last.lstrip("+"))
    assert found.size == size


@pytest.mark.parametrize(
    "text",
    ["", "~", "x", "110", "19790001009~19790001000", "95588~4008001000", "1~2~3", "19790000000~19790999999", "隐藏号码"],
)  # fmt: skip
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(RangeError):
        parse_range(text)


def test_a_longer_or_shorter_number_is_in_no_range_by_accident() -> None:
    table = RangeTable([(NumberRange("95500", "95599"), "bank")])
    assert [table.find(key) for key in ("95500", "95599", "95600", "9550", "955001", "+8695501", "95499")] == [
        "bank", "bank", None, None, None, None, None,
    ]  # fmt: skip
    assert not RangeTable()


@given(st.lists(st.integers(0, 500), unique=True, max_size=40), st.integers(0, 520))
def test_a_number_is_found_where_a_look_at_every_range_finds_it(starts: list[int], wanted: int) -> None:
    starts = sorted(starts)
    ranges = [
        NumberRange(f"{10_000 + start}", f"{10_000 + min(start + 3, ([*starts[place + 1 :], 999][0]) - 1)}")
        for place, start in enumerate(starts)
    ]
    table = RangeTable((one, one.first) for one in ranges)
    key = f"{10_000 + wanted}"
    expected = next((one.first for one in ranges if one.first <= key <= one.last), None)
    assert table.find(key) == expected
