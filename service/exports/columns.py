"""The hand-over columns of 12321, and how a report fills them.

The header is that of the bulk hand-over between carriers and 12321, with `row_id` and `change` behind it:

| column | filled with |
|---|---|
| 举报来源 | `dunwatch/` and the source of the report; 【模拟数据】 before it where the report was simulated |
| 举报号码 | `***`; under a legal basis how the reporter wants to be reached, where it was given |
| 被举报号码 | the number as dialled in China; 未知号码 where withheld or suspected to be spoofed |
| 下发日期 | day of the export, Asia/Shanghai like every other time |
| 投诉时间 | when the report was recorded |
| 显示主叫号码 | the caller ID as it was shown, else the number as one dials it |
| 业务类型 | 语音, 短信, 其他 |
| 电话类型 | 人工, 自动语音, 响一声; empty where the reporter did not say |
| 被叫号码 | `***`; under a legal basis the called number, where it was given |
| 来电时间 | when it happened; the day alone where the hour is not known |
| 通话时长(秒) | empty where not known, 0 for a call that was not answered |
| 被叫企业 | always empty: those who report are persons |
| 不良类型 | 欠款催收, or 未分类来电 of feeds about any calls; what marks the number; violations; joined by ； |
| 举报内容 | whom the caller claimed to act for, and the report's text, with what was added later; masked |
| row_id | opaque, the same in every export to one agency; outcomes are given back by it |
| change | `added` or `changed` since the agency was last handed this row |

The second header, `12321_extended`, has eight more columns before `row_id`:

| column | filled with |
|---|---|
| 被举报号码运营商, 被举报号码省份 | by the allocation of the number; empty where no number is accused |
| 被叫号码运营商, 被叫号码省份 | the same of the called number, where it was given |
| 催收机构名称 | whom the caller claimed to act for |
| 逾期天数 | always empty: not asked for |
| 是否本人 | 是 for a debtor, 否 for anybody else, empty where not said |
| 通话录音 | 有 where the reporter attached one; it is handed over with a case, never in bulk |

A number that others display is a victim too. Where the verdict suspects spoofing or protects the number, or
the number is none that could have called (a public service, an impossible caller ID), the row accuses no
number: 被举报号码 is 未知号码, 显示主叫号码 keeps what was displayed, and 不良类型 says 疑似改号.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from msgspec import field
from msgspec.structs import replace

from ml.words import VIOLATIONS, Kind
from service.exports.row_ids import RowIds
from service.exports.store import ExportedReport, ReportSource
from service.masking.mask import mask
from service.numbers.parse import Number, NumberError, parse_number
from service.reports.intake import unseal
from service.secrets import KeyRing
from service.violations import VIOLATION_NAMES

Cell: TypeAlias = str | int | None
Change: TypeAlias = Literal["added", "changed"]


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row: the columns in their order, then what NDJSON and Parquet add to join it to verdicts and the feed."""

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
    row_id: str
    change: Change
    number: str
    verdict: str
    score: float | None
    revision: int | None
    is_simulated: bool


class ExtendedRow(Row, frozen=True, gc=False):
    """A row of the second header."""

    accused_carrier: str = field(name="被举报号码运营商")
    accused_province: str = field(name="被举报号码省份")
    callee_carrier: str = field(name="被叫号码运营商")
    callee_province: str = field(name="被叫号码省份")
    institution: str = field(name="催收机构名称")
    overdue_days: int | None = field(name="逾期天数")
    is_debtor: str = field(name="是否本人")
    recording: str = field(name="通话录音")


