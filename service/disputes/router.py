"""Codes, owners and disputes over HTTP."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from service.database import ANSWER_SECONDS, Connection
from service.disputes import owners, store
from service.disputes.codes import OWNED, VALID_FOR, keep_code
from service.disputes.dispute import add_statement, open_dispute, withdraw_own_dispute
from service.disputes.owners import OwnerPseudonym, own_dispute
from service.disputes.schemas import (
    Addition,
    CodeRequest,
    Dispute,
    Disputes,
    NewDispute,
    NewOwner,
    OwnerToken,
    SentCode,
)
from service.disputes.senders import CodeSender
from service.disputes.view import dispute_view
from service.edge import idempotency
from service.edge.access import RateLimit
from service.edge.caller import caller_of
from service.edge.context import context_of, count_request
from service.edge.declared import headers, raises
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.parameters import DisputeId, NumberText
from service.edge.problems import (
    CODE_GONE,
    CODE_NOT_SENT,
    CODE_WRONG,
    CODES_OFF,
    DATABASE_UNAVAILABLE,
    DISPUTE_CLOSED,
    DISPUTE_NOT_NEW,
    DISPUTE_OPEN,
    INVALID_NUMBER,
    NOT_FOUND,
    NUMBER_WITHOUT_OWNER,
    OWNERSHIP_ENDED,
    PROOF_OF_WORK_WRONG,
    TOO_MANY_CODES,
    TOO_MANY_DISPUTES,
    TOO_MANY_REQUESTS,
    TOO_MANY_STATEMENTS,
    ProblemError,
)
from service.edge.validation import number_problem
from service.numbers.parse import NumberError, parse_number
from service.reports.reporters import spend_proof

router = APIRouter(tags=["disputes"])


@router.post(
    "/v1/numbers/{number}/owner-codes",
    status_code=202,
    response_model=SentCode,
    summary="Send a code to a number · 向号码发送验证码",
)
@raises(
    INVALID_NUMBER,
    CODES_OFF,
    NUMBER_WITHOUT_OWNER,
    PROOF_OF_WORK_WRONG,
    TOO_MANY_CODES,
    TOO_MANY_REQUESTS,
    CODE_NOT_SENT,
    DATABASE_UNAVAILABLE,
)
async def send_owner_code(
    number: NumberText,
    body: CodeRequest,
    request: Request,
) -> SentCode:
    """The code has six digits and is valid for ten minutes and five tries.

    It costs a proof of work, so that nobody is flooded with codes.
    """
    context = context_of(request)

    async def pay(connection: Connection) -> None:
        await spend_proof(connection, context.keys, body.altcha, context.now())

    return await send_code(request, number, pay)


async def send_code(request: Request, number: str, pay: Callable[[Connection], Awaitable[None]]) -> SentCode:
    """Send a code to a number once it is paid for, by a proof of work or otherwise; raises a problem."""
    context = context_of(request)
    sender: CodeSender | None = request.state.sender
    try:
        parsed = parse_number(number)
    except NumberError as error:
        raise number_problem(error) from error
    if sender is None:
        raise ProblemError(CODES_OFF)
    if parsed.kind not in OWNED:
        raise ProblemError(NUMBER_WITHOUT_OWNER)
    limit = RateLimit("owner-codes", context.settings.code_limit_per_hour, 3600)
    count_request(request, limit, caller_of(request).network)
    now = context.now()

    async def work(connection: Connection) -> tuple[UUID, str]:
        await pay(connection)
        return await keep_code(connection, context.keys, parsed, now)

    code_id, code = await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    await sender.send(parsed, code_id, code, now=now)
    return SentCode(code_id=code_id, expires_at=now + VALID_FOR)


@router.post(
    "/v1/owners",
    status_code=201,
    response_model=OwnerToken,
    summary="Prove that you control a number · 证明号码由自己使用",
)
@raises(CODE_WRONG, CODE_GONE, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def create_owner(body: NewOwner, request: Request) -> OwnerToken:
    """The right code earns an owner's token, shown only this once. It proves control of the number, nothing else."""
    return OwnerToken(token=await register_owner(request, body))


