"""What waits for a person: numbers one after the other, and decisions about them."""

from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from service.database import Connection
from service.decisions import store
from service.decisions.decide import DecidedMeanwhileError, decide_number, require_newest
from service.decisions.store import Decision, ReviewRow
from service.edge import idempotency
from service.edge.access import Scope
from service.edge.declared import Visitor
from service.edge.idempotency import Reply
from service.edge.problems import ProblemError
from service.edge.validation import number_problem
from service.explanations.router import explain_number
from service.moderation.history import Week, history_of
from service.moderation.router import decided, list_reviews, who
from service.moderation.schemas import NewDecision
from service.numbers.parse import Number, NumberError, parse_number
from service.pages.charts import Bar, bars
from service.pages.decision_words import DECISIONS, REASONS, SAYS, VERDICTS
from service.pages.looking_up import NUMBER, sealed_number
from service.pages.refused import DECIDED_MEANWHILE, LINK_OVER
from service.pages.routes import Pages
from service.pages.sealed import SealedError, unseal_text
from service.pages.signing_up import new_seed
from service.pages.staff import key_with, staff_page
from service.pages.visit import Visit

LISTED: Final = 50
LOOKED_AT: Final = 500
NAMES: Final = {one.value: one.name for one in DECISIONS}
WORDS: Final = {"choices": DECISIONS, "reasons": REASONS, "verdicts": VERDICTS, "names": NAMES}

pages = Pages()


@pages.get("/staff/reviews", Visitor.STAFF)
async def show_reviews(visit: Visit) -> Response:
    """List the numbers that wait, the longest first, with why they wait."""
    key = key_with(visit, Scope.MODERATOR)
    found = (await list_reviews(visit.request, key, LISTED)).reviews
    return staff_page(
        visit,
        "reviews.html",
        reviews=[(one, sealed_number(visit, one.number)) for one in found],
        reasons=REASONS,
        verdicts=VERDICTS,
        done=await _done(visit),
    )


@pages.get("/staff/number", Visitor.STAFF)
async def show_decisions(visit: Visit) -> Response:
    """Ask for a number, or show what speaks for and against one and how it was decided."""
    key_with(visit, Scope.MODERATOR)
    if "q" not in visit.request.query_params:
        return staff_page(visit, "staff_search.html")
    return await _page(visit)


@pages.post("/staff/number", Visitor.STAFF)
async def find_number(visit: Visit) -> Response:
    """Seal the number into the address of its page."""
    key_with(visit, Scope.MODERATOR)
    visit.again = lambda error: staff_page(visit, "staff_search.html", error.problem.status, error=error)
    text = visit.form["number"][:65]
    try:
        parse_number(text)
    except NumberError as error:
        raise number_problem(error) from error
    return visit.redirect(f"/staff/number?q={sealed_number(visit, text)}")


@pages.post("/staff/number/decision", Visitor.STAFF)
async def take_decision(visit: Visit) -> Response:
    """Decide, unless somebody has decided since the page was shown; the next number that waits comes up."""
    key = key_with(visit, Scope.MODERATOR)
    number, form = _number(visit), visit.form
    visit.again = lambda error: _page(visit, error)
    wanted = NewDecision.model_validate(
        {
            "decision": form["decision"],
            "reason": form["reason"] or SAYS.get(form["decision"], ""),
            "owner_since": form["owner_since"] or None,
        }
    )
    decision = Decision(visit.now, wanted.decision, wanted.reason, who(key), wanted.owner_since)
    try:
        await _decide(visit, number, decision)
    except DecidedMeanwhileError:
        raise ProblemError(DECIDED_MEANWHILE) from None
    done = f"done={sealed_number(visit, number.key)}"
    if not form["queue"]:
        return visit.redirect(f"/staff/number?q={sealed_number(visit, number.key)}&{done}")
    async with visit.context.database.connection() as connection:
        waiting = await store.list_reviews(connection, at_most=1)
    if not waiting:
        return visit.redirect(f"/staff/reviews?{done}")
    return visit.redirect(f"/staff/number?q={sealed_number(visit, waiting[0].number)}&queue=1&{done}")


