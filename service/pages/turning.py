"""Where to turn: the channels in order, with the reasons, what they need, and what may be cited."""

from pydantic import ValidationError
from starlette.responses import Response

from service.days import CHINA
from service.edge.problems import INVALID_REQUEST, ProblemError
from service.pages.reporting import violations_of
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.rules import answers
from service.rules.catalogue import Catalogue
from service.rules.situation import Situation

pages = Pages()


@pages.get("/where")
async def show_where(visit: Visit) -> Response:
    """Ask what happened and who calls, and show where to turn."""
    catalogue: Catalogue = visit.request.state.catalogue
    asked = visit.request.query_params
    today = visit.now.astimezone(CHINA).date()
    chosen = list(dict.fromkeys(one for one in asked.getlist("violation") if one in catalogue.violations))
    said = {name: asked[name] for name in Situation.model_fields if asked.get(name)}
    try:
        situation = Situation.model_validate(said)
    except ValidationError:
        raise ProblemError(INVALID_REQUEST) from None
    found = None
    if chosen:
        found = answers.routing_on(catalogue, chosen, situation=situation, on=today, occurred_on=None)
    return visit.public_page(
        "where.html",
        violations=violations_of(visit),
        chosen=chosen,
        situation=situation,
        respondents=list(catalogue.respondents.values()),
        found=found,
        said=said,
    )