async def register_owner(request: Request, body: NewOwner, token: str | None = None) -> str:
    """Return the token of a new owner whose code is right, which is `token` if it is given; raises a problem."""
    context = context_of(request)
    number, _ = body.number

    async def work(connection: Connection) -> str | ProblemError:
        return await owners.register(
            connection, context.keys, number, body.code_id, code=body.code, now=context.now(), token=token
        )

    made = await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    if isinstance(made, ProblemError):
        raise made
    return made


@router.post(
    "/v1/disputes",
    status_code=201,
    response_model=Dispute,
    summary="Dispute what is published about your number · 对自己号码的结论提出异议",
    responses={201: {"headers": headers("Location")}},
)
@raises(OWNERSHIP_ENDED, DISPUTE_OPEN, DISPUTE_NOT_NEW, TOO_MANY_DISPUTES)
async def create_dispute(
    body: NewDispute, request: Request, pseudonym: OwnerPseudonym, _key: IdempotencyKey = None
) -> Response:
    """While the dispute is open, a listed number is answered `disputed`. A person decides by the day in `due_on`."""
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        owner = await owners.require_owner(connection, pseudonym)
        dispute = await open_dispute(connection, context.keys, owner, body, now)
        return Reply(201, str(dispute.dispute_id).encode())  # what the owner says is never kept as a reply

    reply = await idempotency.answer(context.database, await Once.of(request, pseudonym), now, work)
    async with context.database.connection() as connection:
        dispute = await own_dispute(connection, pseudonym, UUID(reply.body.decode()))
        told = await dispute_view(connection, context, dispute)
    whole = Reply(201, told.model_dump_json().encode(), reply.is_replay)
    return whole.response({"Location": f"/v1/disputes/{dispute.dispute_id}"})


@router.get("/v1/disputes", response_model=Disputes, summary="List your own disputes · 列出自己的异议")
async def list_disputes(request: Request, pseudonym: OwnerPseudonym) -> Disputes:
    """The answer lists the owner's own disputes, the newest first."""
    context = context_of(request)
    async with context.database.connection() as connection:
        await owners.require_owner(connection, pseudonym)
        rows = await store.list_own_disputes(connection, pseudonym)
        return Disputes(disputes=[await dispute_view(connection, context, row) for row in rows])


@router.get(
    "/v1/disputes/{dispute_id}",
    response_model=Dispute,
    summary="Get one of your own disputes · 查看自己的一件异议",
)
@raises(NOT_FOUND)
async def get_dispute(dispute_id: DisputeId, request: Request, pseudonym: OwnerPseudonym) -> Dispute:
    """The dispute has everything that was said, when it is due, and how it was decided and why."""
    context = context_of(request)
    async with context.database.connection() as connection:
        return await dispute_view(connection, context, await own_dispute(connection, pseudonym, dispute_id))


@router.patch(
    "/v1/disputes/{dispute_id}", response_model=Dispute, summary="Add to your own dispute · 补充自己的异议"
)
@raises(NOT_FOUND, DISPUTE_CLOSED, TOO_MANY_STATEMENTS)
async def supplement_dispute(
    dispute_id: DisputeId, body: Addition, request: Request, pseudonym: OwnerPseudonym
) -> Dispute:
    """The statement is appended while the dispute is open: what was said before is never overwritten."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        dispute = await own_dispute(connection, pseudonym, dispute_id, is_locked=True)
        await add_statement(connection, context.keys, dispute, body.statement, now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return await get_dispute(dispute_id, request, pseudonym)


@router.delete(
    "/v1/disputes/{dispute_id}", status_code=204, summary="Withdraw your own dispute · 撤回自己的异议"
)
@raises(NOT_FOUND, DISPUTE_CLOSED)
async def withdraw_dispute(dispute_id: DisputeId, request: Request, pseudonym: OwnerPseudonym) -> Response:
    """The number is answered again as it was before. Withdrawing twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        dispute = await own_dispute(connection, pseudonym, dispute_id, is_locked=True)
        await withdraw_own_dispute(connection, dispute, context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)
