"""One's own contacts with a reported number as a picture: by day with the limit, and by day and hour."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from ml.days import QUIET_FROM, QUIET_UNTIL
from service.contacts.counting import LIMITS, DailyLimit, HourCount
from service.contacts.findings import list_own_hours
from service.contacts.router import get_findings
from service.contacts.schemas import Day
from service.edge.declared import Visitor
from service.pages.charts import Bar, bars, dots
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.reports import router as reports

DAYS_SHOWN: Final = 14
QUIET: Final = tuple(hour for hour in range(24) if not QUIET_UNTIL <= hour < QUIET_FROM)

pages = Pages()


@pages.get("/reports/{report_id}/calls", Visitor.REPORTER)
async def show_calls(visit: Visit) -> Response:
    """Draw the contacts of the newest days that the person's own reports and call logs tell of."""
    report_id = id_in_path(visit, "report_id")
    report = await reports.get_report(report_id, visit.request, visit.pseudonym)
    found = await get_findings(report_id, visit.request, visit.pseudonym)
    async with visit.context.database.connection() as connection:
        hours = await list_own_hours(connection, report.number, visit.pseudonym)
    days = found.days[:DAYS_SHOWN]
    shown = {day.on for day in days}
    hours = [hour for hour in hours if hour.on in shown]
    catalogue = visit.request.state.catalogue
    limits = [one for one in LIMITS if one.allowed and one.rule in catalogue.rules]
    return visit.page(
        "calls.html",
        report=report,
        found=found,
        respondents=catalogue.respondents,
        days=days,
        limits=[(one, catalogue.rules[one.rule], _bars(visit, one, days)) for one in limits],
        quiet_rules=[
            catalogue.rules[one.rule] for one in LIMITS if not one.allowed and one.rule in catalogue.rules
        ],
        by_hour=_dots(visit, [day.on for day in days], hours) if days else None,
        hours=hours,
    )


def _bars(visit: Visit, limit: DailyLimit, days: Sequence[Day]) -> Markup | None:
    """Return the picture of a count by day with its limit; None where there is nothing to see."""
    counts = [(day.on, int(getattr(day, limit.counter))) for day in days]
    if not any(count for _, count in counts):
        return None
    beyond = visit.t("，超", ", over")
    return bars(
        visit.t(
            f"每天的次数，上限 {limit.allowed} 次", f"Counts by day, at most {limit.allowed} are allowed"
        ),
        [Bar(_short(on), count, beyond if count > limit.allowed else "") for on, count in counts],
        limit=limit.allowed,
        limit_name=visit.t(f"上限 {limit.allowed}", f"limit {limit.allowed}"),
    )


def _dots(visit: Visit, days: Sequence[date], hours: Sequence[HourCount]) -> Markup:
    rows = [(_short(on), {one.hour: one.contacts for one in hours if one.on == on}) for on in days]
    title = visit.t(
        "每天几点来电；阴影是 22 点到 8 点", "At which hours they called by day; 22:00 to 8:00 is shaded"
    )
    return dots(title, rows, shaded=QUIET)


def _short(on: date) -> str:
    return f"{on:%m-%d}"
