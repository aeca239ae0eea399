"""The evidence of one's own report: what is there, one more file, what it shows, and taking it away again."""

import re
from datetime import date, datetime, time
from typing import Any, Final

from starlette.responses import Response

from service.contacts.router import get_findings
from service.days import CHINA
from service.edge.declared import Body, Visitor
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message
from service.evidence import router as evidence
from service.evidence.receive import take_evidence
from service.evidence.schemas import EvidenceChange
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.reports import router as reports

#: Kinds of files for the three buttons -> what a telephone offers first.
ACCEPTED: Final = {
    "picture": "image/*,video/*",
    "recording": "audio/*,.m4a,.amr,.mp3,.wav,.3gp",
    "file": "",
}

YEAR: Final = re.compile("20[0-9]{2}")

pages = Pages()


@pages.get("/reports/{report_id}/evidence", Visitor.REPORTER)
async def show_evidence(visit: Visit) -> Response:
    """List what is attached to one's own report, and take more."""
    return await _list(visit)


@pages.post("/reports/{report_id}/evidence", Visitor.REPORTER, Body.STREAMED)
async def take_file(visit: Visit) -> Response:
    """Attach the file of a form; what it is and whether it may be kept is found as in the API."""
    report_id = id_in_path(visit, "report_id")
    visit.again = lambda error: _list(visit, error)
    row, is_new = await take_evidence(visit.request, visit.pseudonym, report_id, year=_year(visit))
    return visit.redirect(f"/reports/{report_id}/evidence?{'new' if is_new else 'known'}={row.evidence_id}")


@pages.get("/reports/{report_id}/evidence/{evidence_id}", Visitor.REPORTER)
async def get_file(visit: Visit) -> Response:
    """Send a piece of evidence as it was uploaded."""
    return await evidence.get_evidence(
        id_in_path(visit, "report_id"), id_in_path(visit, "evidence_id"), visit.request, visit.pseudonym
    )


@pages.post("/reports/{report_id}/evidence/{evidence_id}", Visitor.REPORTER)
async def change_words(visit: Visit) -> Response:
    """Change what one says about a piece: what it shows, and when it was made."""
    report_id, evidence_id = id_in_path(visit, "report_id"), id_in_path(visit, "evidence_id")
    visit.again = lambda error: _list(visit, error)
    change = EvidenceChange.model_validate(_words(visit))
    await evidence.change_evidence(report_id, evidence_id, change, visit.request, visit.pseudonym)
    return visit.redirect(f"/reports/{report_id}/evidence?changed={evidence_id}")


@pages.post("/reports/{report_id}/evidence/{evidence_id}/delete", Visitor.REPORTER)
async def delete_file(visit: Visit) -> Response:
    """Destroy a piece of evidence."""
    report_id = id_in_path(visit, "report_id")
    await evidence.delete_evidence(
        report_id, id_in_path(visit, "evidence_id"), visit.request, visit.pseudonym
    )
    return visit.redirect(f"/reports/{report_id}/evidence?deleted=1")


async def _list(visit: Visit, error: ProblemError | None = None) -> Response:
    """Return the page; with a problem, what was refused stands above."""
    report_id = id_in_path(visit, "report_id")
    report = await reports.get_report(report_id, visit.request, visit.pseudonym)
    pieces = (await evidence.list_evidence(report_id, visit.request, visit.pseudonym)).evidence
    has_log = any(one.call_log for one in pieces)
    asked = visit.request.query_params
    settings = visit.context.settings
    return visit.page(
        "evidence.html",
        error.problem.status if error else 200,
        error=error,
        report=report,
        pieces=pieces,
        found=await get_findings(report_id, visit.request, visit.pseudonym) if has_log else None,
        respondents=visit.request.state.catalogue.respondents,
        accepted=ACCEPTED,
        year=_year(visit),
        years=range(visit.now.astimezone(CHINA).year, visit.now.astimezone(CHINA).year - 3, -1),
        done=next((name for name in ("new", "known", "changed", "deleted") if name in asked), None),
        most=settings.evidence_max_files,
        megabytes=settings.evidence_max_bytes // 1024**2,
    )


def _year(visit: Visit) -> int | None:
    """Return the year of a call log whose dates have none, as the address says."""
    text = visit.request.query_params.get("year", "")
    return int(text) if YEAR.fullmatch(text) else None


def _words(visit: Visit) -> dict[str, Any]:
    """Return what a form says about a piece; raises invalid_request for half a time."""
    form = visit.form
    words: dict[str, Any] = {"caption": form["caption"] or None}
    if not form["day"] and not form["time"]:
        return words
    try:
        moment = datetime.combine(
            date.fromisoformat(form["day"]), time.fromisoformat(form["time"] or "12:00"), CHINA
        )
    except ValueError:
        wrong = FieldError("made_at", "missing", *message("missing"))
        raise ProblemError(INVALID_REQUEST, fields=[wrong]) from None
    return {**words, "made_at": moment.isoformat()}
