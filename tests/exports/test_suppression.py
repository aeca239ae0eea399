"""No count of people under ten is told, and none can be worked out: tried with readers who know more and more."""

import itertools
from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exports.suppression import LEAST, told_cells, told_marks, told_pair, told_total

Told = tuple[tuple[str, int | None], ...]
NAMES = "abcdef"
tables = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 40), min_size=1)


def drawn(order: str) -> Callable[[str], bytes]:
    """Lots in this order."""
    return lambda name: bytes([order.index(name)])


@pytest.mark.parametrize(("people", "told"), [(0, None), (9, None), (10, 10), (1000, 1000)])
def test_under_ten_nobody_is_counted(people: int, told: int | None) -> None:
    assert told_total(people) == told
    assert told_marks({"threat": people}, total=people) == {"threat": told}


@pytest.mark.parametrize(
    ("people", "total", "told"), [(10, 11, None), (10, 19, None), (10, 20, 10), (11, 11, 11)]
)
def test_a_mark_singles_out_nobody_who_lacks_it(people: int, total: int, told: int | None) -> None:
    assert told_marks({"threat": people}, total=total) == {"threat": told}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"a": 40, "b": 12}, {"a": 40, "b": 12}),
        ({"a": 40, "b": 12, "c": 3}, {"a": None, "b": 12, "c": None}),
        ({"a": 40, "b": 6, "c": 6}, {"a": 40, "b": None, "c": None}),
        ({"a": 40, "b": 1, "c": 1}, {"a": None, "b": None, "c": None}),
        ({"a": 20, "b": 9, "c": 9}, {"a": None, "b": None, "c": None}),
        ({"a": 12}, {"a": 12}),
        ({"a": 4}, None),
        ({"a": 4, "b": 5}, None),
        (dict.fromkeys("abcdefghij", 1), None),
        ({"a": 9, "b": 9}, None),
        ({}, None),
    ],
)
def test_what_would_give_a_small_cell_away_is_withheld_with_it(
    cells: dict[str, int], told: dict[str, int | None] | None
) -> None:
    assert told_cells(cells, rank=drawn("abcdefghij")) == told


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_no_two_counts_of_one_group_differ_by_a_few(violating: int, lawful: int, mark: int) -> None:
    """Those who broke a rule, those who did not, and those with one violation, beside their total."""
    mark, total = min(mark, violating), violating + lawful
    pair = told_pair(violating, lawful)
    marked = told_marks({"threat": mark}, total=total, within=pair[0])["threat"]
    told = [total, *(count for count in (*pair, marked) if count is not None)]
    assert all(count == 0 or count >= LEAST for count in told[1:])
    assert pair in ((violating, lawful), (None, None))
    if marked is not None:
        assert all(gap == 0 or gap >= LEAST for gap in (count - marked for count in (total, pair[0] or mark)))


@given(tables, st.permutations(NAMES))
def test_what_is_told_is_true_and_never_small(cells: dict[str, int], order: list[str]) -> None:
    told = told_cells(cells, rank=drawn("".join(order)))
    if told is not None:
        assert set(told) == set(cells)
        assert all(people is None or people == cells[name] >= LEAST for name, people in told.items())


@given(tables, st.permutations(NAMES))
def test_by_the_total_and_what_is_told_no_withheld_cell_is_known(
    cells: dict[str, int], order: list[str]
) -> None:
    """The reader's equation: withheld cells of at least one person each add up to the total without what is told."""
    told = told_cells(cells, rank=drawn("".join(order)))
    withheld = [name for name, people in (told or {}).items() if people is None]
    if told is None or not withheld:
        return
    rest = sum(cells.values()) - sum(people for people in told.values() if people)
    lowest, highest = 1, rest - (len(withheld) - 1)
    assert rest >= LEAST
    assert lowest < highest


@pytest.mark.parametrize(("least", "names", "most"), [(3, 4, 6), (4, 3, 10), (5, 3, 12)])
def test_not_even_who_knows_the_rule_can_work_a_withheld_cell_out(least: int, names: int, most: int) -> None:
    """Every table there can be, under every order of lots: what is told always fits tables that differ in it."""
    worlds: defaultdict[tuple[int, Told], list[tuple[int, ...]]] = defaultdict(list)
    for count in range(1, names + 1):
        for order in itertools.permutations(NAMES[:count]):
            for values in itertools.product(range(1, most + 1), repeat=count):
                cells = dict(zip(NAMES, values, strict=False))
                told = told_cells(cells, rank=drawn("".join(order)), least=least)
                if told is not None:
                    worlds[sum(values), tuple(sorted(told.items()))].append(values)
    assert len(worlds) > 100
    for (_total, told_items), tables_that_fit in worlds.items():
        for place, (_name, people) in enumerate(told_items):
            if people is None:
                assert len({values[place] for values in tables_that_fit}) > 1, (told_items, tables_that_fit)
