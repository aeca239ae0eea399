"""`POST /v1/reports`: one report, read and answered without FastAPI's routing, which costs more than storing it.

It stands inside the envelope like every other route and in the same OpenAPI document
(docs/adr/0003-look-ups-beside-fastapi.md).
"""

from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from service import idempotency
from service.access import Limit
from service.context import Context, context_of
from service.database import Connection
from service.idempotency import Once, Reply
from service.problems import UNSUPPORTED_MEDIA_TYPE, ProblemError
from service.reports.reporters import reporter_pseudonym
from service.reports.schemas import Receipt, Report, check_occurred_at
from service.reports.writer import ReportWriter, Submission, Taken, take_reports
from service.validation import validation_problem

PATH = "/v1/reports"
JSON = "application/json"


class ReportRoute:
    """What the envelope names in metrics and logs."""

    path = PATH


async def take_report(request: Request) -> Response:
    """Durable when answered: 201 stored; 200 the same reporter, number and minute was reported before."""
    context = context_of(request)
    pseudonym = await reporter_pseudonym(request)
    report = _read(request, await request.body())
    now = context.now()
    check_occurred_at(report.occurred_at, now)
    limit = Limit("reports", context.settings.report_limit_per_hour, 3600)
    headers = context.limiter.taken(limit, pseudonym.hex())

    submission = Submission(report, pseudonym, now)
    key = request.headers.get("idempotency-key")
    if key is None:
        writer: ReportWriter = request.state.writer
        reply = _receipt(submission, await writer.store(submission))
    else:
        once = Once.of(pseudonym, key, b"POST /v1/reports", await request.body())
        reply = await _take_once(context, once, submission)
    context.metrics.reports.labels("crowd", "stored" if reply.status == 201 else "repeated").inc()
    if reply.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return Response(reply.body, reply.status, headers, media_type=JSON)


def _read(request: Request, body: bytes) -> Report:
    if not request.headers.get("content-type", JSON).startswith(JSON):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=JSON)
    try:
        return Report.model_validate_json(body)
    except ValidationError as error:
        raise validation_problem(error.errors(include_url=False)) from None


async def _take_once(context: Context, once: Once, submission: Submission) -> Reply:
    async def work(connection: Connection) -> Reply:
        (fate,) = await take_reports(connection, [submission], context.keys)
        if isinstance(fate, ProblemError):
            raise fate
        return _receipt(submission, fate)

    return await idempotency.answer(context.database, once, submission.received_at, work)


def _receipt(submission: Submission, taken: Taken) -> Reply:
    number, _ = submission.report.number
    receipt = Receipt(
        report_id=taken.report_id,
        status="stored" if taken.is_new else "repeated",
        number=number.key,
        kind=number.kind,
        suspected_spoofing=number.suspected_spoofing,
        recorded_at=submission.received_at if taken.is_new else None,
    )
    return Reply(201 if taken.is_new else 200, receipt.model_dump_json().encode())


def _answered(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    }


OPENAPI_OPERATION: dict[str, Any] = {
    "tags": ["reports"],
    "summary": "Report one call or message",
    "description": "Durable when answered.",
    "operationId": "take_report",
    "parameters": [
        {
            "name": "Idempotency-Key", "in": "header", "description": "Repeat a request safely.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Report"}}},
    },
    "responses": {
        "201": _answered("Stored."),
        "200": _answered("The same reporter, number and minute was reported before."),
    },
}  # fmt: skip
