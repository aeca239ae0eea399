"""The rule catalogue over HTTP: public, cacheable, in Chinese and English."""

import hashlib
from datetime import date
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from service.days import CHINA
from service.edge.context import context_of
from service.edge.declared import headers, raises
from service.edge.problems import TOO_MANY_REQUESTS
from service.edge.validation import Day
from service.rules import answers
from service.rules.catalogue import Catalogue
from service.rules.schemas import ChannelList, Routing, RoutingQuestion, RuleList, ViolationList
from service.rules.situation import Situation

CACHE: Final = "public, max-age=3600"
CACHED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"headers": headers("ETag", "Cache-Control")},
    304: {
        "description": "The client's copy, named in If-None-Match, is current.",
        "headers": headers("ETag", "Cache-Control"),
    },
}

router = APIRouter(prefix="/v1", tags=["catalogue"], responses=CACHED)
On = Annotated[
    Day | None,
    Query(description="The answer has what is in force on this day; by default today in Asia/Shanghai."),
]


@router.get(
    "/channels",
    response_model=ChannelList,
    summary="List the authorities that take filings · 列出受理投诉举报的渠道",
)
@raises(TOO_MANY_REQUESTS)
async def list_channels(request: Request, on: On = None) -> Response:
    """The answer says what each channel takes, its form and deadlines then in force, and how sure each fact is."""
    return _answer(request, answers.channels_on(_catalogue(request), _day(request, on)))


@router.get(
    "/rules",
    response_model=RuleList,
    summary="List the rules that collection calls may break · 列出催收电话可能违反的规定",
)
@raises(TOO_MANY_REQUESTS)
async def list_rules(request: Request, on: On = None) -> Response:
    """The field `basis` distinguishes laws from industry norms."""
    return _answer(request, answers.rules_on(_catalogue(request), _day(request, on)))


@router.get(
    "/violations",
    response_model=ViolationList,
    summary="List the violation types of reports · 列出举报的违规类型",
)
@raises(TOO_MANY_REQUESTS)
async def list_violations(request: Request, on: On = None) -> Response:
    """The answer has the rules that each violation breaks, the channels that it goes to, and what proves it."""
    return _answer(request, answers.violations_on(_catalogue(request), _day(request, on)))


@router.get(
    "/routing", response_model=Routing, summary="Find where to turn, and what to cite · 查该找谁、可引用什么"
)
@raises(TOO_MANY_REQUESTS)
async def find_route(request: Request, asked: Annotated[RoutingQuestion, Query()]) -> Response:
    """The answer lists channels in the order in which to try them, emergency lines first, with the reasons and needs.

    It says what to cite, laws and industry norms apart, what a person may demand, and asks what it does not know: every
    parameter takes `unknown` (不清楚), which is also the default. A channel is never listed for a person or a party that it
    does not accept.
    """
    found = answers.routing_on(
        _catalogue(request),
        asked.violation,
        situation=Situation.model_validate(asked.model_dump(include=set(Situation.model_fields))),
        on=_day(request, asked.on),
        occurred_on=asked.occurred_on,
    )
    return _answer(request, found)


def _catalogue(request: Request) -> Catalogue:
    return cast(Catalogue, request.state.catalogue)


def _day(request: Request, on: date | None) -> date:
    return on or context_of(request).now().astimezone(CHINA).date()


def _answer(request: Request, document: BaseModel) -> Response:
    """Answer with the document, or that the client has it already (RFC 9110, section 13.1.2)."""
    body = document.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    kept = {"ETag": tag, "Cache-Control": CACHE}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=kept)
    return Response(body, media_type="application/json", headers=kept)
