"""The hand-over columns of 12321, and how a report fills them.

The header is that of the bulk hand-over between carriers and 12321. No column but 举报内容, which is
the reporter's own text as it was written, can say who reported:

| column | filled with |
|---|---|
| 举报来源 | `dunwatch/` and the source of the report; 【模拟数据】 before it where the report was simulated |
| 举报号码 | `***`: who reports is known to this service only as a pseudonym |
| 被举报号码 | the number as dialled in China; 未知号码 where withheld or suspected to be spoofed |
| 下发日期 | day of the export, Asia/Shanghai like every other time |
| 投诉时间 | when the report was recorded |
| 显示主叫号码 | the caller ID as it was shown, else the number as one dials it |
| 业务类型 | 语音, 短信, 其他 |
| 电话类型 | 人工, 自动语音, 响一声; empty where the reporter did not say |
| 被叫号码 | `***`: the called number is stored encrypted only |
| 来电时间 | when it happened; the day alone where the hour is not known |
| 通话时长(秒) | empty where not known, 0 for a call that was not answered |
| 被叫企业 | always empty: those who report are persons |
| 不良类型 | 欠款催收, or 未分类来电 of feeds about any calls; what marks the number; violations; joined by ； |
| 举报内容 | whom the caller claimed to act for, and the report's text, with what was added later |

A number that others display is a victim too. Where the verdict suspects spoofing or protects the number, or
the number is none that could have called (a public service, an impossible caller ID), the row accuses no
number: 被举报号码 is 未知号码, 显示主叫号码 keeps what was displayed, and 不良类型 says 疑似改号.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec
from msgspec import field

from ml.signals import VIOLATIONS
from service.exports.store import ExportedReport, ReportSource
from service.numbers import Kind, Number
from service.violations import VIOLATION_NAMES

Cell: TypeAlias = str | int | None


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row: the columns in their order, then what NDJSON adds to join it to verdicts and to the feed."""

    source: str = field(name="举报来源")
    reporter: str = field(name="举报号码")
    accused: str = field(name="被举报号码")
    handed_over_on: str = field(name="下发日期")
    recorded_at: str = field(name="投诉时间")
    displayed: str = field(name="显示主叫号码")
    medium: str = field(name="业务类型")
    caller: str = field(name="电话类型")
    callee: str = field(name="被叫号码")
    occurred_at: str = field(name="来电时间")
    duration_seconds: int | None = field(name="通话时长(秒)")
    callee_company: str = field(name="被叫企业")
    bad_types: str = field(name="不良类型")
    content: str = field(name="举报内容")
    report_id: str
    number: str
    verdict: str
    score: float | None
    revision: int | None
    is_simulated: bool

    def cells(self) -> tuple[Cell, ...]:
        """The columns alone, in their order."""
        return msgspec.structs.astuple(self)[: len(COLUMNS)]


JOINED: Final = ("report_id", "number", "verdict", "score", "revision", "is_simulated")
COLUMNS: Final = tuple(
    column.encode_name for column in msgspec.structs.fields(Row) if column.name not in JOINED
)
SCORE_DIGITS: Final = 4
MASK: Final = "***"
UNKNOWN_NUMBER: Final = "未知号码"
SIMULATED: Final = "【模拟数据】"
#: By what the reports of a source are about; a foreign authority's complaints are of every sort.
SUBJECTS: Final = {"collection": "欠款催收", "any": "未分类来电"}
SPOOFED: Final = "疑似改号（显示号码被冒用，不作为被举报号码）"
SEPARATOR: Final = "；"

MEDIA: Final = {"voice": "语音", "sms": "短信", "other": "其他"}
CALLERS: Final = {None: "", "human": "人工", "automated": "自动语音", "one_ring": "响一声"}
VERDICT_MARKS: Final = {"disputed": "号码异议处理中", "cleared": "号码已澄清"}

