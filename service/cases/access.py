"""Gives handlers a case: one of the reporter's own, decrypted, with the channels that fit it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import Request

from service.cases import store
from service.cases.counted import Counted, list_counted
from service.cases.fitting import ChannelFit, fitting
from service.cases.follow_up import today_in_china
from service.cases.gathered import CaseReport, GatheredCase, gather, open_reports
from service.cases.situation import situation_of
from service.cases.store import CaseRow
from service.database import Connection
from service.edge.context import context_of
from service.edge.problems import CASE_WITHDRAWN, NOT_FOUND, ProblemError
from service.evidence.store import EvidenceRow, list_evidence
from service.reports.reporters import require_reporter
from service.reports.store import FindingRow, list_findings
from service.rules.situation import Situation


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case with its reports, the limits that their contacts exceed, and the channels that fit it today."""

    case: GatheredCase
    reports: list[CaseReport]
    counted: list[Counted]
    fits: list[ChannelFit]
    evidence: list[tuple[int, EvidenceRow]]  # each with the number of its report, counted from 1
    findings: list[FindingRow]
    today: date

    @property
    def situation(self) -> Situation:
        """What is known about the situation."""
        return situation_of(self.case, self.reports)

    @property
    def violations(self) -> list[str]:
        """What was done: what reports claim and what is counted."""
        claimed = {violation for report in self.reports for violation in report.violations}
        return sorted(claimed | {one.violation for one in self.counted})


async def own_case(connection: Connection, pseudonym: bytes, case_id: UUID) -> CaseRow:
    """Return one of a reporter's own cases; raise not_found for anybody else's."""
    await require_reporter(connection, pseudonym)
    row = await store.fetch_case(connection, pseudonym, case_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return row


async def open_case(
    connection: Connection, request: Request, case_id: UUID, *, pseudonym: bytes, to_change: bool = False
) -> OpenedCase:
    """Return a case, decrypted.

    With `to_change` other changes wait until the transaction ends, and a withdrawn case raises case_withdrawn.
    """
    context = context_of(request)
    if to_change:
        await store.lock_case(connection, pseudonym, case_id)
    row = await own_case(connection, pseudonym, case_id)
    if to_change and row.withdrawn_at is not None:
        raise ProblemError(CASE_WITHDRAWN)
    (case,) = await gather(connection, pseudonym, [row], keys=context.keys)
    reports = await open_reports(connection, pseudonym, row.report_ids, keys=context.keys)
    today = today_in_china(context.now())
    evidence = [
        (place, piece)
        for place, report in enumerate(reports, start=1)
        for piece in await list_evidence(connection, report.number, report.report_id)
    ]
    catalogue = request.state.catalogue
    counted = await list_counted(
        connection, pseudonym, reports, respondent=situation_of(case, reports).party, catalogue=catalogue
    )
    fits = fitting(case, reports, catalogue, counted=counted, evidence=len(evidence), today=today)
    return OpenedCase(
        case=case,
        reports=reports,
        counted=counted,
        fits=fits,
        evidence=evidence,
        findings=await list_findings(connection, pseudonym, [one.report_id for one in reports]),
        today=today,
    )
