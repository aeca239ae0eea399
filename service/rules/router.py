"""The catalogue over HTTP: public, cacheable, in Chinese and English."""

import hashlib
from datetime import date
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from ml.words import VIOLATIONS
from service.days import CHINA
from service.edge.access import RateLimit
from service.edge.context import client_network, context_of, count_request
from service.edge.validation import Day
from service.rules import answers
from service.rules.catalogue import Catalogue
from service.rules.respondents import Respondent
from service.rules.schemas import ChannelList, Routing, RuleList, ViolationList
from service.violations import Violation

CACHE: Final = "public, max-age=3600"
NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "As the `ETag` of If-None-Match says."}
}

router = APIRouter(prefix="/v1", tags=["catalogue"], responses=NOT_MODIFIED)
On = Annotated[
    Day | None, Query(description="Tell what is in force on this day; by default today in Asia/Shanghai.")
]


@router.get("/channels", response_model=ChannelList, summary="Authorities that take filings")
async def list_channels(request: Request, on: On = None) -> Response:
    """What each takes, its form, its deadlines, and how sure each fact is."""
    return _answer(request, answers.channels_on(_catalogue(request), _day(request, on)))


@router.get("/rules", response_model=RuleList, summary="Rules that collection calls may break")
async def list_rules(request: Request, on: On = None) -> Response:
    """Law and norm are told apart by `basis`."""
    return _answer(request, answers.rules_on(_catalogue(request), _day(request, on)))


@router.get("/violations", response_model=ViolationList, summary="Violation types of reports")
async def list_violations(request: Request, on: On = None) -> Response:
    """With the rules each breaks, the channels it goes to, and what proves it."""
    return _answer(request, answers.violations_on(_catalogue(request), _day(request, on)))


@router.get("/routing", response_model=Routing, summary="Where to turn, and what to cite")
async def find_route(
    request: Request,
    violation: Annotated[
        list[Violation] | None, Query(max_length=len(VIOLATIONS), description="May be given several times.")
    ] = None,
    respondent: Annotated[
        Respondent, Query(description="Kind of the party the caller collects for.")
    ] = Respondent.UNKNOWN,
    on: On = None,
    occurred_on: Annotated[
        Day | None, Query(description="Day of the conduct, whose rules are cited; by default `on`.")
    ] = None,
) -> Response:
    """Channels in the order in which to try them, why, what each needs, and the bases: law and norm apart."""
    found = answers.routing_on(
        _catalogue(request),
        violation or (),
        respondent=respondent,
        on=_day(request, on),
        occurred_on=occurred_on,
    )
    return _answer(request, found)


def _catalogue(request: Request) -> Catalogue:
    return cast(Catalogue, request.state.catalogue)


def _day(request: Request, on: date | None) -> date:
    return on or context_of(request).now().astimezone(CHINA).date()


def _answer(request: Request, document: BaseModel) -> Response:
    """The document, or that the client has it already (RFC 9110, section 13.1.2)."""
    limit = RateLimit("catalogue", context_of(request).settings.request_limit_per_second, 1)
    count_request(request, limit, client_network(request))
    body = document.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
