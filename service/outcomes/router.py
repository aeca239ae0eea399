"""`/v1/outcomes`: agencies report what became of the rows that they received."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from service.agencies.store import fetch_binding
from service.database import Connection
from service.edge import idempotency
from service.edge.access import ApiKey
from service.edge.caller import caller_of
from service.edge.context import ExportKey, context_of
from service.edge.declared import Body, raises, reads
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    INVALID_REQUEST,
    KEY_WITHOUT_AGENCY,
    TOO_MANY_AT_ONCE,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemError,
)
from service.edge.validation import Day, validation_problem
from service.host.beside import Asker, Beside
from service.outcomes.answers import Terms, take_answers
from service.outcomes.filled import ReadFile, answers_of
from service.outcomes.reading import MEDIA_TYPES, read_beside
from service.outcomes.schemas import MOST, Accept, OutcomeAnswers, Taken

JSON = "application/json"
_SCHEMA = OutcomeAnswers.model_json_schema(ref_template="#/components/schemas/{model}")
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "$ref": "#/components/schemas/OutcomeAnswers",
                    "$defs": _SCHEMA.pop("$defs") | {"OutcomeAnswers": _SCHEMA},
                }
            },
            **{name: {"schema": {"type": "string", "format": "binary"}} for name in MEDIA_TYPES},
        },
    }
}
router = APIRouter(prefix="/v1/outcomes", tags=["exports"])


@router.post(
    "",
    response_model=Taken,
    summary="Report what became of exported rows · 回报导出各行的处理结果",
    openapi_extra=BODY,
)
@reads(Body.LARGE)
@raises(KEY_WITHOUT_AGENCY, TOO_MANY_AT_ONCE, DATABASE_UNAVAILABLE)
async def create_outcomes(
    key: ExportKey,
    request: Request,
    accept: Annotated[
        Accept,
        Query(description="`all` records all outcomes or none; `partial` records those that are right."),
    ] = "all",
    decided_on: Annotated[
        Day | None,
        Query(
            description="The day of outcomes that name none; without it, the day on which they are received."
        ),
    ] = None,
    _key: IdempotencyKey = None,
) -> Response:
    """The body is JSON, or the exported file itself (xlsx, xls, ods or CSV) with a column 处理结果 that is filled in.

    The outcomes are recorded all together or not at all, unless `accept` is `partial`: a row that this agency did not
    receive is refused and named, and so is every cell that cannot be read for certain. The same outcome again changes
    nothing; a later outcome is kept beside the earlier one.
    """
    terms = Terms(context_of(request).now(), decided_on, accept == "partial")
    if wrong := terms.flaw():
        raise ProblemError(INVALID_REQUEST, fields=[wrong])
    read = await _read(request, key.key_id)
    return (await record(request, key, read, terms)).response()


async def record(request: Request, key: ApiKey, read: ReadFile, terms: Terms) -> Reply:
    """Record the outcomes of the key's agency; raises a problem."""

    async def work(connection: Connection) -> Reply:
        binding = await fetch_binding(connection, key.key_id)
        if binding is None:
            raise ProblemError(KEY_WITHOUT_AGENCY)
        taken = await take_answers(connection, binding.agency, read, terms)
        return Reply(200, taken.model_dump_json(exclude_defaults=True).encode())

    once = await Once.of(request, key.key_id.encode())
    return await idempotency.answer(context_of(request).database, once, terms.now, work)


async def _read(request: Request, key_id: str) -> ReadFile:
    """Return the outcomes in the body, of which a request has at most 500."""
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == JSON:
        try:
            return ReadFile(answers_of(OutcomeAnswers.model_validate_json(body).outcomes))
        except ValidationError as error:
            raise validation_problem(error.errors(include_url=False)) from None
    if media_type not in MEDIA_TYPES:
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=", ".join((JSON, *MEDIA_TYPES)))
    return await read_file(request, key_id, body)


async def read_file(request: Request, key_id: str, content: bytes) -> ReadFile:
    """Return the outcomes that an exported file has, of which a request has at most 500; raises a problem."""
    beside: Beside = request.state.beside
    asker = Asker(key_id.encode(), caller_of(request).network)
    return await read_beside(beside, content, asker, most=MOST)
