"""Cases over HTTP: gathered, consented to, followed up. Nothing here files anything for anybody."""

from typing import Annotated, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from service.cases import consent_text, follow_up, store, view
from service.cases.access import open_case, own_case
from service.cases.change import change_draft
from service.cases.claims import claim_outcome, take_claim_back
from service.cases.deadlines import standing
from service.cases.fitting import require_fit
from service.cases.gathered import gather
from service.cases.schemas import Case, CaseChange, CasePage, Filing, NewCase, NewConsent, NewEvent
from service.cases.sealing import CaseSecrets, seal_case, seal_event
from service.cases.statuses import FilingStatus
from service.cases.store import CaseRow, ConsentRow, EventRow
from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.context import context_of
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.problems import (
    CONSENT_TEXT_OUTDATED,
    LIMIT_REACHED,
    NOT_FOUND,
    ProblemError,
)
from service.ids import new_id
from service.reports.reporters import (
    ReporterPseudonym,
    require_own_reports,
    require_reporter,
    require_unrestricted,
)

MOST_CASES: Final = 200
MOST_EVENTS: Final = 100
NEWEST: Final = UUID(int=2**128 - 1)

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.post("", status_code=201, response_model=Case, summary="Gather reports of one's own into a case")
async def create_case(
    new: NewCase,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Case:
    """Says which channels fit, in which order and why, and what each still lacks."""
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        await require_reporter(connection, pseudonym)
        await require_unrestricted(connection, pseudonym)
        await require_own_reports(connection, pseudonym, new.report_ids)
        case_id = new_id(now)
        secrets = CaseSecrets(new.respondent.name or None, new.statement or None)
        sealed = seal_case(secrets, context.keys, case_id)
        row = CaseRow(case_id, now, new.respondent.kind.value, new.report_ids, sealed)
        if not await store.insert_case(connection, pseudonym, row, at_most=MOST_CASES):
            raise ProblemError(LIMIT_REACHED, limit=MOST_CASES)
        return Reply(
            201, orjson.dumps({"case_id": case_id})
        )  # what it tells of a person is never kept as a reply

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, now, work)
    reply.mark(response)
    case_id = UUID(orjson.loads(reply.body)["case_id"])
    response.headers["Location"] = f"{router.prefix}/{case_id}"
    return await show_case(case_id, request, pseudonym)