#: Kinds that cannot have called: who shows them has forged his caller ID.
NEVER_CALLING: Final = frozenset({Kind.IMPOSSIBLE, Kind.PUBLIC_SERVICE})
#: What makes a spreadsheet read a cell as a formula or split it (OWASP, "CSV Injection"), also in full width;
#: the apostrophe itself, so that taking one away always gives the original.
GUARDED: Final = frozenset("=+-@\t\r\n＝＋－＠'")


class HandOver:
    """Fills the rows of one export; reports come grouped by number, so each number is looked at once."""

    def __init__(self, *, handed_over_on: date, sources: Mapping[int, ReportSource]) -> None:
        self._handed_over_on = handed_over_on.isoformat()
        self._sources = {
            source_id: (f"dunwatch/{source.name}", SUBJECTS[source.concerns])
            for source_id, source in sources.items()
        }
        self._number = ""
        self._dialled = ""
        self._is_spoofed = False
        self._score: float | None = None

    def row(self, report: ExportedReport) -> Row:
        """The row of one report."""
        if report.number != self._number:
            self._turn_to(report)
        source, subject = self._sources[report.source_id]
        return Row(
            source=SIMULATED + source if report.is_simulated else source,
            reporter=MASK,
            accused=UNKNOWN_NUMBER if self._is_spoofed else self._dialled,
            handed_over_on=self._handed_over_on,
            recorded_at=report.recorded_at.isoformat(" ", "seconds"),
            displayed=report.shown or self._dialled,
            medium=MEDIA[report.medium],
            caller=CALLERS[report.caller],
            callee=MASK,
            occurred_at=_happened(report.occurred_at, time_known=report.time_known),
            duration_seconds=_duration(report),
            callee_company="",
            bad_types=bad_types(
                subject, tuple(report.violations or ()), report.verdict, is_spoofed=self._is_spoofed
            ),
            content=_content(report),
            report_id=report.report_id,
            number=report.number,
            verdict=report.verdict,
            score=self._score,
            revision=report.revision,
            is_simulated=report.is_simulated or report.verdict_is_simulated,
        )

    def _turn_to(self, report: ExportedReport) -> None:
        kind = Kind(report.kind)
        self._number = report.number
        self._dialled = Number(report.number, kind).dialled or UNKNOWN_NUMBER
        self._is_spoofed = report.suspected_spoofing or report.verdict == "protected" or kind in NEVER_CALLING
        self._score = None if report.score is None else round(report.score, SCORE_DIGITS)


@lru_cache(maxsize=4096)
def bad_types(subject: str, positions: tuple[int, ...], verdict: str, *, is_spoofed: bool) -> str:
    """The cell 不良类型: subject, marks of the number, violations by position in `ml.signals.VIOLATIONS`."""
    names = [subject]
    if is_spoofed:
        names.append(SPOOFED)
    if verdict in VERDICT_MARKS:
        names.append(VERDICT_MARKS[verdict])
    names.extend(VIOLATION_NAMES[VIOLATIONS[position]][0] for position in sorted(set(positions)))
    return SEPARATOR.join(names)


def guarded(cells: Iterable[Cell]) -> list[Cell]:
    """The same cells for CSV: an apostrophe before each text that a spreadsheet might execute."""
    # twenty-eight million cells in a large export: a type is told by identity twice as fast as by isinstance
    return [f"'{cell}" if type(cell) is str and cell and cell[0] in GUARDED else cell for cell in cells]


def unguarded(cells: Sequence[str]) -> list[str]:
    """What `guarded` was given, from cells read back."""
    return [cell.removeprefix("'") for cell in cells]


def _happened(occurred_at: datetime, *, time_known: bool) -> str:
    text = occurred_at.isoformat(" ", "seconds")
    return text if time_known else text[:10]


def _duration(report: ExportedReport) -> int | None:
    if report.duration_seconds is None and report.connected is False:
        return 0
    return report.duration_seconds


def _content(report: ExportedReport) -> str:
    if report.claimed_institution:
        return f"自称机构：{report.claimed_institution}。{report.narrative}"
    return report.narrative
