"""Findings over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from service.contacts.findings import across, list_own, list_people, own_findings
from service.contacts.schemas import Findings
from service.edge.context import context_of
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym

router = APIRouter(tags=["evidence"])


@router.get(
    "/v1/reports/{report_id}/findings",
    response_model=Findings,
    summary="What one's own dated contacts with the reported number add up to",
)
async def show_findings(report_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> Findings:
    """Dials, connected and effective calls by day, and the limits they exceed, each with its rule and the count.

    Counted from one's own reports of the number and from the call logs attached to them.
    """
    catalogue = request.state.catalogue
    async with context_of(request).database.connection() as connection:
        report = await reporters.own_report(connection, pseudonym, report_id)
        own = await list_own(connection, report.number, pseudonym)
        everybody = await list_people(connection, report.number)
    findings = own_findings(report.number, own, catalogue)
    least = context_of(request).settings.publish_min_reporters
    return findings.model_copy(update={"across_reporters": across(everybody, catalogue, least=least)})
