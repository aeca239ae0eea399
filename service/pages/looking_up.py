"""The first page, and what is published about a number."""

from datetime import timedelta
from typing import Final

import orjson
from starlette.responses import Response

from service.edge.access import RateLimit
from service.edge.caller import caller_of
from service.edge.context import count_request
from service.edge.problems import ProblemError
from service.edge.validation import number_problem
from service.explanations.router import explain_number
from service.lookup.route import LookupRoute
from service.lookup.schemas import SingleAnswer
from service.numbers.parse import NumberError, parse_number
from service.pages.refused import LINK_OVER
from service.pages.routes import Pages
from service.pages.sealed import SealedError, seal_text, unseal_text
from service.pages.visit import Visit
from service.violations import VIOLATION_NAMES

NUMBER: Final = "number"
GOOD_FOR: Final = timedelta(hours=1)
EXPLANATIONS: Final = RateLimit("page-explanations", 30, 3600)
SHOWN_LIMIT: Final = 64

pages = Pages()


@pages.get("/")
async def show_home(visit: Visit) -> Response:
    """Ask for a number, and lead to everything else."""
    return visit.page("home.html")


@pages.post("/number")
async def take_number(visit: Visit) -> Response:
    """Seal the number into the address of its page, so that the browser's history does not show it."""
    visit.again = lambda error: visit.page("home.html", error.problem.status, error=error, path="/")
    text = visit.form["number"][: SHOWN_LIMIT + 1]
    try:
        parse_number(text)
    except NumberError as error:
        raise number_problem(error) from error
    return visit.redirect(f"/number?q={sealed_number(visit, text)}")


@pages.get("/number")
async def show_number(visit: Visit) -> Response:
    """Show in words what is published about the number."""
    text = number_in_address(visit)
    _count(visit, RateLimit("page-lookups", visit.context.settings.page_lookups_per_hour, 3600))
    answer = published_answer(visit, text)
    category = VIOLATION_NAMES.get(answer.category or "")
    q = visit.request.query_params["q"]
    return visit.page("number.html", answer=answer, shown=text, category=category, q=q)


@pages.get("/number/why")
async def explain(visit: Visit) -> Response:
    """Show why: the conditions of each verdict, and what speaks for and against."""
    text = number_in_address(visit)
    _count(visit, EXPLANATIONS)
    key = None  # the page asks for itself
    explanation = await explain_number(text, visit.request, Response(), key)  # type: ignore[arg-type]
    q = visit.request.query_params["q"]
    return visit.page("why.html", explanation=explanation, shown=text, q=q)


def sealed_number(visit: Visit, text: str) -> str:
    """Return a number as it stands in addresses."""
    return seal_text(visit.context.keys, NUMBER, text, now=visit.now, good_for=GOOD_FOR)


def number_in_address(visit: Visit) -> str:
    """Return the number that is sealed in the address as `q`; raises link_over."""
    try:
        return unseal_text(visit.context.keys, NUMBER, visit.request.query_params.get("q", ""), now=visit.now)
    except SealedError:
        raise ProblemError(LINK_OVER) from None


def published_answer(visit: Visit, text: str) -> SingleAnswer:
    """Return what a look-up answers; raises invalid_number, and ReplicaUnavailableError."""
    route: LookupRoute = visit.request.state.lookup
    route.require_replica()
    try:
        found = route.find(text)
    except NumberError as error:
        raise number_problem(error) from error
    return SingleAnswer.model_validate(orjson.loads(found + route.whose(found) + route.freshness().tail()))


def _count(visit: Visit, limit: RateLimit) -> None:
    count_request(visit.request, limit, caller_of(visit.request).who)
