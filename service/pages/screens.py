"""From a screenshot to reports: a picture is read into a draft, which the person looks at, corrects and confirms."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Final

from pydantic import ValidationError
from starlette.responses import Response

from service.days import CHINA
from service.edge.access import RateLimit
from service.edge.caller import caller_of
from service.edge.context import count_request
from service.edge.declared import Body, Visitor
from service.edge.idempotency import Once
from service.edge.in_flight import InFlight
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message, validation_problem
from service.evidence.form import FileForm
from service.evidence.media import HEAD_BYTES
from service.evidence.passage import in_time
from service.evidence.signatures import signed_type
from service.host.beside import Asker
from service.pages.reporting import COMMON, limit_reports, sign_up_or_wait, violations_of
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.visit import Visit
from service.reports.route import submit
from service.reports.schemas import Report, check_occurred_at
from service.screens.doubts import DOUBTS
from service.screens.ocr import is_available
from service.screens.reader import ScreenReader, refused, require_available
from service.screens.router import ACCEPTED, MOST_BYTES, SCREENS_AN_HOUR, UPLOAD_SECONDS
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
    count_request(visit.request, RateLimit("screens", SCREENS_AN_HOUR, 3600), visit.pseudonym.hex())
    content, taken = await _receive(visit)
    require_available()
    reader: ScreenReader = visit.request.state.screens
    asker = Asker(visit.pseudonym, caller_of(visit.request).network)
    draft = await reader.read(content, taken, now=visit.now, asker=asker)
    return _draft_page(visit, list(_rows(draft)), draft)


@pages.post("/screens/reports", Visitor.REPORTER)
async def take_reports(visit: Visit) -> Response:
    """Report every row that the person confirmed; what is wrong with one is told, and none is reported then."""
    rows = _confirmed(visit)
    visit.again = lambda error: _draft_page(visit, rows, None, error)
    reports = [_report(visit, row) for row in rows if row["chosen"]]
    if not reports:
        raise ProblemError(INVALID_REQUEST, fields=[FieldError("rows", "empty", *message("empty"))])
    for place, report in enumerate(reports):
        limit_reports(visit)
        content = report.model_dump_json().encode()
        once = Once.made(visit.pseudonym, f"screen {visit.form['once']} {place}"[:255], content)
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


async def _receive(visit: Visit) -> tuple[bytes, date | None]:
    """Return the picture of a form and the day at which it was taken; raise the problem of one that cannot be read."""
    uploads: InFlight = visit.request.state.uploads
    form = FileForm(visit.request, at_most=MOST_BYTES, too_large=refused("bytes"))
    content = bytearray()
    with uploads.admit(visit.pseudonym, caller_of(visit.request).network) as place:
        async for piece in in_time(place, form.pieces(), seconds=UPLOAD_SECONDS):
            content += piece
            if len(content) > MOST_BYTES:
                raise refused("bytes")
    if signed_type(bytes(content[:HEAD_BYTES])) not in ACCEPTED:
        raise refused("type")
    said = form.words().get("made_at", "")
    try:
        taken = date.fromisoformat(said) if said else None
    except ValueError:
        code = "date_from_datetime_parsing"
        raise ProblemError(INVALID_REQUEST, fields=[FieldError("made_at", code, *message(code))]) from None
    if taken is not None:
        check_occurred_at(datetime.combine(taken, time(), CHINA), visit.now, "made_at")
    return bytes(content), taken


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
        "duration_seconds": int(row["duration"]) if row["duration"].isdigit() else None,
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
