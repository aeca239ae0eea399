"""Coming back by the recovery code, and leaving in a hurry."""

from typing import Final

from starlette.responses import Response

from service.edge.access import RateLimit
from service.edge.context import count_request
from service.edge.declared import Visitor
from service.edge.person_tokens import pseudonym_of, token_of_code
from service.edge.problems import ProblemError
from service.edge.sessions import Session
from service.pages.refused import WRONG_CODE
from service.pages.routes import Pages
from service.pages.visit import Visit, network_of
from service.reports import reporters_store

TRIES: Final = RateLimit("recovery-codes", 10, 3600)

pages = Pages()


@pages.get("/enter")
async def show_enter(visit: Visit) -> Response:
    """Ask for the recovery code."""
    return visit.page("enter.html", visitor=Visitor.REPORTER.value)


@pages.post("/enter")
async def enter(visit: Visit) -> Response:
    """Begin a session for whoever knows a recovery code, or a token of the API."""
    visit.again = lambda error: visit.page(
        "enter.html", error.problem.status, error=error, visitor=Visitor.REPORTER.value
    )
    count_request(visit.request, TRIES, network_of(visit))
    code = visit.form["code"][:200]
    token = code if code.startswith("dw_rep_") else token_of_code(code)
    if token is None:
        raise ProblemError(WRONG_CODE)
    pseudonym = pseudonym_of(visit.context.keys, token)
    async with visit.context.database.connection() as connection:
        if not await reporters_store.is_reporter(connection, pseudonym):
            raise ProblemError(WRONG_CODE)
    is_own = visit.form["telephone"] == "own"
    visit.begin(Session.begin(Visitor.REPORTER, pseudonym, now=visit.now, is_own=is_own))
    return visit.redirect("/me")


@pages.post("/leave")
async def leave(visit: Visit) -> Response:
    """End the session on a telephone that others use, have the browser forget this site's data, and lead away."""
    if visit.session is None or not visit.session.is_own:
        visit.end()
    away = {"Location": visit.context.settings.exit_url, "Cache-Control": "no-store"}
    return Response(status_code=303, headers={**away, "Clear-Site-Data": '"cache", "storage"'})


@pages.post("/sign-out", Visitor.REPORTER)
async def sign_out(visit: Visit) -> Response:
    """End the session on this telephone, or on all of them."""
    if visit.form["everywhere"]:
        async with visit.context.database.connection() as connection:
            await reporters_store.end_sessions(connection, visit.pseudonym, visit.now)
    visit.end()
    return visit.redirect("/")
