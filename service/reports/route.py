"""`POST /v1/reports`: one report, read and answered without FastAPI's routing, which costs more than storing it.

It stands inside the envelope like every other route; its handler in `service.reports.router` describes it
(docs/adr/0003-look-ups-beside-fastapi.md).
"""

import codecs

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ml.words import Kind
from service.database import Connection
from service.edge import idempotency
from service.edge.access import RateLimit
from service.edge.context import Context, context_of, count_request
from service.edge.idempotency import Once, Reply
from service.edge.problems import UNSUPPORTED_MEDIA_TYPE, ProblemError
from service.edge.validation import validation_problem
from service.reports.reporters import reporter_pseudonym
from service.reports.schemas import Receipt, Report
from service.reports.when import check_time
from service.reports.writer import Acknowledged, ReportWriter, Submission, take_reports

JSON = "application/json"


async def take_report(request: Request) -> Response:
    """Store a report durably, then answer: 201 stored, 200 where reporter, number and minute were reported before."""
    pseudonym = await reporter_pseudonym(request)
    report = _read(request, await request.body())
    once = await Once.of(request, pseudonym)
    return (await submit(request, report, pseudonym, once)).response()


async def submit(request: Request, report: Report, pseudonym: bytes, once: Once | None) -> Reply:
    """Store a reporter's report durably, once; returns its receipt. Raises the problems of `create_report`."""
    context = context_of(request)
    now = context.now()
    check_time(report, now)
    count_request(
        request, RateLimit("reports", context.settings.report_limit_per_hour, 3600), pseudonym.hex()
    )
    reply = await _store(request, Submission(report, pseudonym, now), once)
    result = "stored" if reply.status == 201 and not reply.is_replay else "repeated"
    context.metrics.reports.labels("crowd", result).inc()
    return reply


async def _store(request: Request, submission: Submission, once: Once | None) -> Reply:
    if once is None:
        writer: ReportWriter = request.state.writer
        return _receipt(submission, await writer.store(submission))
    return await _take_once(context_of(request), once, submission)


def _read(request: Request, body: bytes) -> Report:
    if not request.headers.get("content-type", JSON).startswith(JSON):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=JSON)
    try:
        return Report.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        raise validation_problem(error.errors(include_url=False)) from None


async def _take_once(context: Context, once: Once, submission: Submission) -> Reply:
    async def work(connection: Connection) -> Reply:
        (fate,) = await take_reports(connection, [submission], context.keys)
        if isinstance(fate, ProblemError):
            raise fate
        return _receipt(submission, fate)

    return await idempotency.answer(context.database, once, submission.received_at, work)


def _receipt(submission: Submission, taken: Acknowledged) -> Reply:
    number, _ = submission.report.number
    receipt = Receipt(
        report_id=taken.report_id,
        status="stored" if taken.is_new else "repeated",
        number=number.key,
        kind=number.kind,
        suspected_spoofing=number.suspected_spoofing or number.kind is Kind.PUBLIC_SERVICE,
        recorded_at=submission.received_at if taken.is_new else None,
    )
    return Reply(201 if taken.is_new else 200, receipt.model_dump_json().encode())
