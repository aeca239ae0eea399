"""Disputes of an organisation about its verified lines, over HTTP."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from service.database import Connection
from service.disputes import store
from service.disputes.dispute import open_dispute
from service.disputes.owners import OwnerPseudonym, require_owner
from service.disputes.schemas import NewRangeDispute, OpenedDispute, RangeDisputes, RefusedDispute
from service.disputes.store import Owner
from service.edge import idempotency
from service.edge.context import Context, context_of
from service.edge.declared import raises
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import NOT_AN_ORGANISATION, ProblemError
from service.organisations.store import fetch_organisation

AT_ONCE = 50

router = APIRouter(tags=["disputes"])


@router.post(
    "/v1/disputes:range",
    response_model=RangeDisputes,
    summary="Dispute for all lines of your organisation · 为本机构的全部线路提出异议",
)
@raises(NOT_AN_ORGANISATION)
async def create_range_disputes(
    body: NewRangeDispute, request: Request, pseudonym: OwnerPseudonym, _key: IdempotencyKey = None
) -> Response:
    """A dispute is opened for each listed number of the verified ranges, 50 at once; `next` says where to go on.

    Each is one like any other: a person decides about each number, and none is protected by whose it is.
    """
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        told = await _open_all(connection, context, pseudonym, body)
        return Reply(200, told.model_dump_json().encode())

    once = await Once.of(request, pseudonym)
    return (await idempotency.answer(context.database, once, now, work)).response()


async def _open_all(
    connection: Connection, context: Context, pseudonym: bytes, body: NewRangeDispute
) -> RangeDisputes:
    await require_owner(connection, pseudonym)
    organisation = await fetch_organisation(connection, pseudonym)
    if organisation is None:
        raise ProblemError(NOT_AN_ORGANISATION)
    numbers = await store.list_disputable(connection, organisation, after=body.after or "", at_most=AT_ONCE)
    opened, refused = [], []
    owner = Owner("", pseudonym, organisation.verified_at)
    for number in numbers:
        try:
            dispute = await open_dispute(
                connection, context.keys, replace(owner, number=number), body, context.now()
            )
        except ProblemError as error:  # nothing of it was stored
            refused.append(RefusedDispute(number=number, code=error.problem.code))
        else:
            opened.append(OpenedDispute(number=number, dispute_id=dispute.dispute_id, due_on=dispute.due_on))
    goes_on = len(numbers) == AT_ONCE
    return RangeDisputes(opened=opened, refused=refused, next=numbers[-1] if goes_on else None)