async def _decide(visit: Visit, number: Number, decision: Decision) -> None:
    """Take a decision once, however often its form is sent."""
    form = visit.form
    try:
        seen = datetime.fromisoformat(form["seen"]) if form["seen"] else None
    except ValueError:
        raise DecidedMeanwhileError from None
    once = visit.once_for(key_with(visit, Scope.MODERATOR).key_id.encode(), form.pairs())

    async def work(connection: Connection) -> Reply:
        await require_newest(connection, number, seen)
        await decided(decide_number(connection, number, decision))
        return Reply(201, b"{}")

    await idempotency.answer(visit.context.database, once, decision.decided_at, work)


def _number(visit: Visit) -> Number:
    """Return the number that is sealed in the form or the address; raises link_over."""
    sealed = visit.form["q"] or visit.request.query_params.get("q", "")
    try:
        return parse_number(unseal_text(visit.context.keys, NUMBER, sealed, now=visit.now))
    except (SealedError, NumberError):
        raise ProblemError(LINK_OVER) from None


async def _page(visit: Visit, error: ProblemError | None = None) -> Response:
    """Return the page of a number; with a problem, what was refused stands above."""
    key = key_with(visit, Scope.MODERATOR)
    number = _number(visit)
    explanation = await explain_number(number.key, visit.request, Response(), key)
    async with visit.context.database.connection() as connection:
        taken = await store.list_decisions(connection, number.key)
        waiting = await store.list_reviews(connection, at_most=LOOKED_AT)
        weeks = await history_of(connection, number.key, visit.now)
    place = next((place for place, one in enumerate(waiting) if one.number == number.key), None)
    is_queue = bool(visit.form["queue"] or visit.request.query_params.get("queue"))
    return staff_page(
        visit,
        "staff_number.html",
        error.problem.status if error else 200,
        error=error,
        number=number.key,
        q=sealed_number(visit, number.key),
        explanation=explanation,
        taken=taken,
        seen=taken[-1].decided_at.isoformat() if taken else "",
        review=waiting[place] if place is not None else None,
        next_q=_next(visit, waiting, place) if is_queue else None,
        is_queue=is_queue,
        weeks=weeks,
        drawn=_drawn(visit, weeks),
        once=new_seed(),
        done=await _done(visit),
        **WORDS,
    )


def _next(visit: Visit, waiting: list[ReviewRow], place: int | None) -> str | None:
    """Return the sealed number that waits after this one; None if there is none."""
    after = 0 if place is None else place + 1
    return sealed_number(visit, waiting[after].number) if after < len(waiting) else None


def _drawn(visit: Visit, weeks: list[Week]) -> Markup | None:
    """Return the picture of a number's weeks; None where nobody reported it."""
    if not any(week.accusing or week.legitimate for week in weeks):
        return None
    title = visit.t("每周的举报数", "Reports by week")
    rows = [
        Bar(
            f"{week.since:%m-%d}",
            week.accusing,
            visit.t(f"，{week.legitimate} 说正当", f", {week.legitimate} legit") if week.legitimate else "",
        )
        for week in weeks
    ]
    return bars(title, rows)


async def _done(visit: Visit) -> dict[str, Any] | None:
    """Return what was decided a moment ago, so that it can be decided again."""
    sealed = visit.request.query_params.get("done", "")
    if not sealed:
        return None
    try:
        number = unseal_text(visit.context.keys, NUMBER, sealed, now=visit.now)
    except SealedError:
        return None
    async with visit.context.database.connection() as connection:
        taken = await store.list_decisions(connection, number)
    if not taken:
        return None
    return {"number": number, "q": sealed, "name": NAMES[taken[-1].decision]}
