"""Rows about reports: how a report fills the columns of 12321."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec.structs import astuple, replace

from ml.words import Kind
from service.exports.cells import (
    CALLERS,
    MASK,
    MEDIA,
    RELATIONS,
    SCORE_DIGITS,
    SIMULATED,
    SUBJECTS,
    UNKNOWN_NUMBER,
    allocation_of,
    bad_types,
    content_of,
    evidence_of,
    is_spoofed,
    unsealed,
)
from service.exports.columns import ExtendedRow, Filled, Row
from service.exports.row_ids import RowIds
from service.exports.snapshot import ExportedReport, ReportSource
from service.masking.mask import masked_once
from service.numbers.parse import Number
from service.secrets import KeyRing


class HandOver:
    """Fills the rows of one export; reports come grouped by number, so that each number is looked at once.

    With `keys`, what could identify reporters is decrypted and filled in; without them it is masked.
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
        """Return the rows of these reports."""
        return [Filled(self.row(one), one.number, one.report_id, one.recorded_at) for one in reports]

    def finish(self) -> list[Filled]:
        """Return nothing: no row is kept back."""
        return []

    def row(self, report: ExportedReport) -> Row:
        """Return the row of one report."""
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
            evidence=evidence_of(report),
        )
        return row if self._keys is None else _identified(row, report, self._keys)

    def _turn_to(self, report: ExportedReport) -> None:
        kind = Kind(report.kind)
        self._number = report.number
        self._keep = frozenset({report.number})
        self._dialled = Number(report.number, kind).dialled or UNKNOWN_NUMBER
        self._is_spoofed = is_spoofed(report)
        self._score = None if report.score is None else round(report.score, SCORE_DIGITS)


class ExtendedHandOver(HandOver):
    """Fills rows of `12321_extended`: those of `12321`, with what allocations and the reporter add.

    The called number is mostly the reporter's own: its carrier and province are exported with it or not at all.
    """

    def row(self, report: ExportedReport) -> ExtendedRow:
        """Return the row of one report."""
        base = super().row(report)
        accused = None if base.accused == UNKNOWN_NUMBER else report.number
        carrier, province = allocation_of(accused)
        callee_carrier, callee_province = allocation_of(base.callee)  # empty for a masked one
        added: dict[str, Any] = {
            "accused_carrier": carrier,
            "accused_province": province,
            "callee_carrier": callee_carrier,
            "callee_province": callee_province,
            "institution": masked_once(report.claimed_institution or "", self._keep),
            "overdue_days": None,
            "is_debtor": RELATIONS[report.relation],
            "recording": "有" if report.has_recording else "",
        }
        return ExtendedRow(*astuple(base), **added)


def _identified(row: Row, report: ExportedReport, keys: KeyRing) -> Row:
    """Return the row with what could identify the reporter in place of the mask."""
    secret = unsealed(report, keys)
    return replace(row, reporter=secret["contact"] or "", callee=secret["callee"] or "")


def _duration(report: ExportedReport) -> int | None:
    if report.duration_seconds is None and report.connected is False:
        return 0
    return report.duration_seconds
