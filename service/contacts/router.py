"""Findings over HTTP: what a reporter's dated contacts with a number add up to."""

from fastapi import APIRouter, Request

from service.contacts.findings import across, count_everybody, list_own, own_findings
from service.contacts.schemas import Findings
from service.edge.access import RateLimit
from service.edge.context import context_of, count_request
from service.edge.declared import raises
from service.edge.parameters import ReportId
from service.edge.problems import NOT_FOUND
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.verdicts.store import list_current
from service.verdicts.verdict import lists

FINDINGS_A_MINUTE = 60  # PostgreSQL counts up to 70,000 contacts for each

router = APIRouter(tags=["evidence"])


@router.get(
    "/v1/reports/{report_id}/findings",
    response_model=Findings,
    summary="Count your own dated contacts with the reported number · 统计自己与被举报号码的联系",
)
@raises(NOT_FOUND)
async def get_findings(report_id: ReportId, request: Request, pseudonym: ReporterPseudonym) -> Findings:
    """The answer counts dials, connected and effective calls by day, and names the limits that they exceed.

    The service counts what the reporter's own reports of the number and the call logs attached to them say.
    """
    catalogue = request.state.catalogue
    count_request(request, RateLimit("findings", FINDINGS_A_MINUTE, 60), pseudonym.hex())
    async with context_of(request).database.connection() as connection:
        report = await reporters.own_report(connection, pseudonym, report_id)
        own = await list_own(connection, report.number, pseudonym)
        published = (await list_current(connection, [report.number])).get(report.number)
        # how many others reported a number is told with its listing and not before, as in answers
        is_listed = published is not None and lists(published.verdict.verdict)
        everybody = await count_everybody(connection, report.number, catalogue) if is_listed else None
    findings = own_findings(report.number, own, catalogue)
    least = context_of(request).settings.publish_min_reporters
    told = None if everybody is None else across(everybody, least=least)
    return findings.model_copy(update={"across_reporters": told})
