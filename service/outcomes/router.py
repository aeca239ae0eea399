"""`/v1/outcomes`: agencies report what became of the rows that they received."""

from fastapi import APIRouter, Request, Response

from service.agencies.store import fetch_binding
from service.database import Connection
from service.edge import idempotency
from service.edge.context import ExportKey, context_of
from service.edge.declared import Body, raises, reads
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import DATABASE_UNAVAILABLE, KEY_WITHOUT_AGENCY, ProblemError
from service.outcomes.answers import take_answers
from service.outcomes.schemas import OutcomeAnswers, Taken

router = APIRouter(prefix="/v1/outcomes", tags=["exports"])


@router.post("", response_model=Taken, summary="Report what became of exported rows")
@reads(Body.LARGE)
@raises(KEY_WITHOUT_AGENCY, DATABASE_UNAVAILABLE)
async def create_outcomes(
    answers: OutcomeAnswers, key: ExportKey, request: Request, _key: IdempotencyKey = None
) -> Response:
    """The outcomes are recorded all together or not at all: a row that this agency did not receive is refused and named.

    The same outcome again changes nothing; a later outcome is kept beside the earlier one.
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
