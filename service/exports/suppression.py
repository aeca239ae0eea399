"""Counts of people as they may be told: none under ten, and none that can be worked out from the others of one export. Pure.

A table counts each person in exactly one cell, and its total is told. Cells of one to nine are withheld. What is
withheld together can be worked out, as the total without the rest. So it has to be two cells or more and ten people
or more, neither one in each nor nine in each: else another cell is withheld too, and where none is left the table is
not told at all. Which one is a matter of chance to whoever reads: were it always the smallest, some readers could work
backwards from that. A test tries every small table, with a reader who knows this rule.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

LEAST: Final = 10  # people in anything that is told


def told_total(people: int, *, least: int = LEAST) -> int | None:
    """A count of people, None where it is too small to be told: 9 gives None, 10 gives 10."""
    return people if people >= least else None


def told_cells(
    cells: Mapping[str, int], *, rank: Callable[[str], bytes], least: int = LEAST
) -> dict[str, int | None] | None:
    """A table whose total is told: each cell, None where it is withheld; None where the table cannot be told.

    `{"a": 40, "b": 12, "c": 3}` withholds a or b with c, since c alone would be the rest; `rank` gives each cell the
    number of its lot, the lowest is drawn, and readers must not know it. Cells of nobody must not be given: that a cell
    is named tells that somebody is in it.
    """
    if sum(cells.values()) < least:
        return None
    told = {name: told_total(people, least=least) for name, people in cells.items()}
    lots = sorted((name for name, people in told.items() if people is not None), key=rank)
    while (withheld := [cells[name] for name, people in told.items() if people is None]) and not _is_safe(
        withheld, least
    ):
        if not lots:
            return None
        told[lots.pop(0)] = None
    return told


def told_marks(marks: Mapping[str, int], *, total: int) -> dict[str, int | None]:
    """Counts that do not add up, since a person can be in several or in none: each beside the `total` that is told.

    Withheld where it, or what it leaves of the total, is a small group: 10 of 11 would single out the eleventh.
    """
    return {name: people if _is_large(people, total - people) else None for name, people in marks.items()}


def _is_large(people: int, others: int) -> bool:
    return people >= LEAST and (others == 0 or others >= LEAST)


def _is_safe(withheld: Sequence[int], least: int) -> bool:
    """Whether withheld cells stay unknown to who knows their sum."""
    total, count = sum(withheld), len(withheld)
    return count >= 2 and total >= least and total not in (count, (least - 1) * count)
