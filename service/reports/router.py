"""Reports over HTTP: signing up, one's own reports, and a partner's many at once."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from ml.words import VIOLATIONS
from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.caller import caller_of
from service.edge.context import Context, ReportsKey, context_of
from service.edge.declared import Body, raises, reads, served_by
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.parameters import ReportId
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    INVALID_REQUEST,
    NOT_FOUND,
    PROOF_OF_WORK_WRONG,
    REPORT_RETRACTED,
    RESTRICTED,
    TOO_MANY_LINES,
    TOO_MANY_REQUESTS,
    TOO_MANY_SUPPLEMENTS,
    UNSUPPORTED_MEDIA_TYPE,
    FieldError,
    ProblemError,
)
from service.edge.validation import message
from service.reports import batch, intake, reporters, reporters_store, store
from service.reports.findings import finding_shown
from service.reports.reporters import ReporterPseudonym, limit_network
from service.reports.route import take_report
from service.reports.schemas import (
    NewReporter,
    Receipt,
    Report,
    ReporterToken,
    ReportPage,
    StoredReport,
    StoredSupplement,
    Supplement,
)
from service.reports.store import ReportRow, SupplementRow

MAX_SUPPLEMENTS = 20
NEWEST = UUID(int=2**128 - 1)

router = APIRouter(tags=["reports"])


@router.get(
    "/v1/reporters/challenge", summary="Get a proof-of-work challenge (ALTCHA) · 领取工作量证明题目（ALTCHA）"
)
@raises(TOO_MANY_REQUESTS)
async def get_challenge(request: Request) -> dict[str, Any]:
    """The challenge must be solved and its solution sent to `POST /v1/reporters` within ten minutes."""
    context = context_of(request)
    settings = (
        context.settings
    )  # a challenge costs next to nothing, and pages of a whole network ask for them
    limit_network(
        request, "challenges", max(settings.signup_limit_per_hour, 2 * settings.page_signups_per_hour)
    )
    cost = context.settings.proof_of_work_cost
    return reporters.new_challenge(context.keys, cost=cost, now=context.now())


@router.post(
    "/v1/reporters",
    status_code=201,
    response_model=ReporterToken,
    summary="Register as a reporter · 注册为举报人",
)
@raises(PROOF_OF_WORK_WRONG, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def create_reporter(body: NewReporter, request: Request) -> ReporterToken:
    """A solved challenge earns a reporter's token. It is shown only this once: the service keeps no copy."""
    context = context_of(request)
    limit_network(request, "sign-ups", context.settings.signup_limit_per_hour)
    network = caller_of(request).network

    async def work(connection: Connection) -> str:
        return await reporters.register(connection, context.keys, body, network=network, now=context.now())

    return ReporterToken(token=await context.database.in_transaction(work, deadline=ANSWER_SECONDS))


@router.post(
    "/v1/reports",
    status_code=201,
    response_model=Receipt,
    summary="Report one call or message · 举报一通电话或一条短信",
    response_description="The report is stored.",
    responses={
        200: {"model": Receipt, "description": "The same reporter reported this number and minute before."}
    },
)
@served_by(take_report)
@raises(RESTRICTED)
async def create_report(
    report: Report, request: Request, pseudonym: ReporterPseudonym, key: IdempotencyKey = None
) -> Response:
    """The report is durable once it is answered. The same reporter, number and minute are stored only once."""
    return await take_report(request)


