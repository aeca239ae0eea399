"""Reports over HTTP."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from ml.words import VIOLATIONS
from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.access import ApiKey, RateLimit, Scope
from service.edge.context import Context, client_network, context_of, count_request, require_scope
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import (
    INVALID_REQUEST,
    REPORT_RETRACTED,
    TOO_MANY_SUPPLEMENTS,
    FieldError,
    ProblemError,
)
from service.edge.validation import message
from service.reports import batch, intake, reporters, store
from service.reports.reporters import ReporterPseudonym
from service.reports.schemas import (
    NewReporter,
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


@router.get("/v1/reporters/challenge", summary="A proof-of-work challenge (ALTCHA)")
async def give_challenge(request: Request) -> dict[str, Any]:
    """To be solved and sent to `POST /v1/reporters` within ten minutes."""
    context = context_of(request)
    _limit_network(context, request, "challenges")
    cost = context.settings.proof_of_work_cost
    return reporters.new_challenge(context.keys, cost=cost, now=context.now())


@router.post("/v1/reporters", status_code=201, response_model=ReporterToken, summary="Become a reporter")
async def register_reporter(body: NewReporter, request: Request) -> ReporterToken:
    """A solved challenge gives a token, shown this once."""
    context = context_of(request)
    _limit_network(context, request, "sign-ups")
    network = client_network(request)

    async def work(connection: Connection) -> str:
        return await reporters.register(connection, context.keys, body, network=network, now=context.now())

    return ReporterToken(token=await context.database.in_transaction(work, deadline=ANSWER_SECONDS))


@router.get("/v1/reports", response_model=ReportPage, summary="One's own reports")
async def list_own_reports(
    request: Request,
    pseudonym: ReporterPseudonym,
    before: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ReportPage:
    """Newest first."""
    context = context_of(request)
    async with context.database.connection() as connection:
        await reporters.require_reporter(connection, pseudonym)
        rows = await store.list_reports(connection, pseudonym, below=before or NEWEST, limit=limit)
    reports = [_stored_report(context, row, []) for row in rows]
    return ReportPage(reports=reports, next=reports[-1].report_id if len(reports) == limit else None)


@router.get("/v1/reports/{report_id}", response_model=StoredReport, summary="One of one's own reports")
async def show_report(report_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> StoredReport:
    """With everything added later, and with callee and contact decrypted."""
    context = context_of(request)
    async with context.database.connection() as connection:
        row = await reporters.own_report(connection, pseudonym, report_id)
        return _stored_report(context, row, await store.list_supplements(connection, row.number, report_id))


@router.patch("/v1/reports/{report_id}", response_model=StoredReport, summary="Add to one's own report")
async def supplement_report(
    report_id: UUID,
    supplement: Supplement,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> StoredReport:
    """Appended: what was said before is never overwritten."""
    context = context_of(request)

    async def work(connection: Connection) -> Reply:
        await store.lock_reporters(connection, [pseudonym], context.now())
        row = await reporters.own_report(connection, pseudonym, report_id)
        await reporters.require_unrestricted(connection, pseudonym)
        if row.retracted_at is not None:
            raise ProblemError(REPORT_RETRACTED)
        if supplement.violations and row.opinion == "legitimate":
            raise ProblemError(
                INVALID_REQUEST,
                fields=[FieldError("violations", "contradiction", *message("contradiction"))],
            )
        new = intake.prepare_supplement(supplement, row, context.keys, context.now())
        if await intake.append(connection, row, new, at_most=MAX_SUPPLEMENTS) is None:
            raise ProblemError(TOO_MANY_SUPPLEMENTS, limit=MAX_SUPPLEMENTS)
        return Reply(200, b"")  # the report itself, which holds callee and contact, is never kept as a reply

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, context.now(), work)
    reply.mark(response)
    return await show_report(report_id, request, pseudonym)


@router.delete("/v1/reports/{report_id}", status_code=204, summary="Retract one's own report")
async def retract_report(report_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> Response:
    """Out of every count from now on; kept until it is made again. Retracting twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await store.lock_reporters(connection, [pseudonym], context.now())
        row = await reporters.own_report(connection, pseudonym, report_id)
        await intake.retract(connection, row, pseudonym, context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post(
    "/v1/reports:batch",
    summary="Reports of a partner, one JSON object a line",
    response_class=Response,
    openapi_extra=batch.OPENAPI_BODY,
    responses={
        200: {"content": {batch.NDJSON: {}}, "description": "One line of answer for each line given."}
    },
)
async def take_batch(
    request: Request, key: Annotated[ApiKey, Depends(require_scope(Scope.REPORTS))]
) -> Response:
    """A bad line never loses a good one; every line marked `stored` is durable."""
    answers = await batch.take_batch(context_of(request), key, request)
    return Response(b"".join(orjson.dumps(answer) + b"\n" for answer in answers), media_type=batch.NDJSON)


def _stored_report(context: Context, row: ReportRow, supplements: list[SupplementRow]) -> StoredReport:
    def opened(part: ReportRow | SupplementRow) -> dict[str, Any]:
        fields: dict[str, Any] = {name: getattr(part, name) for name in part.__dataclass_fields__}
        fields |= intake.unseal(fields.pop("sealed"), context.keys, row.report_id)
        return fields | {"violations": [VIOLATIONS[position] for position in part.violations or []]}

    added = [StoredSupplement(**opened(supplement)) for supplement in supplements]
    return StoredReport(**opened(row), supplements=added)


def _limit_network(context: Context, request: Request, name: str) -> None:
    limit = RateLimit(name, context.settings.signup_limit_per_hour, 3600)
    count_request(request, limit, client_network(request))
