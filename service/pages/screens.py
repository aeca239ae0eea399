"""From a screenshot to reports: a picture is read into a draft, which the person looks at, corrects and confirms."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Final

from pydantic import ValidationError
from starlette.responses import Response

from service.days import CHINA
from service.edge.declared import Body, Visitor
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message, validation_problem
from service.evidence.form import FileForm
from service.pages.reporting import COMMON, limit_reports, violations_of
from service.pages.routes import Pages
from service.pages.signing_up import new_seed, sign_up_or_wait
from service.pages.visit import Visit
from service.reports.route import submit
from service.reports.schemas import Report
from service.reports.when import check_occurred_at
from service.screens.doubts import DOUBTS
from service.screens.ocr import is_available
from service.screens.reader import refused
from service.screens.router import MOST_BYTES, draft_of, receive_picture
from service.screens.schemas import DraftCall, DraftMessage, ScreenDraft

MOST_ROWS: Final = 40  # of one screen that are shown
#: What a form says of each row.
WRITTEN: Final = ("shown", "number", "day", "clock", "medium", "duration", "connected")

pages = Pages()


@pages.get("/screens")
async def show_screens(visit: Visit) -> Response:
    """Ask for a screenshot; who has no session yet begins one first, since only a reporter's pictures are read."""
    return _ask(visit)


@pages.post("/screens/start")
async def start(visit: Visit) -> Response:
    """Begin a session for somebody who reports by screenshots first."""
    visit.again = lambda error: _ask(visit, error)
    if visit.session is None and (page := await sign_up_or_wait(visit, "/screens/start")):
        return page
    return visit.redirect("/screens")


@pages.post("/screens", Visitor.REPORTER, Body.STREAMED)
async def read_screen(visit: Visit) -> Response:
    """Read the picture, keep nothing of it, and show what was read."""
    visit.again = lambda error: _ask(visit, error)
    form = FileForm(visit.request, at_most=MOST_BYTES, too_large=refused("bytes"))
    content = await receive_picture(visit.request, visit.pseudonym, form.pieces())
    taken = _taken(visit, form.words().get("made_at", ""))
    draft = await draft_of(visit.request, visit.pseudonym, content, taken)
    return _draft_page(visit, list(_rows(draft)), draft)


@pages.post("/screens/reports", Visitor.REPORTER)
async def take_reports(visit: Visit) -> Response:
    """Report every row that the person confirmed; what is wrong with one is told, and none is reported then."""
    rows = _confirmed(visit)
    visit.again = lambda error: _draft_page(visit, rows, None, error)
    reports = [_report(visit, row) for row in rows if row["chosen"]]
    if not reports:
        raise ProblemError(INVALID_REQUEST, fields=[FieldError("rows", "empty", *message("empty"))])
    for report in reports:
        limit_reports(visit)
        once = visit.once_for(visit.pseudonym, report.model_dump_json())
        await submit(visit.request, report, visit.pseudonym, once)
    return visit.redirect(f"/me?reported={len(reports)}")


def _ask(visit: Visit, error: ProblemError | None = None) -> Response:
    today = visit.now.astimezone(CHINA).date()
    return visit.page(
        "screens.html",
        error.problem.status if error else 200,
        path="/screens",
        error=error,
        is_available=is_available(),
        today=today,
        once=visit.form["once"] or new_seed(),
    )


def _draft_page(
    visit: Visit, rows: list[dict[str, Any]], draft: ScreenDraft | None, error: ProblemError | None = None
) -> Response:
    return visit.page(
        "screen_draft.html",
        error.problem.status if error else 200,
        path="/screens",
        error=error,
        rows=rows,
        draft=draft,
        doubts=DOUBTS,
        violations=violations_of(visit),
        common=len(COMMON),
        today=visit.now.astimezone(CHINA).date(),
        once=visit.form["once"] or new_seed(),
    )


def _taken(visit: Visit, said: str) -> date | None:
    """Return the day at which a picture was taken, as its form says; raises invalid_request."""
    try:
        taken = date.fromisoformat(said) if said else None
    except ValueError:
        code = "date_from_datetime_parsing"
        raise ProblemError(INVALID_REQUEST, fields=[FieldError("made_at", code, *message(code))]) from None
    if taken is not None:
        check_occurred_at(datetime.combine(taken, time(), CHINA), visit.now, "made_at")
    return taken


def _rows(draft: ScreenDraft) -> Iterator[dict[str, Any]]:
    """Yield what the page shows of each row; only one that leaves no doubt is chosen beforehand."""
    found: list[DraftCall | DraftMessage] = [*draft.calls, *draft.messages]
    for one in found[:MOST_ROWS]:
        is_call = isinstance(one, DraftCall)
        if one.direction == "outgoing":
            continue
        is_whole = one.number is not None and one.time.at is not None and not one.doubts
        yield {
            "shown": one.shown if isinstance(one, DraftCall) else one.text,
            "number": one.number or "",
            "day": one.time.day.isoformat() if one.time.day else "",
            "clock": f"{one.time.clock:%H:%M}" if one.time.clock else "",
            "medium": "voice" if is_call else "sms",
            "duration": str(one.duration_seconds)
            if isinstance(one, DraftCall) and one.duration_seconds is not None
            else "",
            "connected": {True: "yes", False: "no", None: ""}[one.connected]
            if isinstance(one, DraftCall)
            else "",
            "count": one.count if isinstance(one, DraftCall) else 1,
            "doubts": one.doubts,
            "suggestions": [] if isinstance(one, DraftCall) else [two.violation for two in one.suggestions],
            "chosen": is_whole,
        }


def _confirmed(visit: Visit) -> list[dict[str, Any]]:
    """Return the rows of the form as they were shown and corrected."""
    form = visit.form
    rows = []
    for place in range(MOST_ROWS):
        if not form.every(f"number-{place}"):
            continue
        row: dict[str, Any] = {name: form[f"{name}-{place}"] for name in WRITTEN}
        rows.append(
            row
            | {
                "chosen": bool(form[f"chosen-{place}"]),
                "place": place,
                "count": 1,
                "doubts": [one for one in form[f"doubts-{place}"].split() if one in DOUBTS],
                "suggestions": [],
            }
        )
    return rows


def _report(visit: Visit, row: dict[str, Any]) -> Report:
    """Return the report of a confirmed row; raises invalid_request."""
    place = row["place"]
    try:
        at = datetime.combine(date.fromisoformat(row["day"]), time.fromisoformat(row["clock"]), CHINA)
    except ValueError:
        wrong = FieldError(f"day-{place}", "missing", *message("missing"))
        raise ProblemError(INVALID_REQUEST, fields=[wrong]) from None
    check_occurred_at(at, visit.now, f"day-{place}")
    content = {
        "number_from": "telephone",  # a telephone showed it
        "number": row["number"],
        "medium": row["medium"],
        "occurred_at": at.isoformat(),
        "duration_seconds": row["duration"] or None,
        "connected": {"yes": True, "no": False}.get(row["connected"]),
        "violations": visit.form.every("violations"),
        "relation": visit.form["relation"] or None,
        "narrative": row["shown"] if row["medium"] == "sms" else None,
    }
    try:
        return Report.model_validate(content)
    except ValidationError as error:
        found = validation_problem(error.errors(include_url=False))
        fields = [replace(one, field=f"{one.field}-{place}") for one in found.fields]
        raise ProblemError(found.problem, fields=fields) from None
