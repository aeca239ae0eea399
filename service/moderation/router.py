"""Moderation over HTTP: what waits for a person, and decisions. It needs the scope `moderator`."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request, Response

from service.database import Connection
from service.decisions import store as decisions
from service.decisions.decide import (
    DecisionError,
    DecisionKind,
    decide_number,
    read_opinions,
    weigh_contested,
)
from service.decisions.store import Decision
from service.disputes import store
from service.disputes.dispute import Outcome, settle_dispute
from service.disputes.proof import download
from service.disputes.proof_router import FILE
from service.disputes.store import JudgedDispute
from service.disputes.view import dispute_view
from service.edge import idempotency
from service.edge.access import ApiKey
from service.edge.context import Context, ModeratorKey, context_of
from service.edge.declared import raises
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.parameters import DisputeId, NumberText, ProofId
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    DECISION_REFUSED,
    DISPUTE_CLOSED,
    INVALID_NUMBER,
    NOT_FOUND,
    ProblemError,
)
from service.edge.validation import number_problem
from service.moderation.schemas import (
    DisputeDecision,
    NewDecision,
    OpenDispute,
    OpenDisputes,
    Review,
    Reviews,
    SettledDispute,
    StoredDecision,
    StoredDecisions,
)
from service.numbers.parse import Number, NumberError, parse_number

router = APIRouter(prefix="/v1/moderation", tags=["moderation"])
Result = TypeVar("Result")
AtMost = Annotated[int, Query(ge=1, le=500, description="The answer lists at most this many.")]


@router.get(
    "/reviews",
    response_model=Reviews,
    summary="List the numbers that wait for a person · 列出等待人工处理的号码",
)
@raises(DATABASE_UNAVAILABLE)
async def list_reviews(request: Request, _key: ModeratorKey, limit: AtMost = 50) -> Reviews:
    """The answer lists the numbers and why they wait, those first that have waited longest."""
    context = context_of(request)
    async with context.database.connection() as connection:
        rows = await decisions.list_reviews(connection, at_most=limit)
        numbers = [row.number for row in rows]
        opinions = await read_opinions(connection, numbers, context.now())
    weighed = await asyncio.to_thread(weigh_contested, opinions, numbers)
    fields = [{name: getattr(row, name) for name in row.__dataclass_fields__} for row in rows]
    return Reviews(reviews=[Review(**one, abusive_by_opinions=weighed.get(one["number"])) for one in fields])


@router.get(
    "/numbers/{number}/decisions",
    response_model=StoredDecisions,
    summary="List all decisions about a number · 列出对一个号码的全部裁定",
)
@raises(INVALID_NUMBER, DATABASE_UNAVAILABLE)
async def list_decisions(number: NumberText, request: Request, _key: ModeratorKey) -> StoredDecisions:
    """The answer lists the decisions with who decided and why, the oldest first; the newest decision holds."""
    parsed = _number(number)
    async with context_of(request).database.connection() as connection:
        rows = await decisions.list_decisions(connection, parsed.key)
    return StoredDecisions(number=parsed.key, decisions=[_stored(row) for row in rows])


@router.post(
    "/numbers/{number}/decisions",
    status_code=201,
    response_model=StoredDecision,
    summary="Decide about a number · 对号码作出裁定",
)
@raises(INVALID_NUMBER, DECISION_REFUSED, DATABASE_UNAVAILABLE)
async def create_decision(
    number: NumberText, body: NewDecision, request: Request, key: ModeratorKey, _key: IdempotencyKey = None
) -> Response:
    """A person's decision overrides reports and model, and is published within seconds."""
    context = context_of(request)
    parsed = _number(number)
    decision = Decision(context.now(), body.decision, body.reason, who(key), body.owner_since)

    async def work(connection: Connection) -> Reply:
        await decided(decide_number(connection, parsed, decision))
        return Reply(201, _stored(decision).model_dump_json().encode())

    once = await Once.of(request, key.key_id.encode())
    return (await idempotency.answer(context.database, once, decision.decided_at, work)).response()


