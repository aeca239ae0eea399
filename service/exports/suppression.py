"""Decides which counts of people may be exported: none under ten, and none that others of the export reveal. Pure.

A table counts each person in exactly one cell, and its total is exported. Cells of one to nine are withheld. The sum of
the withheld cells can be worked out, as the total without the rest. So there have to be two such cells or more with ten
people or more, neither one in each nor nine in each: otherwise another cell is withheld too, and where none is left the
whole table is withheld. Which cell that is looks random to readers: if it were always the smallest, some readers could work
backwards from that. A test tries every small table, with a reader who knows this rule.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

LEAST: Final = 10  # people in anything that is exported


def told_total(people: int, *, least: int = LEAST) -> int | None:
    """Return a count of people, None if it is too small to be exported: 9 gives None, 10 gives 10."""
    return people if people >= least else None


def told_cells(
    cells: Mapping[str, int], *, rank: Callable[[str], bytes], least: int = LEAST
) -> dict[str, int | None] | None:
    """Return a table whose total is exported, with None for each withheld cell; None if the whole table is withheld.

    `{"a": 40, "b": 12, "c": 3}` withholds a or b together with c, since c alone would be the rest. `rank` draws lots: the
    cell with the lowest one is withheld first, and readers must not know it. Empty cells must not be given: that a cell is
    named says that somebody is in it.
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


def told_marks(marks: Mapping[str, int], *, total: int, within: int | None = None) -> dict[str, int | None]:
    """Return counts in which a person can occur several times or not at all, each beside the `total` that is exported.

    A count is withheld if it, or what it leaves of the total, is a small group: 10 of 11 would single out the eleventh. The
    same holds for `within`, a smaller total that is exported too and that all who are counted belong to.
    """
    return {
        name: people
        if _is_large(people, total - people) and (within is None or _is_large(people, within - people))
        else None
        for name, people in marks.items()
    }


def told_pair(people: int, others: int) -> tuple[int | None, int | None]:
    """Return both parts of a total that is exported; both None if either has one to nine people: 30 and 0, not 30 and 3."""
    is_told = all(count == 0 or count >= LEAST for count in (people, others))
    return (people, others) if is_told else (None, None)


def _is_large(people: int, others: int) -> bool:
    return people >= LEAST and (others == 0 or others >= LEAST)


def _is_safe(withheld: Sequence[int], least: int) -> bool:
    """Return whether withheld cells stay unknown to a reader who knows their sum."""
    total, count = sum(withheld), len(withheld)
    return count >= 2 and total >= least and total not in (count, (least - 1) * count)
