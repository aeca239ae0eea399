"""The layouts of exports: which rows each has, which members of a row are columns, and what fills them.

A layout stands here once, under its name (`LayoutName` in `words.py`); its schema in `api_specs/` and the documents of the
API are written from it by `make openapi`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final, Protocol

import msgspec

from service.exports.columns import COLUMNS, EXTENDED_COLUMNS, Cell, ExtendedRow, Filled, Row, names_of
from service.exports.per_institution import InstitutionHandOver, InstitutionRow
from service.exports.per_number import NumberHandOver, NumberRow
from service.exports.per_report import ExtendedHandOver, HandOver
from service.exports.row_ids import RowIds
from service.exports.snapshot import ExportedReport, ReportSource
from service.exports.words import HEADINGS_ZH, Headings, LayoutName
from service.organisations.ranges import RangeTable
from service.secrets import KeyRing

_NUMBER_NAMES: Final = names_of(NumberRow)
#: Columns that came later stand behind all others, since receivers read them by place.
NUMBER_COLUMNS: Final = (
    *_NUMBER_NAMES[: _NUMBER_NAMES.index("change") + 1],
    *_NUMBER_NAMES[_NUMBER_NAMES.index("is_simulated") + 1 :],
)
INSTITUTION_COLUMNS: Final = names_of(InstitutionRow)[:-1]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of rows, and how files hold them."""

    stem: str  # of the files' names
    title: str
    row: type[msgspec.Struct]
    columns: tuple[str, ...]
    cells_of: Callable[[Sequence[Cell]], tuple[Cell, ...]]

    def headings(self, wanted: Headings) -> tuple[str, ...]:
        """Return what stands above the columns: their names, or Chinese for those that have a name in English."""
        return tuple(HEADINGS_ZH.get(name, name) if wanted == "zh" else name for name in self.columns)

    def cells(self, rows: Iterable[msgspec.Struct]) -> Iterable[tuple[Cell, ...]]:
        """Return the columns alone of each row, in their order."""
        return [self.cells_of(msgspec.structs.astuple(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class FillingTerms:
    """What rows of one export are filled by; `reveals_reporters` under a legal basis alone.

    `institution_names` has other ways to write names of institutions, `lines` the verified numbers of organisations.
    """

    handed_over_on: date
    sources: Mapping[int, ReportSource]
    row_ids: RowIds
    keys: KeyRing
    reveals_reporters: bool
    min_reporters: int
    period: tuple[datetime, datetime]
    institution_names: Mapping[str, str]
    lines: RangeTable[str]


class Filler(Protocol):
    """Makes rows of reports, which come grouped by number."""

    def fill(self, reports: Sequence[ExportedReport]) -> list[Filled]:
        """Return the rows that are complete with these reports."""

    def finish(self) -> list[Filled]:
        """Return the rows that are still to come after the last report."""


@dataclass(frozen=True, slots=True)
class Layout(Table):
    """Rows that can be asked for."""

    filler: Callable[[FillingTerms], Filler]
    needs_sealed: bool  # called numbers and recordings are read, whether or not they are exported
    counts_persons: bool  # then a period must have ended and must not overlap another one

    @classmethod
    def of(
        cls,
        row: type[msgspec.Struct],
        columns: tuple[str, ...],
        filler: Callable[[FillingTerms], Filler],
        **described: Any,
    ) -> "Layout":
        """Return the layout with these members of `row` as its columns."""
        places = [names_of(row).index(column) for column in columns]
        return cls(row=row, columns=columns, cells_of=itemgetter(*places), filler=filler, **described)


def _per_report(filler: type[HandOver]) -> Callable[[FillingTerms], Filler]:
    def open_filler(terms: FillingTerms) -> HandOver:
        return filler(
            handed_over_on=terms.handed_over_on,
            sources=terms.sources,
            row_ids=terms.row_ids,
            keys=terms.keys if terms.reveals_reporters else None,
        )

    return open_filler


def _per_number(terms: FillingTerms) -> NumberHandOver:
    return NumberHandOver(row_ids=terms.row_ids, keys=terms.keys, min_reporters=terms.min_reporters)


def _per_institution(terms: FillingTerms) -> InstitutionHandOver:
    return InstitutionHandOver(
        keys=terms.keys, names=terms.institution_names, lines=terms.lines, period=terms.period
    )


_REPORTS: Final = {"stem": "reports", "title": "举报", "counts_persons": False}
_NUMBERS: Final = {"stem": "numbers", "title": "号码", "counts_persons": True}

LAYOUTS: Final[Mapping[LayoutName, Layout]] = {
    "12321": Layout.of(Row, COLUMNS, _per_report(HandOver), needs_sealed=False, **_REPORTS),
    "12321_extended": Layout.of(
        ExtendedRow, EXTENDED_COLUMNS, _per_report(ExtendedHandOver), needs_sealed=True, **_REPORTS
    ),
    "numbers": Layout.of(NumberRow, NUMBER_COLUMNS, _per_number, needs_sealed=True, **_NUMBERS),
    "institutions": Layout.of(
        InstitutionRow,
        INSTITUTION_COLUMNS,
        _per_institution,
        needs_sealed=True,
        stem="institutions",
        title="机构",
        counts_persons=True,
    ),
}