@router.get(
    "/disputes",
    response_model=OpenDisputes,
    summary="List the disputes that wait for a person · 列出等待人工处理的异议",
)
@raises(DATABASE_UNAVAILABLE)
async def list_open_disputes(request: Request, _key: ModeratorKey, limit: AtMost = 50) -> OpenDisputes:
    """The answer lists open disputes with what the owners say, those first that are due first."""
    context = context_of(request)
    async with context.database.connection() as connection:
        rows = await store.list_open_disputes(connection, at_most=limit)
        return OpenDisputes(disputes=[await _open(connection, context, row) for row in rows])


@router.get(
    "/disputes/{dispute_id}",
    response_model=OpenDispute,
    summary="Get any dispute, open or closed · 查看任一异议，不论是否已结束",
)
@raises(NOT_FOUND, DATABASE_UNAVAILABLE)
async def get_any_dispute(dispute_id: DisputeId, request: Request, _key: ModeratorKey) -> OpenDispute:
    """The dispute has everything that its owner said, and how it was decided."""
    context = context_of(request)
    async with context.database.connection() as connection:
        dispute = await store.fetch_judged_dispute(connection, dispute_id)
        if dispute is None:
            raise ProblemError(NOT_FOUND)
        return await _open(connection, context, dispute)


@router.get(
    "/disputes/{dispute_id}/proofs/{proof_id}",
    response_class=Response,
    summary="Download a proof of any dispute · 下载任一异议的证明文件",
    responses=FILE,
)
@raises(NOT_FOUND, DATABASE_UNAVAILABLE)
async def get_any_proof(
    dispute_id: DisputeId, proof_id: ProofId, request: Request, _key: ModeratorKey
) -> Response:
    """The file comes as the owner sent it, as an attachment."""
    async with context_of(request).database.connection() as connection:
        dispute = await store.fetch_dispute(connection, dispute_id)
    if dispute is None:
        raise ProblemError(NOT_FOUND)
    return await download(request, dispute, proof_id)


@router.post(
    "/disputes/{dispute_id}/decision",
    response_model=SettledDispute,
    summary="Decide a dispute · 对异议作出裁定",
)
@raises(NOT_FOUND, DISPUTE_CLOSED, DECISION_REFUSED, DATABASE_UNAVAILABLE)
async def decide_dispute(
    dispute_id: DisputeId,
    body: DisputeDecision,
    request: Request,
    key: ModeratorKey,
    _key: IdempotencyKey = None,
) -> Response:
    """A dispute is upheld with a decision about its number, or rejected. The owner and the reporters read the reason."""
    context = context_of(request)
    now = context.now()
    outcome = Outcome(body.decision, body.reason, who(key), body.owner_since)

    async def work(connection: Connection) -> Reply:
        dispute = await decided(settle_dispute(connection, dispute_id, outcome, now))
        told = SettledDispute(dispute_id=dispute_id, state=dispute.state, closed_at=now)
        return Reply(200, told.model_dump_json().encode())

    once = await Once.of(request, key.key_id.encode())
    return (await idempotency.answer(context.database, once, now, work)).response()


async def decided(deciding: Awaitable[Result]) -> Result:
    """Return what a decision returns; one that makes no sense becomes a problem."""
    try:
        return await deciding
    except DecisionError as error:
        raise ProblemError(DECISION_REFUSED, reason_zh=error.zh, reason_en=str(error)) from error


async def _open(connection: Connection, context: Context, judged: JudgedDispute) -> OpenDispute:
    dispute = judged.dispute
    told = await dispute_view(connection, context, dispute)
    return OpenDispute(
        **told.model_dump(),
        kind=dispute.kind,
        decided_by=dispute.decided_by,
        verdict=judged.verdict,
        score=judged.score,
        reporters_at_least=judged.reporters_at_least,
    )


def _stored(decision: Decision) -> StoredDecision:
    return StoredDecision(
        decided_at=decision.decided_at,
        decision=DecisionKind(decision.decision),
        reason=decision.reason,
        decided_by=decision.decided_by,
        owner_since=decision.epoch_from,
    )


def who(key: ApiKey) -> str:
    """Return how decisions name a moderator: by the public id of the key."""
    return f"key {key.key_id}"


def _number(text: str) -> Number:
    try:
        return parse_number(text)
    except NumberError as error:
        raise number_problem(error) from error
