"""Bulk look-ups, and how the single one appears in the OpenAPI document."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.access import ApiKey, Limit, Scope
from service.context import context_of, require_scope
from service.lookup.answer import error_entry
from service.lookup.route import LookupRoute
from service.numbers import NumberError

MOST_NUMBERS = 10_000
NUMBERS_PER_TURN = 500

router = APIRouter(tags=["look-up"])


class Lookup(BaseModel):
    """Numbers to look up at once."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_NUMBERS)
    ] = Field(description="Caller IDs as they were shown, at most 10,000.")


class Reason(BaseModel):
    """Why the score is what it is."""

    code: str
    zh: str
    en: str


class Answer(BaseModel):
    """What is published of a number. Counts are lower bounds of bands; 0 with `unknown` tells nothing."""

    number: str
    kind: str
    region: str | None
    carrier: str | None
    virtual_operator: bool
    suspected_spoofing: bool
    verdict: str
    score: float | None
    category: str | None
    reasons: list[Reason]
    reports_at_least: int
    reporters_at_least: int
    first_reported_on: str | None
    last_reported_on: str | None
    simulated: bool
    revision: int | None
    model: str | None
    campaign_id: str | None = Field(
        description="Of numbers that are likely of one hand; a likeness, not a proof."
    )


class SingleAnswer(Answer):
    """An answer and how old the replica is that gave it."""

    stale: bool
    age_seconds: float


class Unreadable(BaseModel):
    """A text that is no number, and the code of what is wrong with it."""

    input: str
    error: str


class Answers(BaseModel):
    """Answers in the order of the numbers asked for."""

    answers: list[Answer | Unreadable]
    stale: bool
    age_seconds: float


@router.post("/v1/numbers:lookup", response_model=Answers, summary="Look up many numbers")
async def look_up_many(
    lookup: Lookup, request: Request, key: Annotated[ApiKey, Depends(require_scope(Scope.LOOKUP))]
) -> Response:
    """At most 10,000 at once; what cannot be read is answered in its place."""
    route: LookupRoute = request.state.lookup
    route.require_replica()
    context = context_of(request)
    per_second = key.limit_per_second or context.settings.lookup_limit_per_second
    minute = Limit("bulk-lookups", per_second * 60, 60)  # as many as single look-ups could ask for
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
