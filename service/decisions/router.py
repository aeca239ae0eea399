"""Decisions over HTTP, for the reporters of the numbers that they are about."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from service.decisions.store import list_conclusions
from service.edge.context import context_of
from service.edge.declared import raises
from service.edge.parameters import ReportId
from service.edge.problems import NOT_FOUND, ProblemError
from service.reports import reporters, store
from service.reports.reporters import ReporterPseudonym

router = APIRouter(tags=["reports"])


class ToldDecision(BaseModel):
    """What a person decided about a reported number."""

    decided_at: datetime = Field(description="When it was decided.")
    decision: str = Field(
        description="`abusive`, `cleared`, `protected`, `released`, `recycled`, or `dispute_rejected`."
    )
    reason: str = Field(description="The reason for the decision.")


class ToldDecisions(BaseModel):
    """What people decided about a reported number since the report."""

    decisions: list[ToldDecision] = Field(description="The decisions, the oldest first.")


@router.get(
    "/v1/reports/{report_id}/decisions",
    response_model=ToldDecisions,
    summary="List the decisions about the number that you reported · 列出对自己所举报号码的裁定",
)
@raises(NOT_FOUND)
async def list_report_decisions(
    report_id: ReportId, request: Request, pseudonym: ReporterPseudonym
) -> ToldDecisions:
    """The answer lists decisions since the report with their reasons. It does not say who decided."""
    async with context_of(request).database.connection() as connection:
        await reporters.require_reporter(connection, pseudonym)
        report = await store.fetch_report(connection, pseudonym, report_id)
        if report is None:
            raise ProblemError(NOT_FOUND)
        rows = await list_conclusions(connection, report.number, report.recorded_at)
    return ToldDecisions(
        decisions=[
            ToldDecision(decided_at=row.decided_at, decision=row.decision, reason=row.reason) for row in rows
        ]
    )
