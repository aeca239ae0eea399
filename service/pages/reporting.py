"""A report of one call or message: one short page, and what follows it."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from service.days import CHINA
from service.edge.access import RateLimit
from service.edge.caller import caller_of
from service.edge.context import count_request
from service.edge.declared import Visitor
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message
from service.pages.routes import Pages
from service.pages.sealed import SealedError, unseal_text
from service.pages.signing_up import CODE_COOKIE, code_once, new_seed, sign_up_or_wait
from service.pages.visit import Visit, network_of, not_found
from service.reports import router as reports
from service.reports.route import submit
from service.reports.schemas import NARRATIVE_LIMIT, Receipt, Report
from service.rules.catalogue import Catalogue
from service.rules.entries import Violation
from service.suggestions.lexicon import Suggestion, suggest

#: What people choose most often; the others stand behind "more".
COMMON: Final = ("threat", "insult", "frequency", "third_party", "impersonation", "wrong_person")
DAYS_BACK: Final = 60
SUGGESTIONS: Final = RateLimit("page-suggestions", 60, 3600)

#: What the choice of hours sends if the person does not know: then only the day counts.
HOUR_UNKNOWN: Final = "unknown"
HOURS: Final = {str(hour): hour for hour in range(24)}

pages = Pages()


@pages.get("/report")
async def show_report_form(visit: Visit) -> Response:
    """Ask what happened; the number comes along from a look-up."""
    number = ""
    if q := visit.request.query_params.get("q", ""):
        try:
            number = unseal_text(visit.context.keys, "number", q, now=visit.now)
        except SealedError:
            number = ""
    return _form(visit, number=number)


@pages.post("/report")
async def take_report(visit: Visit) -> Response:
    """Store the report; whoever has no session gets one, by proof of work or by waiting."""
    visit.again = lambda error: _refused(visit, error)
    if visit.form["help"]:
        return await _suggest(visit)
    report = _read(visit)
    if visit.session is None and (page := await sign_up_or_wait(visit, "/report")):
        return page
    limit_reports(visit)
    once = visit.once_for(visit.pseudonym, visit.form.pairs())  # of the form: a second tap has another minute
    reply = await submit(visit.request, report, visit.pseudonym, once)
    receipt = Receipt.model_validate_json(reply.body)
    repeated = "?repeated=1" if receipt.status == "repeated" else ""
    return visit.redirect(f"/reports/{receipt.report_id}{repeated}")


@pages.get("/reports/{report_id}", Visitor.REPORTER)
async def show_receipt(visit: Visit) -> Response:
    """Show one's own report, what was decided about it, and what can be done next."""
    report_id = id_in_path(visit, "report_id")
    stored = await reports.get_report(report_id, visit.request, visit.pseudonym)
    return visit.page(
        "receipt.html",
        report=stored,
        names=violation_names(visit, stored.violations),
        code=code_once(visit, CODE_COOKIE),
        is_repeated="repeated" in visit.request.query_params,
    )


@pages.post("/reports/{report_id}/retract", Visitor.REPORTER)
async def retract(visit: Visit) -> Response:
    """Take back one's own report."""
    report_id = id_in_path(visit, "report_id")
    await reports.retract_report(report_id, visit.request, visit.pseudonym)
    return visit.redirect(f"/reports/{report_id}")


def id_in_path(visit: Visit, name: str) -> UUID:
    """Return an id that the address has; raises not_found for what is none."""
    try:
        return UUID(visit.request.path_params[name])
    except ValueError:
        raise not_found() from None


def violations_of(visit: Visit) -> list[Violation]:
    """Return the violations in force, those that are chosen most often first."""
    catalogue: Catalogue = visit.request.state.catalogue
    today = visit.now.astimezone(CHINA).date()
    found = [one for one in catalogue.violations.values() if one.is_in_force(today)]
    return sorted(found, key=lambda one: COMMON.index(one.id) if one.id in COMMON else len(COMMON))


def violation_names(visit: Visit, ids: Sequence[str]) -> list[Any]:
    """Return the names of violations, in both languages."""
    catalogue: Catalogue = visit.request.state.catalogue
    return [catalogue.violations[one].name for one in ids if one in catalogue.violations]


def limit_reports(visit: Visit) -> None:
    """Count a report against its network: the pages let more people sign up than the API, and not more be stored."""
    settings = visit.context.settings
    amount = settings.signup_limit_per_hour * settings.report_limit_per_hour
    count_request(visit.request, RateLimit("page-reports", amount, 3600), network_of(visit))


async def _suggest(visit: Visit) -> Response:
    """Show the form again with the violations that the person's words speak of, none of them chosen."""
    count_request(visit.request, SUGGESTIONS, caller_of(visit.request).who)
    words = visit.form["narrative"][:NARRATIVE_LIMIT]
    found = await asyncio.to_thread(suggest, words)  # up to some fifty milliseconds
    return _form(visit, number=visit.form["number"], suggested=found)


def _form(
    visit: Visit,
    *,
    number: str,
    error: ProblemError | None = None,
    status: int = 200,
    suggested: Sequence[Suggestion] | None = None,
) -> Response:
    today = visit.now.astimezone(CHINA).date()
    return visit.page(
        "report.html",
        status,
        error=error,
        number=number,
        violations=violations_of(visit),
        suggested=suggested,
        common=len(COMMON),
        days=[today - timedelta(days=back) for back in range(DAYS_BACK)],
        once=visit.form["once"] or new_seed(),
    )


def _refused(visit: Visit, error: ProblemError) -> Response:
    return _form(visit, number=visit.form["number"], error=error, status=error.problem.status)


def _read(visit: Visit) -> Report:
    """Return the report that a form tells; raises invalid_request with what is wrong, field by field."""
    form = visit.form
    occurred_at, wrong = _occurred_at(visit)
    is_just_now = form["when"] in ("", "now")
    content: dict[str, Any] = {
        "number": form["number"],
        "number_from": "telephone" if form["shown"] else "person",
        "medium": form["medium"] or "voice",
        "occurred_at": occurred_at.isoformat(),
        "time_known": is_just_now or form["hour"] != HOUR_UNKNOWN,
        "violations": [one for one in form.every("violations") if one],
        "claimed_institution": form["claimed_institution"] or None,
        "relation": form["relation"] or None,
        "narrative": form["narrative"] or None,
    }
    report = Report.model_validate(content)
    if wrong:
        raise ProblemError(INVALID_REQUEST, fields=[wrong])
    return report


def _occurred_at(visit: Visit) -> tuple[datetime, FieldError | None]:
    """Return when it happened, to the minute, as the form tells it."""
    form, now = visit.form, visit.now.astimezone(CHINA).replace(second=0, microsecond=0)
    if form["when"] in ("", "now"):
        return now, None
    day = now.date()
    if form["when"] == "yesterday":
        day -= timedelta(days=1)
    if form["when"] == "earlier":
        try:
            day = date.fromisoformat(form["day"])
        except ValueError:
            return now, FieldError("day", "missing", *message("missing"))
    if form["hour"] == HOUR_UNKNOWN:
        return datetime.combine(day, time(12), CHINA), None
    if (hour := HOURS.get(form["hour"])) is None:
        return now, FieldError("hour", "missing", *message("missing"))
    return datetime.combine(day, time(hour), CHINA), None