@router.get("/v1/reports", response_model=ReportPage, summary="List your own reports · 列出自己的举报")
async def list_reports(
    request: Request,
    pseudonym: ReporterPseudonym,
    before: Annotated[
        UUID | None, Query(description="Lists reports older than this one: `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="The page has at most this many reports.")] = 20,
) -> ReportPage:
    """The page lists the reporter's own reports, the newest first; `next` leads to the page after it."""
    context = context_of(request)
    async with context.database.connection() as connection:
        await reporters.require_reporter(connection, pseudonym)
        rows = await store.list_reports(connection, pseudonym, below=before or NEWEST, limit=limit)
    reports = [_stored_report(context, row, []) for row in rows]
    return ReportPage(reports=reports, next=reports[-1].report_id if len(reports) == limit else None)


@router.get(
    "/v1/reports/{report_id}",
    response_model=StoredReport,
    summary="Get one of your own reports · 查看自己的一条举报",
)
@raises(NOT_FOUND)
async def get_report(report_id: ReportId, request: Request, pseudonym: ReporterPseudonym) -> StoredReport:
    """The answer has the report with everything that was added later, with callee and contact decrypted."""
    context = context_of(request)
    async with context.database.connection() as connection:
        row = await reporters.own_report(connection, pseudonym, report_id)
        supplements = await store.list_supplements(connection, row.number, report_id)
        found = await store.list_findings(connection, pseudonym, [report_id])
    return _stored_report(context, row, supplements).model_copy(
        update={"findings": [finding_shown(one) for one in found]}
    )


@router.patch(
    "/v1/reports/{report_id}", response_model=StoredReport, summary="Add to your own report · 补充自己的举报"
)
@raises(NOT_FOUND, RESTRICTED, REPORT_RETRACTED, TOO_MANY_SUPPLEMENTS)
async def supplement_report(
    report_id: ReportId,
    supplement: Supplement,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> StoredReport:
    """The supplement is appended to the report: what was said before is never overwritten."""
    context = context_of(request)

    async def work(connection: Connection) -> Reply:
        await _append(connection, context, pseudonym, report_id=report_id, supplement=supplement)
        return Reply(200, b"")  # the report itself, which holds callee and contact, is never kept as a reply

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, context.now(), work)
    reply.mark(response)
    return await get_report(report_id, request, pseudonym)


@router.delete("/v1/reports/{report_id}", status_code=204, summary="Retract your own report · 撤回自己的举报")
@raises(NOT_FOUND)
async def retract_report(report_id: ReportId, request: Request, pseudonym: ReporterPseudonym) -> Response:
    """The report leaves every count from now on, and is kept until it is made again. Retracting twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await reporters_store.lock_reporters(connection, [pseudonym], context.now())
        row = await reporters.own_report(connection, pseudonym, report_id)
        await intake.retract(connection, row, pseudonym, context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post(
    "/v1/reports:batch",
    summary="Report many calls as a partner, one JSON object a line · 合作方批量举报，每行一个 JSON 对象",
    response_class=Response,
    openapi_extra=batch.OPENAPI_BODY,
    responses={
        200: {
            "content": {batch.NDJSON: {}},
            "description": "The answer has one line for each line of the request.",
        }
    },
)
@reads(Body.LINES)
@raises(UNSUPPORTED_MEDIA_TYPE, TOO_MANY_LINES, DATABASE_UNAVAILABLE)
async def create_report_batch(request: Request, key: ReportsKey) -> Response:
    """Each line is answered on its own: a bad line never loses a good one, and every line marked `stored` is durable.

    A batch has at most 10,000 lines of at most 64 KB. The answer comes in pieces while the lines are stored: where it ends
    early, the lines without an answer were perhaps not stored. Send the batch again; what was stored is answered `repeated`.
    """
    answers = await batch.take_batch(context_of(request), key, request)
    return StreamingResponse(answers, media_type=batch.NDJSON)


async def _append(
    connection: Connection, context: Context, pseudonym: bytes, *, report_id: UUID, supplement: Supplement
) -> None:
    """Append a supplement to one's own report; raises the problem that fits where it cannot be."""
    await reporters_store.lock_reporters(connection, [pseudonym], context.now())
    row = await reporters.own_report(connection, pseudonym, report_id)
    await reporters.require_unrestricted(connection, pseudonym)
    if row.retracted_at is not None:
        raise ProblemError(REPORT_RETRACTED)
    if supplement.violations and row.opinion == "legitimate":
        wrong = FieldError("violations", "contradiction", *message("contradiction"))
        raise ProblemError(INVALID_REQUEST, fields=[wrong])
    new = intake.prepare_supplement(supplement, row, context.keys, context.now())
    if await intake.append_supplement(connection, row, new, at_most=MAX_SUPPLEMENTS) is None:
        raise ProblemError(TOO_MANY_SUPPLEMENTS, limit=MAX_SUPPLEMENTS)


def _stored_report(context: Context, row: ReportRow, supplements: list[SupplementRow]) -> StoredReport:
    def opened(part: ReportRow | SupplementRow) -> dict[str, Any]:
        fields: dict[str, Any] = {name: getattr(part, name) for name in part.__dataclass_fields__}
        fields |= intake.unseal(fields.pop("sealed"), context.keys, row.report_id)
        return fields | {"violations": [VIOLATIONS[position] for position in part.violations or []]}

    added = [StoredSupplement(**opened(supplement)) for supplement in supplements]
    return StoredReport(**opened(row), supplements=added)
