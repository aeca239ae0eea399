"""Bulk look-ups, and how the single one appears among the operations."""

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from service.edge.access import RateLimit
from service.edge.context import LookupKey, context_of
from service.edge.declared import Body, raises, reads
from service.edge.parameters import NumberText
from service.edge.problems import INVALID_NUMBER
from service.edge.turns import Turns
from service.lookup.answer import error_entry
from service.lookup.route import PATH, LookupRoute
from service.lookup.schemas import Answers, Lookup, SingleAnswer
from service.numbers.parse import NumberError

router = APIRouter(tags=["look-up"])


@router.get(
    PATH,
    response_model=SingleAnswer,
    summary="Look up a number · 查询一个号码",
    response_description="What is published about the number.",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@raises(INVALID_NUMBER)
async def look_up_number(
    number: NumberText,
    key: LookupKey,
    form: Annotated[
        Literal["json", "plain"],
        Query(
            alias="format", description="`plain` returns one line for a telephone exchange, verdict first."
        ),
    ] = "json",
    lang: Annotated[
        Literal["zh", "en"], Query(description="The plain line is written in this language.")
    ] = "zh",
) -> SingleAnswer:
    """The answer comes from this host's replica, also while the database is unavailable."""
    raise NotImplementedError  # `LookupRoute` answers at this path (docs/adr/0003-look-ups-beside-fastapi.md)


@router.post("/v1/numbers:lookup", response_model=Answers, summary="Look up many numbers · 批量查询号码")
@reads(Body.LARGE)
async def look_up_numbers(lookup: Lookup, request: Request, key: LookupKey) -> Response:
    """At most 10,000 numbers are answered at once; a text that cannot be read is answered in its place."""
    route: LookupRoute = request.state.lookup
    route.require_replica()
    context = context_of(request)
    per_second = key.limit_per_second or context.settings.lookup_limit_per_second
    minute = RateLimit("bulk-lookups", per_second * 60, 60)  # as many as single look-ups could ask for
    context.limiter.take(minute, key.key_id, len(lookup.numbers))
    entries: list[bytes] = []
    async with Turns() as turns:
        for text in lookup.numbers:
            entries.append(_entry(route, text))
            await turns.give_way()  # single look-ups of this worker must not wait for all of them
    context.metrics.bulk_lookup_numbers.inc(len(entries))
    body = b'{"answers":[' + b",".join(entries) + b"]" + route.freshness().tail()
    return Response(body, media_type="application/json")


def _entry(route: LookupRoute, text: str) -> bytes:
    try:
        answer = route.find(text)
        return answer + route.whose(answer) + b"}"
    except NumberError as error:
        return orjson.dumps(error_entry(text, error))
