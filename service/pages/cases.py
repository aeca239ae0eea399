"""Cases: a new one from one's own reports, all of them, and one with its channels as a list of tasks."""

from typing import Any, Final

from starlette.responses import Response

from service.cases import router as cases
from service.cases import view
from service.cases.access import OpenedCase, open_case
from service.cases.schemas import MOST_DEMAND, MOST_REPORTS, Case, CaseChange, MoreReports, NewCase
from service.cases.statuses import STATUS_NAMES
from service.edge.declared import Visitor
from service.edge.problems import ProblemError
from service.pages.mine import older_than
from service.pages.reporting import id_in_path, violation_names
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.visit import Visit
from service.reports.router import list_reports
from service.reports.schemas import NARRATIVE_LIMIT, StoredReport

REPORTS_OFFERED: Final = 100
CASES_A_PAGE: Final = 20

pages = Pages()


@pages.get("/cases", Visitor.REPORTER)
async def show_cases(visit: Visit) -> Response:
    """List one's own cases, the newest first."""
    page = await cases.list_cases(visit.request, visit.pseudonym, older_than(visit), CASES_A_PAGE)
    return visit.page("cases.html", cases=page, **_known(visit))


@pages.get("/cases/new", Visitor.REPORTER)
async def show_new_case(visit: Visit) -> Response:
    """Ask which reports belong together, and whom they are about."""
    asked = visit.request.query_params.getlist("report")
    return _new_form(visit, await offered(visit), chosen=asked)


@pages.post("/cases/new", Visitor.REPORTER)
async def take_new_case(visit: Visit) -> Response:
    """Open a case."""
    reports = await offered(visit)
    chosen = visit.form.every("report_ids")
    visit.again = lambda error: _new_form(visit, reports, chosen=chosen, error=error)
    new = NewCase.model_validate({"report_ids": chosen, **_said(visit)})
    visit.once()
    opened = await cases.create_case(new, visit.request, Response(), visit.pseudonym)
    return visit.redirect(f"/cases/{opened.case_id}")


@pages.get("/cases/{case_id}", Visitor.REPORTER)
async def show_case(visit: Visit) -> Response:
    """Show one case: where to turn, in order, what became of it there, and what is due."""
    opened = await own_opened(visit)
    shown = shown_case(visit, opened)
    others = [one for one in await offered(visit) if one.report_id not in shown.report_ids]
    return visit.page("case.html", **case_values(visit, opened, shown), others=others)


@pages.post("/cases/{case_id}/reports", Visitor.REPORTER)
async def add_reports(visit: Visit) -> Response:
    """Add reports to a case."""
    case_id = id_in_path(visit, "case_id")
    more = MoreReports.model_validate({"report_ids": visit.form.every("report_ids")})
    await cases.add_case_reports(case_id, more, visit.request, visit.pseudonym)
    return visit.redirect(f"/cases/{case_id}?added=1")


@pages.post("/cases/{case_id}/answers", Visitor.REPORTER)
async def take_answers(visit: Visit) -> Response:
    """Take answers to what decides where to turn; what was answered before stays."""
    case_id = id_in_path(visit, "case_id")
    opened = await own_opened(visit)
    names = set(type(opened.case.answers).model_fields)
    said = {name: value for name, value in visit.form.pairs() if name in names and value.strip()}
    before = opened.case.answers.model_dump(exclude_defaults=True)
    change = CaseChange.model_validate({"situation": {**before, **said}})
    await cases.change_case(case_id, change, visit.request, visit.pseudonym)
    return visit.redirect(f"/cases/{case_id}?changed=1")


@pages.get("/cases/{case_id}/change", Visitor.REPORTER)
async def show_change(visit: Visit) -> Response:
    """Show what the case says, to be changed."""
    return _change_form(visit, shown_case(visit, await own_opened(visit)))


@pages.post("/cases/{case_id}/change", Visitor.REPORTER)
async def change_case(visit: Visit) -> Response:
    """Change whom the case is about, the statement, and what is demanded."""
    shown = shown_case(visit, await own_opened(visit))
    visit.again = lambda error: _change_form(visit, shown, error)
    change = CaseChange.model_validate(_said(visit))
    await cases.change_case(shown.case_id, change, visit.request, visit.pseudonym)
    return visit.redirect(f"/cases/{shown.case_id}?changed=1")


@pages.post("/cases/{case_id}/withdraw", Visitor.REPORTER)
async def withdraw(visit: Visit) -> Response:
    """Withdraw a case."""
    case_id = id_in_path(visit, "case_id")
    await cases.withdraw_case(case_id, visit.request, visit.pseudonym)
    return visit.redirect(f"/cases/{case_id}")


async def own_opened(visit: Visit) -> OpenedCase:
    """Return the case that the address names, decrypted; raises not_found for anybody else's."""
    case_id = id_in_path(visit, "case_id")
    async with visit.context.database.connection() as connection:
        return await open_case(connection, visit.request, case_id, pseudonym=visit.pseudonym)


def shown_case(visit: Visit, opened: OpenedCase) -> Case:
    """Return a case as its reporter sees it."""
    return view.whole(opened, catalogue=visit.request.state.catalogue)


def case_values(visit: Visit, opened: OpenedCase, shown: Case) -> dict[str, Any]:
    """Return what pages about a case are filled from."""
    return {
        "case": shown,
        "reports": opened.reports,
        "names": {one.report_id: violation_names(visit, one.violations) for one in opened.reports},
        "events": STATUS_NAMES,
        "today": opened.today,
        "asked": visit.request.query_params,
        **_known(visit),
    }


async def offered(visit: Visit) -> list[StoredReport]:
    """Return the newest own reports that a case can be made of."""
    page = await list_reports(visit.request, visit.pseudonym, None, REPORTS_OFFERED)
    return [one for one in page.reports if one.retracted_at is None and one.opinion == "abusive"]


def _known(visit: Visit) -> dict[str, Any]:
    catalogue = visit.request.state.catalogue
    return {
        "respondents": catalogue.respondents,
        "channels": catalogue.channels,
        "violations": catalogue.violations,
        "most_statement": NARRATIVE_LIMIT,
        "most_demand": MOST_DEMAND,
    }


def _new_form(
    visit: Visit, reports: list[StoredReport], *, chosen: list[str], error: ProblemError | None = None
) -> Response:
    return visit.page(
        "case_new.html",
        error.problem.status if error else 200,
        error=error,
        reports=reports,
        names={one.report_id: violation_names(visit, one.violations) for one in reports},
        chosen=chosen,
        most=MOST_REPORTS,
        once=visit.form["once"] or new_seed(),
        **_known(visit),
    )


def _change_form(visit: Visit, shown: Case, error: ProblemError | None = None) -> Response:
    return visit.page(
        "case_change.html",
        error.problem.status if error else 200,
        error=error,
        case=shown,
        **_known(visit),
    )


def _said(visit: Visit) -> dict[str, Any]:
    """Return what a form says about a case."""
    form = visit.form
    return {
        "respondent": {"kind": form["respondent.kind"] or "unknown", "name": form["respondent.name"] or None},
        "statement": form["statement"] or None,
        "demand": form["demand"] or None,
    }
