"""Rows about numbers: what was reported of each, counted so that nobody who reported can be singled out.

Counts are of persons: each counts once for a number, by the first report. Under ten they are withheld, and so is what
would give them away (`service.exports.suppression`). A number that too few persons reported has no row at all.

| column | filled with |
|---|---|
| 被举报号码, 显示主叫号码 | as in rows about reports: a spoofed number is displayed, never accused |
| 号码类型, 运营商, 省份 | what the number is; the last two empty where no number is accused |
| 结论, 疑似改号, 批次 | the verdict, 是 or 否, and the campaign where it belongs to one |
| 举报数, 举报人数 | empty where fewer than ten persons reported it |
| 首次联系日期, 末次联系日期 | of the calls and messages reported |
| 违规类型 | persons by violation: `恐吓威胁 12；侮辱辱骂 少于10` |
| 按日 | persons by the day of their first contact; 不予列出 where the table cannot be told |
| 按被叫号码省份 | the same by the province of the number that was called, 未知 where it was not given |
| 举报内容样例 | up to three texts, each cut to 200 letters |
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ml.words import VIOLATIONS, Kind
from service.exports.columns import (
    SCORE_DIGITS,
    UNKNOWN_NUMBER,
    Change,
    Filled,
    allocation_of,
    content_of,
    is_spoofed,
    positions_of,
    unsealed,
)
from service.exports.row_ids import RowIds
from service.exports.store import ExportedReport
from service.exports.suppression import told_cells, told_marks, told_total
from service.numbers.parse import Number
from service.secrets import KeyRing
from service.violations import VIOLATION_NAMES

FEW: Final = "少于10"
NOT_TOLD: Final = "不予列出"
UNKNOWN_PLACE: Final = "未知"
SEPARATOR: Final = "；"
SAMPLES: Final = 3
SAMPLE_LETTERS: Final = 200
YES_NO: Final = {True: "是", False: "否"}


class NumberRow(msgspec.Struct, frozen=True, gc=False):
    """One row: the columns in their order, then what NDJSON and Parquet add."""

    accused: str = msgspec.field(name="被举报号码")
    displayed: str = msgspec.field(name="显示主叫号码")
    kind: str = msgspec.field(name="号码类型")
    carrier: str = msgspec.field(name="运营商")
    province: str = msgspec.field(name="省份")
    verdict: str = msgspec.field(name="结论")
    suspected_spoofing: str = msgspec.field(name="疑似改号")
    campaign: str = msgspec.field(name="批次")
    reports: int | None = msgspec.field(name="举报数")
    reporters: int | None = msgspec.field(name="举报人数")
    first_contact_on: str = msgspec.field(name="首次联系日期")
    last_contact_on: str = msgspec.field(name="末次联系日期")
    violations: str = msgspec.field(name="违规类型")
    days: str = msgspec.field(name="按日")
    provinces: str = msgspec.field(name="按被叫号码省份")
    samples: str = msgspec.field(name="举报内容样例")
    row_id: str
    change: Change
    number: str
    score: float | None
    revision: int | None
    is_simulated: bool


@dataclass(slots=True)
class _Sums:
    """What was reported of one number so far."""

    first: ExportedReport
    reports: int = 0
    reporters: int = 0
    is_simulated: bool = False
    first_on: str = "9"  # days and times as texts come in their own order
    last_on: str = ""
    recorded_at: str = "9"
    marks: Counter[int] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    provinces: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)


class NumberHandOver:
    """Adds reports up, which come grouped by number; memory is that of one number."""

    def __init__(self, *, row_ids: RowIds, keys: KeyRing, min_reporters: int) -> None:
        self._row_ids = row_ids
        self._keys = keys
        self._min_reporters = min_reporters
        self._sums: _Sums | None = None

    def fill(self, reports: Sequence[ExportedReport]) -> list[Filled]:
        """The rows of the numbers that have ended by now."""
        filled = []
        for report in reports:
            if self._sums is not None and report.number != self._sums.first.number:
                filled += self.finish()
            if self._sums is None:
                self._sums = _Sums(report)
            self._add(self._sums, report)
        return filled

    def finish(self) -> list[Filled]:
        """The row of the last number; none where too few persons reported it."""
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
            sums.marks.update(positions_of(report.violations))
            sums.days[day] += 1
            _, province = allocation_of(unsealed(report, self._keys)["callee"])
            sums.provinces[province or UNKNOWN_PLACE] += 1

    def _row(self, sums: _Sums) -> NumberRow:
        first = sums.first
        dialled = Number(first.number, Kind(first.kind)).dialled or UNKNOWN_NUMBER
        spoofed = is_spoofed(first)
        carrier, province = ("", "") if spoofed else allocation_of(first.number)
        people = told_total(sums.reporters)
        marks = {VIOLATION_NAMES[VIOLATIONS[place]][0]: count for place, count in sorted(sums.marks.items())}
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
            violations=_text(told_marks(marks, total=sums.reporters)),
            days=self._table(first.number, sums.days),
            provinces=self._table(first.number, sums.provinces),
            samples="\n".join(sums.samples),
            row_id=self._row_ids.of_number(first.number),
            change="added",
            number=first.number,
            score=None if first.score is None else round(first.score, SCORE_DIGITS),
            revision=first.revision,
            is_simulated=sums.is_simulated,
        )

    def _table(self, number: str, cells: Mapping[str, int]) -> str:
        told = told_cells(
            cells, rank=lambda name: self._keys.pseudonym("withheld cells", f"{number} {name}".encode())
        )
        return NOT_TOLD if told is None else _text(dict(sorted(told.items())))


def _text(cells: Mapping[str, int | None]) -> str:
    return SEPARATOR.join(f"{name} {FEW if people is None else people}" for name, people in cells.items())
