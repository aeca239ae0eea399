"""How a handler gets at a case: its reporter's own, opened, with the channels that fit it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import Request

from service.cases import store
from service.cases.counted import Counted, list_counted
from service.cases.fitting import ChannelFit, fitting
from service.cases.follow_up import today_in_china
from service.cases.gathered import CaseReport, Gathered, gather, open_reports
from service.cases.store import CaseRow
from service.database import Connection
from service.edge.context import context_of
from service.edge.problems import CASE_WITHDRAWN, NOT_FOUND, ProblemError
from service.evidence.store import EvidenceRow, list_evidence
from service.reports.reporters import require_reporter


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with its reports, what their contacts add up to, and the channels that fit it today."""

    case: Gathered
    reports: list[CaseReport]
    counted: list[Counted]
    fits: list[ChannelFit]
    evidence: list[tuple[int, EvidenceRow]]  # with the number of its report, from 1
    today: date


async def own_case(connection: Connection, pseudonym: bytes, case_id: UUID) -> CaseRow:
    """One of a reporter's own cases; to everybody else it does not exist."""
    await require_reporter(connection, pseudonym)
    row = await store.fetch_case(connection, pseudonym, case_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return row


async def open_case(
    connection: Connection, request: Request, case_id: UUID, *, pseudonym: bytes, to_change: bool = False
) -> Opened:
    """A case, opened. `to_change` makes others wait until the transaction ends, and refuses a withdrawn one."""
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
        connection, pseudonym, reports, respondent=case.respondent, catalogue=catalogue
    )
    fits = fitting(case, reports, catalogue, counted=counted, evidence=len(evidence), today=today)
    return Opened(case, reports, counted, fits, evidence, today)
