"""Bulk look-ups, and how the single one appears in the OpenAPI document."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from service.edge.access import ApiKey, RateLimit, Scope
from service.edge.context import context_of, require_scope
from service.lookup.answer import error_entry
from service.lookup.route import LookupRoute
from service.lookup.schemas import Answers, Lookup
from service.numbers.parse import NumberError

NUMBERS_PER_TURN = 500

router = APIRouter(tags=["look-up"])


@router.post("/v1/numbers:lookup", response_model=Answers, summary="Look up many numbers")
async def look_up_many(
    lookup: Lookup, request: Request, key: Annotated[ApiKey, Depends(require_scope(Scope.LOOKUP))]
) -> Response:
    """At most 10,000 at once; what cannot be read is answered in its place."""
    route: LookupRoute = request.state.lookup
    route.require_replica()
    context = context_of(request)
    per_second = key.limit_per_second or context.settings.lookup_limit_per_second
    minute = RateLimit("bulk-lookups", per_second * 60, 60)  # as many as single look-ups could ask for
    context.limiter.take(minute, key.key_id, len(lookup.numbers))
    entries: list[bytes] = []
    for start in range(0, len(lookup.numbers), NUMBERS_PER_TURN):
        entries += [_entry(route, text) for text in lookup.numbers[start : start + NUMBERS_PER_TURN]]
        await asyncio.sleep(0)  # single look-ups of this worker must not wait for all of them
    context.metrics.bulk_lookup_numbers.inc(len(entries))
    body = b'{"answers":[' + b",".join(entries) + b"]" + route.freshness().tail()
    return Response(body, media_type="application/json")


def _entry(route: LookupRoute, text: str) -> bytes:
    try:
        return route.find(text) + b"}"
    except NumberError as error:
        return orjson.dumps(error_entry(text, error))


OPENAPI_PATH: dict[str, Any] = {
    "get": {
        "tags": ["look-up"],
        "summary": "Look up a number",
        "description": "Answered from this host's replica, also while the database is away.",
        "operationId": "look_up_number",
        "parameters": [
            {
                "name": "number", "in": "path", "required": True,
                "description": "The caller ID as it was shown, percent-encoded.",
                "schema": {"type": "string", "maxLength": 64},
                "example": "19790001234",
            },
            {
                "name": "format", "in": "query",
                "description": "`plain` gives one line for a telephone exchange, verdict first.",
                "schema": {"type": "string", "enum": ["json", "plain"], "default": "json"},
            },
            {
                "name": "lang", "in": "query", "description": "Language of the plain line.",
                "schema": {"type": "string", "enum": ["zh", "en"], "default": "zh"},
            },
        ],
        "responses": {
            "200": {
                "description": "What is published of the number.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/SingleAnswer"}},
                    "text/plain": {"schema": {"type": "string"}},
                },
            }
        },
    }
}  # fmt: skip
