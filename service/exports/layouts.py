"""What an export can hold: the members of a row, which of them are columns, and who fills them."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec

from service.exports.columns import COLUMNS, EXTENDED_COLUMNS, Cell, ExtendedRow, Row, names_of
from service.exports.per_number import NumberRow
from service.exports.schemas import LayoutName

NUMBER_COLUMNS: Final = names_of(NumberRow).index("change") + 1


class Layout(NamedTuple):
    """One kind of rows."""

    stem: str  # of the files' names
    title: str
    row: type[msgspec.Struct]
    columns: tuple[str, ...]
    cells_of: Callable[[Sequence[Cell]], tuple[Cell, ...]]
    needs_sealed: bool  # called numbers and recordings are looked at, whether or not they are told

    def cells(self, rows: Iterable[msgspec.Struct]) -> Iterable[tuple[Cell, ...]]:
        """The columns alone of each row, in their order."""
        return [self.cells_of(msgspec.structs.astuple(row)) for row in rows]


def _layout(
    row: type[msgspec.Struct], columns: tuple[str, ...], *, title: str, stem: str = "reports", sealed: bool
) -> Layout:
    places = [names_of(row).index(column) for column in columns]
    return Layout(stem, title, row, columns, itemgetter(*places), sealed)


LAYOUTS: Final[dict[LayoutName, Layout]] = {
    "12321": _layout(Row, COLUMNS, title="举报", sealed=False),
    "12321_extended": _layout(ExtendedRow, EXTENDED_COLUMNS, title="举报", sealed=True),
    "numbers": _layout(
        NumberRow, names_of(NumberRow)[:NUMBER_COLUMNS], title="号码", stem="numbers", sealed=True
    ),
}
