"""Rows about institutions by month: what persons reported of callers who claimed to act for each, and of its own lines.

Three things are kept apart, because they mean different things to an authority: what callers merely claim, what comes from
lines that an organisation proved to be its own, and reports that name no violation, of calls by day, from the others.
Counts are of persons, each once for an institution and month, and are withheld as in rows about numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ml.words import VIOLATIONS
from service.days import CHINA
from service.exports.cells import allocation_of, breaks_a_rule, positions_of, unsealed
from service.exports.columns import Filled, one_of
from service.exports.institution_names import institution_of
from service.exports.per_number import NOT_TOLD, UNKNOWN_PLACE, Persons, cells_text
from service.exports.snapshot import ExportedReport
from service.exports.suppression import LEAST, told_cells, told_marks, told_pair, told_total
from service.organisations.ranges import RangeTable
from service.secrets import KeyRing
from service.violations import VIOLATION_NAMES

OWN_LINES: Final = "机构自有号码（已核验）"
CLAIMED: Final = "来电自称（未经核实）"
OTHERS: Final = "其他机构（各不足10人）"
_VIOLATION_BITS: Final = len(VIOLATIONS)

Cell = tuple[str, str, str]  # month, basis, institution


class InstitutionRow(msgspec.Struct, frozen=True, gc=False):
    """An institution in a month: the columns in their order, then what NDJSON and Parquet add."""

    month: Annotated[
        str, Meta(pattern=r"^\d{4}-\d\d$", description="Month in which reports were recorded, Asia/Shanghai.")
    ] = msgspec.field(name="举报月份")
    institution: Annotated[
        str,
        Meta(
            min_length=1,
            description="The institution, under one name for all ways to write it; 其他机构（各不足10人） for those that "
            "fewer than ten persons named, together.",
        ),
    ] = msgspec.field(name="机构名称")
    basis: Annotated[
        str,
        one_of(
            [OWN_LINES, CLAIMED],
            "How the institution is known: the number is a verified line of its own, or the caller merely claimed it.",
        ),
    ] = msgspec.field(name="认定依据")
    reports: Annotated[Persons, Meta(description="Reports; null where fewer than ten persons reported.")] = (
        msgspec.field(name="举报数")
    )
    reporters: Annotated[
        Persons, Meta(description="Persons who reported it; null where there are fewer than ten.")
    ] = msgspec.field(name="举报人数")
    numbers: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Numbers that were reported; null where fewer than ten persons reported."),
    ] = msgspec.field(name="涉及号码数")
    violating: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="Persons who reported a violation or a call between 22:00 and 8:00; null where this count, or the "
            "next, is of one to nine persons."
        ),
    ] = msgspec.field(name="涉嫌违规人数")
    lawful: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="Persons who reported calls by day alone and named no violation; null like the count before it."
        ),
    ] = msgspec.field(name="未指明违规人数")
    earlier: Annotated[
        Persons,
        Meta(
            description="Persons in the month before, if the export has the whole of both months; null otherwise, and where "
            "there were fewer than ten."
        ),
    ] = msgspec.field(name="上月举报人数")
    trend: Annotated[
        str,
        Meta(
            pattern=r"^([+-]\d+%|0%)?$",
            description="Change against the month before; empty where that is not told.",
        ),
    ] = msgspec.field(name="环比")
    violations: Annotated[
        str,
        Meta(
            description="Persons by violation, joined by ；: its name, and a count of ten or more, or 少于10或不列出 "
            "where it is smaller or would reveal a smaller one."
        ),
    ] = msgspec.field(name="违规类型")
    provinces: Annotated[
        str,
        Meta(
            description="Persons by the province of the called number, in the same form; 未知 where that was not given, "
            "不予列出 where no cell can be shown without revealing another one."
        ),
    ] = msgspec.field(name="按被叫号码省份")
    is_simulated: Annotated[bool, Meta(description="Whether any of its reports comes from simulated data.")]


@dataclass(slots=True)
class _Sums:
    """What was reported of one institution in one month; `persons` has for each what `_Person` packs."""

    reports: int = 0
    is_simulated: bool = False
    numbers: set[str] = field(default_factory=set)
    persons: dict[bytes, int] = field(default_factory=dict)

    def merge(self, other: "_Sums") -> None:
        """Take in the sums of another institution; who reported both is one person."""
        self.reports += other.reports
        self.is_simulated |= other.is_simulated
        self.numbers |= other.numbers
        for person, packed in other.persons.items():
            self.persons[person] = _joined(self.persons.get(person), packed)


class InstitutionHandOver:
    """Sums up reports by institution and month; keeps a few bytes for each person in memory."""

    def __init__(
        self,
        *,
        keys: KeyRing,
        names: Mapping[str, str],
        lines: RangeTable[str],
        period: tuple[datetime, datetime],
    ) -> None:
        self._keys = keys
        self._names = names
        self._lines = lines
        self._period = period
        self._sums: dict[Cell, _Sums] = {}
        self._provinces: dict[str, int] = {}

    def fill(self, reports: Sequence[ExportedReport]) -> list[Filled]:
        """Return nothing: no row is complete before the last report."""
        for report in reports:
            owner = self._lines.find(report.number)
            name = owner or institution_of(report.claimed_institution, self._names)
            if name:
                cell = (report.recorded_at[:7], OWN_LINES if owner else CLAIMED, name)
                self._add(self._sums.setdefault(cell, _Sums()), report)
        return []

    def finish(self) -> list[Filled]:
        """Return all rows, by month; institutions that too few persons named have one row together, if they are enough."""
        sums = _gathered(self._sums)
        self._sums = {}
        people = {cell: told_total(len(one.persons)) for cell, one in sums.items()}
        names = list(self._provinces)
        rows = []
        for cell in sorted(sums):
            if people[cell] is not None:
                row = self._row(cell, sums[cell], people, names)
                rows.append(Filled(row, "", None, f"{cell[0]}-01 00:00:00"))
        return rows

    def _add(self, sums: _Sums, report: ExportedReport) -> None:
        sums.reports += 1
        sums.is_simulated |= report.is_simulated
        sums.numbers.add(report.number)
        if report.is_counted and report.reporter is not None:
            _, province = allocation_of(unsealed(report, self._keys)["callee"])
            place = self._provinces.setdefault(province or UNKNOWN_PLACE, len(self._provinces))
            marks = sum(1 << mark for mark in positions_of(report.violations))
            packed = (place << _VIOLATION_BITS | marks) << 1 | breaks_a_rule(report)
            sums.persons[report.reporter] = _joined(sums.persons.get(report.reporter), packed)

    def _row(
        self, cell: Cell, sums: _Sums, people: Mapping[Cell, int | None], provinces: Sequence[str]
    ) -> InstitutionRow:
        month, basis, name = cell
        total = len(sums.persons)
        violating = sum(packed & 1 for packed in sums.persons.values())
        # those behind 其他机构 are others in another month
        is_comparable = name != OTHERS and self._is_comparable(month)
        earlier = people.get((_month_before(month), basis, name)) if is_comparable else None
        told = told_pair(violating, total - violating)
        return InstitutionRow(
            month=month,
            institution=name,
            basis=basis,
            reports=sums.reports,
            reporters=total,
            numbers=len(sums.numbers),
            violating=told[0],
            lawful=told[1],
            earlier=earlier,
            trend="" if earlier is None else _change(total, earlier),
            violations=_violations(sums, total=total, violating=told[0]),
            provinces=self._by_province(cell, sums, provinces),
            is_simulated=sums.is_simulated,
        )

    def _by_province(self, cell: Cell, sums: _Sums, provinces: Sequence[str]) -> str:
        counts: dict[str, int] = {}
        for packed in sums.persons.values():
            province = provinces[packed >> _VIOLATION_BITS + 1]
            counts[province] = counts.get(province, 0) + 1
        told = told_cells(counts, rank=self._rank(cell))
        return NOT_TOLD if told is None else cells_text(dict(sorted(told.items())))

    def _rank(self, cell: Cell) -> Callable[[str], bytes]:
        return lambda name: self._keys.pseudonym("withheld cells", " ".join((*cell, name)).encode())

    def _is_comparable(self, month: str) -> bool:
        """Return whether the export has the whole of a month and of the one before it."""
        start, end = self._period
        return start <= _begin(_month_before(month)) and _begin(_month_after(month)) <= end


def _gathered(sums: Mapping[Cell, _Sums]) -> dict[Cell, _Sums]:
    """Return the sums with those of too few persons put together, by month and basis."""
    gathered: dict[Cell, _Sums] = {}
    for (month, basis, name), one in sums.items():
        cell = (month, basis, name if len(one.persons) >= LEAST else OTHERS)
        gathered.setdefault(cell, _Sums()).merge(one)
    return gathered


def _joined(known: int | None, packed: int) -> int:
    """Return what is known of a person: the province of the first report, and the violations of all of them."""
    if known is None:
        return packed
    return known | packed & ((1 << _VIOLATION_BITS + 1) - 1)


def _violations(sums: _Sums, *, total: int, violating: int | None) -> str:
    counts = {
        VIOLATION_NAMES[VIOLATIONS[mark]][0]: count
        for mark in range(_VIOLATION_BITS)
        if (count := sum(packed >> mark + 1 & 1 for packed in sums.persons.values()))
    }
    return cells_text(told_marks(counts, total=total, within=violating))


def _change(people: int, earlier: int) -> str:
    percent = round(100 * (people - earlier) / earlier)
    return f"{percent:+d}%" if percent else "0%"


def _begin(month: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"{month}-01"), time(), CHINA)


def _month_before(month: str) -> str:
    year, place = map(int, month.split("-"))
    return f"{year - (place == 1)}-{(place - 2) % 12 + 1:02}"


def _month_after(month: str) -> str:
    year, place = map(int, month.split("-"))
    return f"{year + (place == 12)}-{place % 12 + 1:02}"
