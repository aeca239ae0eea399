"""Explanations over HTTP: from the database, beside look-ups, which never ask it."""

from fastapi import APIRouter, Request, Response

from ml.signals import sub_block_of
from service.database import ANSWER_SECONDS, Connection
from service.edge.context import Context, LookupKey, context_of
from service.edge.declared import headers, raises
from service.edge.parameters import NumberText
from service.edge.problems import DATABASE_UNAVAILABLE, INVALID_NUMBER
from service.edge.validation import number_problem
from service.explanations.explain import explain
from service.explanations.schemas import Explanation
from service.explanations.withheld import waiting, withheld
from service.models.shelf import ModelShelf
from service.numbers.parse import Number, NumberError, parse_number
from service.scoring.assess import assess
from service.scoring.scorer import look_around, previous_verdict
from service.scoring.store import list_known
from service.verdicts.store import list_current
from service.verdicts.verdict import lists

router = APIRouter(tags=["look-up"])


@router.get(
    "/v1/numbers/{number}/explanation",
    response_model=Explanation,
    summary="Explain the answer about a number · 说明号码结论的由来",
    responses={200: {"headers": headers("Cache-Control")}},
)
@raises(INVALID_NUMBER, DATABASE_UNAVAILABLE)
async def explain_number(
    number: NumberText,
    request: Request,
    response: Response,
    _key: LookupKey,
) -> Explanation:
    """The explanation of a listed number has the terms of the score, the caps, the conditions of each verdict, and versions.

    Of any other number it tells no more than the answer: below `suspected` only that the conditions of `suspected` are not
    all met, without values, and the same whether or not the number was reported. It says nothing about reporters: what few
    people besides unvetted sources say for or against a number is left out.
    """
    context = context_of(request)
    try:
        parsed = parse_number(number)
    except NumberError as error:
        raise number_problem(error) from error
    response.headers["Cache-Control"] = "private, no-store"
    models: ModelShelf = request.state.models

    async def work(connection: Connection) -> Explanation:
        await models.look(connection)
        return await _explain(connection, parsed, models, context)

    # one snapshot, so that published verdict and what is known are of the same moment
    return await context.database.in_transaction(work, isolation="repeatable_read", deadline=ANSWER_SECONDS)


async def _explain(
    connection: Connection, number: Number, models: ModelShelf, context: Context
) -> Explanation:
    published = (await list_current(connection, [number.key])).get(number.key)
    if published is None or not lists(published.verdict.verdict):
        return withheld(number, published)
    known = (await list_known(connection, [number.key])).get(number.key)
    if known is None or not known.rows:
        return waiting(number, published)
    now = context.now()
    surroundings = await look_around(connection, [number.key], now)
    assessment = assess(
        known,
        models.serving,
        previous=previous_verdict(known.ruling, published),
        previous_at=published.decided_at,
        today=surroundings.today,
        sub_block=sub_block_of(number.key, known.kind),
        neighbours=surroundings.neighbours_of(number.key),
    )
    # what is about to be told no longer is not told any more
    if not lists(assessment.verdict) or assessment.reporters < context.settings.publish_min_reporters:
        return waiting(number, published)
    return explain(
        number,
        known,
        assessment,
        published,
        model=models.serving,
        today=surroundings.today,
        min_reporters=context.settings.publish_min_reporters,
    )
