"""`/v1/outcomes`: agencies give back what became of the rows that they were handed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.agencies.store import fetch_binding
from service.database import Connection
from service.edge import idempotency
from service.edge.access import ApiKey, Scope
from service.edge.context import context_of, require_scope
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import KEY_WITHOUT_AGENCY, ProblemError
from service.outcomes.answers import take_answers
from service.outcomes.schemas import OutcomeAnswers, Taken

router = APIRouter(prefix="/v1/outcomes", tags=["exports"])


@router.post("", response_model=Taken, summary="Give back what became of handed-over rows")
async def post_outcomes(
    answers: OutcomeAnswers,
    key: Annotated[ApiKey, Depends(require_scope(Scope.EXPORTS))],
    request: Request,
    _key: IdempotencyKey = None,
) -> Response:
    """All are recorded, or none: a row that this agency was not handed is refused and named.

    The same answer again changes nothing, a later one stands beside the earlier.
    """
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        binding = await fetch_binding(connection, key.key_id)
        if binding is None:
            raise ProblemError(KEY_WITHOUT_AGENCY)
        taken = await take_answers(connection, binding.agency, answers.outcomes, now)
        return Reply(200, taken.model_dump_json().encode())

    once = await Once.of(request, key.key_id.encode())
    return (await idempotency.answer(context.database, once, now, work)).response()
