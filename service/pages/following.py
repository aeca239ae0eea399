"""Following a filing through: what happened, what is due and by whom, and which way goes on after a refusal or silence."""

from typing import Any, Final

from starlette.responses import Response

from service.cases import router as cases
from service.cases.filing_schemas import Filing, NewEvent
from service.cases.fitting import require_fit
from service.cases.schemas import Case
from service.cases.statuses import FilingStatus, may_follow
from service.edge.declared import Visitor
from service.edge.problems import ProblemError
from service.pages.cases import case_values, own_opened, shown_case
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.visit import Visit, not_found
from service.rules.channels import ChannelKind

#: Fields of the form that an event takes as they are, if they are filled in.
FIELDS: Final = ("event", "happened_on", "query_code", "matter", "review", "note")

pages = Pages()


@pages.get("/cases/{case_id}/follow/{channel}", Visitor.REPORTER)
async def show_filing(visit: Visit) -> Response:
    """Show where a filing stands and what is due, and take what happened next."""
    return visit.page("follow.html", **await _values(visit))


@pages.post("/cases/{case_id}/follow/{channel}", Visitor.REPORTER)
async def take_event(visit: Visit) -> Response:
    """Record what happened to a filing, or that the newest event was recorded in error."""
    case_id, channel = id_in_path(visit, "case_id"), visit.request.path_params["channel"]
    values = await _values(visit)
    visit.again = lambda error: _refused(visit, values, error)
    said = {name: visit.form[name] for name in FIELDS if visit.form[name]}
    if said.get("event") != FilingStatus.REVIEW_ASKED:
        said.pop("review", None)  # chosen, then another event was
    new = NewEvent.model_validate(said)
    visit.once()
    await cases.create_filing_event(case_id, channel, new, visit.request, Response(), visit.pseudonym)
    return visit.redirect(f"/cases/{case_id}/follow/{channel}?noted=1")


def _refused(visit: Visit, values: dict[str, Any], error: ProblemError) -> Response:
    return visit.page("follow.html", error.problem.status, **{**values, "error": error})


async def _values(visit: Visit) -> dict[str, Any]:
    """Return what the page shows; raises channel_does_not_fit where the case was not filed there and cannot be."""
    opened = await own_opened(visit)
    channel = visit.request.path_params["channel"]
    shown = shown_case(visit, opened)
    known = visit.request.state.catalogue.channels.get(channel)
    filing = next((one for one in shown.filings if one.channel == channel), None)
    if filing is None and known is None:
        raise not_found()
    if filing is None:
        require_fit(opened.fits, channel)
    following = filing.may_follow if filing else may_follow(None)
    is_open = shown.withdrawn_at is None
    return {
        **case_values(visit, opened, shown),
        "channel": channel,
        "known": known,
        "filing": filing,
        "following": [one for one in following if one != "recorded_in_error"] if is_open else [],
        "can_correct": is_open and "recorded_in_error" in following,
        "reviews": [one for one in (filing.next or ()) if one.is_review] if filing else [],
        "is_police": known is not None and known.kind is ChannelKind.POLICE,
        "telephone": _telephone(shown, channel),
        "overdue": _overdue(filing),
        "once": new_seed(),
    }


def _telephone(shown: Case, channel: str) -> str | None:
    return next((one.telephone for one in shown.channels if one.channel == channel), None)


def _overdue(filing: Filing | None) -> list[Any]:
    """Return the deadlines that are over, and which somebody else than the person let pass."""
    return [one for one in filing.due if one.is_overdue and one.by != "person"] if filing else []
