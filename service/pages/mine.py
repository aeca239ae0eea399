"""What is one's own: what is due, reports and cases, the calendar, and the telephone that one is signed in on."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from service.cases.calendar_router import create_calendar, delete_calendar
from service.cases.router import list_cases
from service.cases.running import Running, list_running
from service.days import CHINA
from service.edge.declared import Visitor
from service.pages.reporting import violation_names
from service.pages.routes import Pages
from service.pages.sealed import SealedError, seal_text, unseal_text
from service.pages.visit import Visit, not_found
from service.reports.router import list_reports

REPORTS_A_PAGE: Final = 20
CASES_SHOWN: Final = 5
CALENDAR_GOOD_FOR: Final = timedelta(minutes=10)

pages = Pages()


@pages.get("/me", Visitor.REPORTER)
async def show_mine(visit: Visit) -> Response:
    """Show what is due, then one's cases and reports."""
    who, request = visit.pseudonym, visit.request
    reports = await list_reports(request, who, older_than(visit), REPORTS_A_PAGE)
    cases = await list_cases(request, who, None, CASES_SHOWN)
    calendar = _calendar_once(visit)
    return visit.page(
        "me.html",
        running=await _running(visit),
        today=visit.now.astimezone(CHINA).date(),
        reports=reports,
        names={one.report_id: violation_names(visit, one.violations) for one in reports.reports},
        cases=cases,
        respondents=request.state.catalogue.respondents,
        calendar=calendar,
        subscribed=f"webcal://{request.url.netloc}{calendar}",
        is_changed="telephone" in request.query_params,
    )


@pages.post("/me/telephone", Visitor.REPORTER)
async def change_telephone(visit: Visit) -> Response:
    """Change whether others use this telephone, which decides how long the session lasts."""
    session = visit.session
    if session is not None:  # or the page had not been opened
        visit.begin(replace(session, is_own=visit.form["telephone"] == "own", seen_at=visit.now))
    return visit.redirect("/me?telephone=changed#telephone")


@pages.post("/me/calendar", Visitor.REPORTER)
async def open_calendar(visit: Visit) -> Response:
    """Open a calendar of what is due, or renew its address, which the next page shows."""
    calendar = await create_calendar(visit.request, visit.pseudonym)
    sealed = seal_text(
        visit.context.keys, _purpose(visit), calendar.path, now=visit.now, good_for=CALENDAR_GOOD_FOR
    )
    return visit.redirect(f"/me?calendar={sealed}#calendar")


@pages.post("/me/calendar/close", Visitor.REPORTER)
async def close_calendar(visit: Visit) -> Response:
    """Close the calendar: its address works no more."""
    await delete_calendar(visit.request, visit.pseudonym)
    return visit.redirect("/me#calendar")


def older_than(visit: Visit) -> UUID | None:
    """Return where a list goes on, as its address says; raises not_found for what is no id."""
    before = visit.request.query_params.get("before")
    try:
        return UUID(before) if before else None
    except ValueError:
        raise not_found() from None


async def _running(visit: Visit) -> list[Running]:
    """Return the deadlines that run, the nearest first."""
    context = visit.context
    async with context.database.connection() as connection:
        running = await list_running(
            connection, visit.pseudonym, catalogue=visit.request.state.catalogue, keys=context.keys
        )
    return sorted(running, key=lambda one: (one.due.on, one.case_id))


def _calendar_once(visit: Visit) -> str | None:
    """Return the address of a calendar that was just opened; only the person who opened it can read it."""
    sealed = visit.request.query_params.get("calendar", "")
    try:
        return unseal_text(visit.context.keys, _purpose(visit), sealed, now=visit.now) if sealed else None
    except SealedError:
        return None


def _purpose(visit: Visit) -> str:
    return f"calendar of {visit.pseudonym.hex()}"