@router.get("", summary="One's own cases")
async def list_own_cases(
    request: Request,
    pseudonym: ReporterPseudonym,
    before: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> CasePage:
    """Newest first."""
    context = context_of(request)
    today = follow_up.today_in_china(context.now())
    async with context.database.connection() as connection:
        await require_reporter(connection, pseudonym)
        rows = await store.list_cases(connection, pseudonym, below=before or NEWEST, limit=limit)
        cases = await gather(connection, pseudonym, rows, keys=context.keys)
    shown = [view.summary(case, catalogue=request.state.catalogue, today=today) for case in cases]
    return CasePage(cases=shown, next=shown[-1].case_id if len(shown) == limit else None)


@router.get("/{case_id}", summary="One of one's own cases")
async def show_case(case_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> Case:
    """With the channels that fit, consents, what became of each filing, and what is due next."""
    context = context_of(request)
    async with context.database.connection() as connection:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym)
    return view.whole(opened, catalogue=request.state.catalogue)


@router.patch("/{case_id}", summary="Change respondent or statement of a case")
async def change_case(
    case_id: UUID, change: CaseChange, request: Request, pseudonym: ReporterPseudonym
) -> Case:
    """Takes the place of what was there: it is one's own draft. The same again changes nothing."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        await change_draft(
            connection, pseudonym, case=opened.case, change=change, keys=context.keys, now=context.now()
        )

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return await show_case(case_id, request, pseudonym)


@router.delete("/{case_id}", status_code=204, summary="Withdraw a case")
async def withdraw_case(case_id: UUID, request: Request, pseudonym: ReporterPseudonym) -> Response:
    """No package is made of it and nobody is reminded any more. What was filed stays filed: withdraw it there."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await own_case(connection, pseudonym, case_id)
        await store.lock_case(connection, pseudonym, case_id)
        await store.withdraw_case(connection, pseudonym, case_id, now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post("/{case_id}/consents", status_code=201, summary="Consent to a package for one channel")
async def give_consent(
    case_id: UUID,
    new: NewConsent,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Case:
    """Recorded with the version of the text that was shown and the time."""
    context = context_of(request)

    async def work(connection: Connection) -> Reply:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        require_fit(opened.fits, new.channel)
        if new.text_version != consent_text.VERSION:
            raise ProblemError(CONSENT_TEXT_OUTDATED, version=consent_text.VERSION)
        consent = ConsentRow(case_id, new.channel, 0, True, new.text_version, context.now())
        await store.insert_consent(connection, pseudonym, consent)
        return Reply(201, b"")

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, context.now(), work)
    reply.mark(response)
    return await show_case(case_id, request, pseudonym)


@router.delete("/{case_id}/consents/{channel}", status_code=204, summary="Take a consent back")
async def take_consent_back(
    case_id: UUID, channel: str, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """Appended to what was said before; twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await own_case(connection, pseudonym, case_id)
        await store.lock_case(connection, pseudonym, case_id)
        row = await own_case(connection, pseudonym, case_id)
        (case,) = await gather(connection, pseudonym, [row], keys=context.keys)
        given = case.consent(channel)
        if given is None:
            raise ProblemError(NOT_FOUND)
        if given.is_given:
            taken_back = ConsentRow(case_id, channel, 0, False, given.text_version, context.now())
            await store.insert_consent(connection, pseudonym, taken_back)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post(
    "/{case_id}/filings/{channel}/events", status_code=201, summary="Record what happened to a filing"
)
async def record_event(  # noqa: PLR0917  FastAPI passes them by name
    case_id: UUID,
    channel: str,
    new: NewEvent,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Filing:
    """Appended, never overwritten; the answer says what may follow and what is due next.

    `recorded_in_error` takes back the newest event that stands.
    """
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        events = opened.case.filings.get(channel, ())
        if not standing(events):
            require_fit(opened.fits, channel)
        happened_on = follow_up.check_event(new, events, opened.today)
        if len(events) >= MOST_EVENTS and new.event is not FilingStatus.RECORDED_IN_ERROR:
            raise ProblemError(LIMIT_REACHED, limit=MOST_EVENTS)
        sealed = seal_event(new, context.keys, case_id)
        row = EventRow(case_id, channel, len(events) + 1, new.event.value, happened_on, now, sealed)
        await store.insert_event(connection, pseudonym, row)
        if new.event is FilingStatus.RECORDED_IN_ERROR:
            await take_claim_back(connection, correction=row, events=events)
        else:
            await claim_outcome(connection, pseudonym, event=row, reports=opened.reports)
        await _plan(connection, request, pseudonym=pseudonym, case_id=case_id, channel=channel)
        return Reply(201, b"")

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, now, work)
    reply.mark(response)
    shown = await show_case(case_id, request, pseudonym)
    return next(filing for filing in shown.filings if filing.channel == channel)


async def _plan(
    connection: Connection, request: Request, *, pseudonym: bytes, case_id: UUID, channel: str
) -> None:
    """Plan anew what a filing's reporter is reminded of."""
    context = context_of(request)
    row = await own_case(connection, pseudonym, case_id)
    (case,) = await gather(connection, pseudonym, [row], keys=context.keys)
    due = view.due_at(channel, case.filings[channel], request.state.catalogue)
    planned = follow_up.reminder_times(due, context.now())
    await store.replace_reminders(connection, pseudonym, case_id=case_id, channel=channel, planned=planned)
