"""What reporters are told of decisions about the numbers they reported."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from service.decisions.store import list_conclusions
from service.edge.context import context_of
from service.edge.problems import NOT_FOUND, ProblemError
from service.reports import reporters, store

router = APIRouter(tags=["reports"])


class ToldDecision(BaseModel):
    """What a person concluded about a reported number."""

    decided_at: datetime
    decision: str = Field(
        description="`abusive`, `cleared`, `protected`, `released`, `recycled`, or `dispute_rejected`."
    )
    reason: str


class ToldDecisions(BaseModel):
    """What people concluded about a reported number since the report, oldest first."""

    decisions: list[ToldDecision]


@router.get(
    "/v1/reports/{report_id}/decisions", response_model=ToldDecisions, summary="What became of one's own report"
)  # fmt: skip
async def list_decisions_of_report(
    report_id: UUID,
    request: Request,
    pseudonym: Annotated[bytes, Depends(reporters.reporter_pseudonym)],
) -> ToldDecisions:
    """With the reasons; not who decided."""
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
