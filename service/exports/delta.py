"""What has changed since an agency was handed the same before: both sides come in the order of numbers and are merged."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from service.exports.columns import Filled
from service.exports.store import HandedRow


class Compared(NamedTuple):
    """Rows to hand over, and rows that are to be told as removed."""

    rows: list[Filled]
    removed: list[HandedRow]


class Delta:
    """Compares the rows of an export, batch after batch, with what is known; memory is that of one number."""

    def __init__(self, known: AsyncIterator[HandedRow], digest: Callable[[msgspec.Struct], bytes]) -> None:
        self._known = known
        self._digest = digest
        self._next: HandedRow | None = None
        self._number = ""
        self._left: dict[str, HandedRow] = {}

    async def compare(self, filled: Sequence[Filled]) -> Compared:
        """What of these rows is new or differs; rows must come in the order of numbers."""
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
        """What was known and did not come any more."""
        removed = [_removed(one) for one in self._left.values()]
        self._left = {}
        while (known := await self._take()) is not None:
            removed.append(_removed(known))
        return removed

    async def _turn_to(self, number: str) -> list[HandedRow]:
        """Learn what is known of a number; gives what is left of those before it."""
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
