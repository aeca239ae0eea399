"""Finds what has changed since an agency was handed the same before: both sides are sorted by number and merged."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from service.exports.columns import Filled
from service.exports.handed_store import HandedRow


class Compared(NamedTuple):
    """Rows to hand over, and rows to name as removed."""

    rows: list[Filled]
    removed: list[HandedRow]


class Delta:
    """Compares the rows of an export, batch after batch, with what the agency holds; keeps one number in memory."""

    def __init__(self, known: AsyncIterator[HandedRow], digest: Callable[[msgspec.Struct], bytes]) -> None:
        self._known = known
        self._digest = digest
        self._next: HandedRow | None = None
        self._number = ""
        self._left: dict[str, HandedRow] = {}

    async def compare(self, filled: Sequence[Filled]) -> Compared:
        """Return which of these rows are new or differ; rows must come in the order of numbers."""
        compared = Compared([], [])
        for number, rows in groupby(filled, key=lambda one: one.number):
            if number != self._number:
                compared.removed.extend(await self._turn_to(number))
            for one in rows:
                known = self._left.pop(one.row.row_id, None)
                if known is None:
                    compared.rows.append(one)
                elif known.digest != self._digest(one.row):
                    changed = msgspec.structs.replace(one.row, change="changed")
                    compared.rows.append(one._replace(row=changed))
        return compared

    async def finish(self) -> list[HandedRow]:
        """Return the rows that the agency holds and that did not come any more."""
        removed = [_removed(one) for one in self._left.values()]
        self._left = {}
        while (known := await self._take()) is not None:
            removed.append(_removed(known))
        return removed

    async def _turn_to(self, number: str) -> list[HandedRow]:
        """Read what the agency holds of a number; return what is left over from the numbers before it."""
        removed = [_removed(one) for one in self._left.values()]
        self._number, self._left = number, {}
        while (known := await self._take()) is not None:
            if known.number > number:
                self._next = known
                break
            if known.number == number:
                self._left[known.row_id] = known
            else:
                removed.append(_removed(known))
        return removed

    async def _take(self) -> HandedRow | None:
        if self._next is not None:
            known, self._next = self._next, None
            return known
        return await anext(self._known, None)


def _removed(row: HandedRow) -> HandedRow:
    return row._replace(digest=None)