def names_of(row: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of a row's members, in their order."""
    return tuple(member.encode_name for member in msgspec.structs.fields(row))


BASE: Final = names_of(Row)[:14]
IDENTITY: Final = ("row_id", "change")
COLUMNS: Final = BASE + IDENTITY
EXTENDED_COLUMNS: Final = BASE + names_of(ExtendedRow)[len(names_of(Row)) :] + IDENTITY
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
RELATIONS: Final = {None: "", "debtor": "是", "third_party": "否", "wrong_person": "否"}
VERDICT_MARKS: Final = {"disputed": "号码异议处理中", "cleared": "号码已澄清"}

#: Kinds that cannot have called: who shows them has forged his caller ID.
NEVER_CALLING: Final = frozenset({Kind.IMPOSSIBLE, Kind.PUBLIC_SERVICE})


class Filled(NamedTuple):
    """A row and what it is about; times are clocks in China."""

    row: Any  # a struct of the layout
    number: str
    report_id: str | None
    reported_at: str


class HandOver:
    """Fills the rows of one export; reports come grouped by number, so each number is looked at once.

    With `keys`, what could identify reporters is unsealed and filled in; without, it is masked.
    """

    def __init__(
        self,
        *,
        handed_over_on: date,
        sources: Mapping[int, ReportSource],
        row_ids: RowIds,
        keys: KeyRing | None = None,
    ) -> None:
        self._handed_over_on = handed_over_on.isoformat()
        self._sources = {
            source_id: (f"dunwatch/{source.name}", SUBJECTS[source.concerns])
            for source_id, source in sources.items()
        }
        self._row_ids = row_ids
        self._keys = keys
        self._number = ""
        self._keep: frozenset[str] = frozenset()
        self._dialled = ""
        self._is_spoofed = False
        self._score: float | None = None

    def fill(self, reports: Iterable[ExportedReport]) -> list[Filled]:
        """The rows of reports."""
        return [Filled(self.row(one), one.number, one.report_id, one.recorded_at) for one in reports]

    def finish(self) -> list[Filled]:
        """Nothing is kept back."""
        return []

    def row(self, report: ExportedReport) -> Row:
        """The row of one report."""
        if report.number != self._number:
            self._turn_to(report)
        source, subject = self._sources[report.source_id]
        row = Row(
            source=SIMULATED + source if report.is_simulated else source,
            reporter=MASK,
            accused=UNKNOWN_NUMBER if self._is_spoofed else self._dialled,
            handed_over_on=self._handed_over_on,
            recorded_at=report.recorded_at,
            displayed=report.shown or self._dialled,
            medium=MEDIA[report.medium],
            caller=CALLERS[report.caller],
            callee=MASK,
            occurred_at=report.occurred_at,
            duration_seconds=_duration(report),
            callee_company="",
            bad_types=bad_types(subject, report.violations, report.verdict, is_spoofed=self._is_spoofed),
            content=content_of(report, self._keep),
            row_id=self._row_ids.of_report(report.report_id),
            change="added",
            number=report.number,
            verdict=report.verdict,
            score=self._score,
            revision=report.revision,
            is_simulated=report.is_simulated or report.verdict_is_simulated,
        )
        if self._keys is None:
            return row
        secret = unsealed(report, self._keys)
        return replace(row, reporter=secret["contact"] or "", callee=secret["callee"] or "")

    def _turn_to(self, report: ExportedReport) -> None:
        kind = Kind(report.kind)
        self._number = report.number
        self._keep = frozenset({report.number})
        self._dialled = Number(report.number, kind).dialled or UNKNOWN_NUMBER
        self._is_spoofed = is_spoofed(report)
        self._score = None if report.score is None else round(report.score, SCORE_DIGITS)


class ExtendedHandOver(HandOver):
    """Fills rows of the second header: those of the first, with what allocations and the reporter say besides.

    Carrier and province of who was called are of the reporter, mostly: they are told with the called number or not at all.
    """

    def row(self, report: ExportedReport) -> ExtendedRow:
        """The row of one report."""
        base = super().row(report)
        accused = None if base.accused == UNKNOWN_NUMBER else report.number
        carrier, province = allocation_of(accused)
        callee_carrier, callee_province = allocation_of(base.callee)  # of a masked one nothing
        members: tuple[Any, ...] = (
            *msgspec.structs.astuple(base),
            carrier,
            province,
            callee_carrier,
            callee_province,
            mask(report.claimed_institution or "", keep=self._keep),
            None,
            RELATIONS[report.relation],
            "有" if report.has_recording else "",
        )
        return ExtendedRow(*members)


def is_spoofed(report: ExportedReport) -> bool:
    """Whether the displayed number must not be taken for the caller's."""
    return report.suspected_spoofing or report.verdict == "protected" or Kind(report.kind) in NEVER_CALLING


def unsealed(report: ExportedReport, keys: KeyRing) -> dict[str, str | None]:
    """Callee and contact of a report; what was added later takes the place of what was given first."""
    report_id = UUID(report.report_id)
    secret: dict[str, str | None] = {"callee": None, "contact": None}
    for sealed in (report.sealed, *(report.later_sealed or ())):
        given = unseal(sealed, keys, report_id)
        secret |= {name: value for name, value in given.items() if value}
    return secret


@lru_cache(maxsize=4096)
def allocation_of(text: str | None) -> tuple[str, str]:
    """Carrier and province by a number's allocation; empty texts where they are not known."""
    try:
        number = parse_number(text) if text else None
    except NumberError:
        number = None
    if number is None:
        return "", ""
    return number.carrier or "", province_of(number.region)


def province_of(region: str | None) -> str:
    """The province of a region such as 广东深圳; empty outside China or where nothing is known."""
    if region is None or region.isascii():
        return ""
    return region[: 3 if region.startswith(("内蒙古", "黑龙江")) else 2]


@lru_cache(maxsize=4096)
def bad_types(subject: str, violations: str, verdict: str, *, is_spoofed: bool) -> str:
    """The cell 不良类型: subject, marks of the number, names of the violations (see `positions_of`)."""
    names = [subject]
    if is_spoofed:
        names.append(SPOOFED)
    if verdict in VERDICT_MARKS:
        names.append(VERDICT_MARKS[verdict])
    names.extend(VIOLATION_NAMES[VIOLATIONS[place]][0] for place in positions_of(violations))
    return SEPARATOR.join(names)


def unguarded(cells: Sequence[str]) -> list[str]:
    """The texts of cells that were read back from CSV: without the apostrophe that was put before some."""
    return [cell.removeprefix("'") for cell in cells]


def positions_of(violations: str) -> tuple[int, ...]:
    """Places in `ml.signals.VIOLATIONS`, from their numbers joined by commas; each once, in order."""
    return tuple(sorted({int(place) for place in violations.split(",") if place}))


def _duration(report: ExportedReport) -> int | None:
    if report.duration_seconds is None and report.connected is False:
        return 0
    return report.duration_seconds


def content_of(report: ExportedReport, keep: frozenset[str]) -> str:
    """What was reported in words, with numbers of others than `keep` masked."""
    claim = f"自称机构：{report.claimed_institution}。" if report.claimed_institution else ""
    return mask(claim + report.narrative, keep=keep)
