"""Rows about numbers: what was reported about each, counted so that no reporter can be singled out.

Counts are of persons: each counts once for a number, by the first report. Counts under ten are withheld, and so is what
would reveal them (`service.exports.suppression`). A number that too few persons reported has no row at all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ml.words import VIOLATIONS, Kind
from service.exports.cells import (
    SCORE_DIGITS,
    UNKNOWN_NUMBER,
    allocation_of,
    breaks_a_rule,
    content_of,
    is_spoofed,
    positions_of,
    unsealed,
)
from service.exports.columns import (
    ACCUSED_PATTERN,
    Filled,
    NumberKey,
    RowChange,
    RowRevision,
    RowScore,
    RowVerdict,
    one_of,
)
from service.exports.row_ids import RowIds
from service.exports.snapshot import ExportedReport
from service.exports.suppression import LEAST, told_cells, told_marks, told_pair, told_total
from service.numbers.parse import Number
from service.secrets import KeyRing
from service.violations import VIOLATION_NAMES

#: What stands for a withheld count. It may be a large one, withheld because a small one could be worked out from it, and
#: nothing may tell which of the two it is.
FEW: Final = "少于10或不列出"
NOT_TOLD: Final = "不予列出"
UNKNOWN_PLACE: Final = "未知"
SEPARATOR: Final = "；"
SAMPLES: Final = 3
SAMPLE_LETTERS: Final = 200
YES_NO: Final = {True: "是", False: "否"}


Persons = Annotated[int, Meta(ge=LEAST)] | None


class NumberRow(msgspec.Struct, frozen=True, gc=False):
    """A number, with what persons reported about it: the columns in their order, then what NDJSON and Parquet add."""

    accused: Annotated[
        str,
        Meta(
            pattern=ACCUSED_PATTERN,
            description="The number as dialled inside China; 未知号码 where it is suspected to be spoofed.",
        ),
    ] = msgspec.field(name="被举报号码")
    displayed: Annotated[str, Meta(description="The number as it was displayed.")] = msgspec.field(
        name="显示主叫号码"
    )
    kind: Annotated[str, one_of([kind.value for kind in Kind], "What kind of number it is.")] = msgspec.field(
        name="号码类型"
    )
    carrier: Annotated[
        str,
        Meta(
            description="Network that the prefix was allocated to; empty where it is not known or no number is accused."
        ),
    ] = msgspec.field(name="运营商")
    province: Annotated[str, Meta(description="Province of that allocation.")] = msgspec.field(name="省份")
    verdict: RowVerdict = msgspec.field(name="结论")
    suspected_spoofing: Annotated[
        str, one_of(YES_NO.values(), "是: the displayed number must not be taken for the caller's.")
    ] = msgspec.field(name="疑似改号")
    campaign: Annotated[
        str,
        Meta(
            description="Campaign id where the number was probably used by the same caller as others; else empty."
        ),
    ] = msgspec.field(name="批次")
    reports: Annotated[
        Persons, Meta(description="Reports; null (an empty cell) where fewer than ten persons reported it.")
    ] = msgspec.field(name="举报数")
    reporters: Annotated[
        Persons,
        Meta(description="Persons who reported it; null (an empty cell) where there are fewer than ten."),
    ] = msgspec.field(name="举报人数")
    first_contact_on: Annotated[
        str,
        Meta(
            description="Day of the first call or message reported, Asia/Shanghai.",
            extra_json_schema={"format": "date"},
        ),
    ] = msgspec.field(name="首次联系日期")
    last_contact_on: Annotated[
        str,
        Meta(
            description="Day of the last call or message reported, Asia/Shanghai.",
            extra_json_schema={"format": "date"},
        ),
    ] = msgspec.field(name="末次联系日期")
    violations: Annotated[
        str,
        Meta(
            description="Persons by violation, joined by ；: its name, and a count of ten or more, or 少于10或不列出 "
            "where it is smaller or would reveal a smaller one (恐吓威胁 12；侮辱辱骂 少于10或不列出)."
        ),
    ] = msgspec.field(name="违规类型")
    days: Annotated[
        str,
        Meta(
            description="Persons by the day of their first contact, in the same form; 不予列出 where no cell can be shown "
            "without revealing another one."
        ),
    ] = msgspec.field(name="按日")
    provinces: Annotated[
        str,
        Meta(
            description="Persons by the province of the called number, in the same form; 未知 where that was not given."
        ),
    ] = msgspec.field(name="按被叫号码省份")
    samples: Annotated[
        str,
        Meta(
            description="Texts of up to three reports, each cut to 200 characters, one a line. Reporters wrote them: do not "
            "publish them."
        ),
    ] = msgspec.field(name="举报内容样例")
    row_id: Annotated[
        str,
        Meta(
            pattern="^n[0-9a-f]{32}$",
            description="Opaque id of the row, the same in every export to one agency. Send outcomes back with it.",
        ),
    ]
    change: RowChange
    number: NumberKey
    score: RowScore
    revision: RowRevision
    is_simulated: Annotated[
        bool, Meta(description="Whether any of its reports or the verdict comes from simulated data.")
    ]
    violating: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="Persons whose report names a violation, or is of a call between 22:00 and 8:00; null where this "
            "count, or the next, is of one to nine persons."
        ),
    ] = msgspec.field(name="涉嫌违规人数")
    lawful: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="Persons who reported a call by day and named no violation; null like the count before it."
        ),
    ] = msgspec.field(name="未指明违规人数")


@dataclass(slots=True)
class _Sums:
    """What was reported about one number so far."""

    first: ExportedReport
    reports: int = 0
    reporters: int = 0
    violating: int = 0
    is_simulated: bool = False
    first_on: str = "9"  # days and times as texts come in their own order
    last_on: str = ""
    recorded_at: str = "9"
    marks: Counter[int] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    provinces: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)


class NumberHandOver:
    """Sums up reports, which come grouped by number; keeps one number in memory."""

    def __init__(self, *, row_ids: RowIds, keys: KeyRing, min_reporters: int) -> None:
        self._row_ids = row_ids
        self._keys = keys
        self._min_reporters = min_reporters
        self._sums: _Sums | None = None

    def fill(self, reports: Sequence[ExportedReport]) -> list[Filled]:
        """Return the rows of the numbers that are complete by now."""
        filled = []
        for report in reports:
            if self._sums is not None and report.number != self._sums.first.number:
                filled += self.finish()
            if self._sums is None:
                self._sums = _Sums(report)
            self._add(self._sums, report)
        return filled

    def finish(self) -> list[Filled]:
        """Return the row of the last number; no row if too few persons reported it."""
        sums, self._sums = self._sums, None
        if sums is None or sums.reporters < self._min_reporters:
            return []
        return [Filled(self._row(sums), sums.first.number, None, sums.recorded_at)]

    def _add(self, sums: _Sums, report: ExportedReport) -> None:
        day = report.occurred_at[:10]
        sums.reports += 1
        sums.is_simulated |= report.is_simulated or report.verdict_is_simulated
        sums.first_on, sums.last_on = min(sums.first_on, day), max(sums.last_on, day)
        sums.recorded_at = min(sums.recorded_at, report.recorded_at)
        if report.narrative and len(sums.samples) < SAMPLES:
            sums.samples.append(content_of(report, frozenset({report.number}))[:SAMPLE_LETTERS])
        if report.is_counted:
            sums.reporters += 1
            sums.violating += breaks_a_rule(report)
            sums.marks.update(positions_of(report.violations))
            sums.days[day] += 1
            _, province = allocation_of(unsealed(report, self._keys)["callee"])
            sums.provinces[province or UNKNOWN_PLACE] += 1

    def _row(self, sums: _Sums) -> NumberRow:
        first = sums.first
        spoofed = is_spoofed(first)
        dialled = Number(first.number, Kind(first.kind)).dialled or UNKNOWN_NUMBER
        carrier, province = ("", "") if spoofed else allocation_of(first.number)
        people = told_total(sums.reporters)
        violating, lawful = told_pair(sums.violating, sums.reporters - sums.violating)
        if people is None:
            violating = lawful = None
        return NumberRow(
            accused=UNKNOWN_NUMBER if spoofed else dialled,
            displayed=dialled,
            kind=first.kind,
            carrier=carrier,
            province=province,
            verdict=first.verdict,
            suspected_spoofing=YES_NO[spoofed],
            campaign=first.campaign_id or "",
            reports=None if people is None else sums.reports,
            reporters=people,
            first_contact_on=sums.first_on,
            last_contact_on=sums.last_on,
            violations=_violations(sums, violating),
            days=self._table(first.number, sums.days),
            provinces=self._table(first.number, sums.provinces),
            samples="\n".join(sums.samples),
            row_id=self._row_ids.of_number(first.number),
            change="added",
            number=first.number,
            score=None if first.score is None else round(first.score, SCORE_DIGITS),
            revision=first.revision,
            is_simulated=sums.is_simulated,
            violating=violating,
            lawful=lawful,
        )

    def _table(self, number: str, cells: Mapping[str, int]) -> str:
        told = told_cells(
            cells, rank=lambda name: self._keys.pseudonym("withheld cells", f"{number} {name}".encode())
        )
        return NOT_TOLD if told is None else cells_text(dict(sorted(told.items())))


def _violations(sums: _Sums, violating: int | None) -> str:
    names = {VIOLATION_NAMES[VIOLATIONS[place]][0]: count for place, count in sorted(sums.marks.items())}
    return cells_text(told_marks(names, total=sums.reporters, within=violating))


def cells_text(cells: Mapping[str, int | None]) -> str:
    """Return a table as a cell shows it."""
    return SEPARATOR.join(f"{name} {FEW if people is None else people}" for name, people in cells.items())
