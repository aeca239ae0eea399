"""Cases over HTTP: reporters gather, consent and follow up. Nothing here files anything for anybody."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from service.cases import consent_text, follow_up, store, view
from service.cases.access import open_case, own_case
from service.cases.change import add_reports, change_draft, stored_answers
from service.cases.filing_schemas import Filing, NewEvent
from service.cases.fitting import require_fit
from service.cases.gathered import gather
from service.cases.record import record_event
from service.cases.schemas import Case, CaseChange, CasePage, MoreReports, NewCase, NewConsent
from service.cases.sealing import CaseSecrets, seal_case
from service.cases.store import CaseRow, ConsentRow
from service.database import ANSWER_SECONDS, Connection
from service.edge import idempotency
from service.edge.context import context_of
from service.edge.declared import headers, raises
from service.edge.idempotency import IdempotencyKey, Once, Reply
from service.edge.parameters import CaseId, ChannelId
from service.edge.problems import (
    CASE_WITHDRAWN,
    CHANNEL_DOES_NOT_FIT,
    CONSENT_TEXT_OUTDATED,
    LIMIT_REACHED,
    NOT_FOUND,
    RESTRICTED,
    STATUS_NOT_ALLOWED,
    ProblemError,
)
from service.ids import new_id
from service.reports.reporters import (
    ReporterPseudonym,
    require_own_reports,
    require_reporter,
    require_unrestricted,
)
from service.secrets import KeyRing

MOST_CASES: Final = 200
NEWEST: Final = UUID(int=2**128 - 1)

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.post(
    "",
    status_code=201,
    response_model=Case,
    summary="Gather your own reports into a case · 用自己的举报新建案卷",
    responses={201: {"headers": headers("Location")}},
)
@raises(RESTRICTED, LIMIT_REACHED)
async def create_case(
    new: NewCase,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Case:
    """The answer says which channels fit, in which order and why, and what each still lacks."""
    context = context_of(request)
    now = context.now()

    async def work(connection: Connection) -> Reply:
        await require_reporter(connection, pseudonym)
        await require_unrestricted(connection, pseudonym)
        await require_own_reports(connection, pseudonym, new.report_ids)
        case_id = new_id(now)
        if not await store.insert_case(
            connection, pseudonym, _new_row(new, context.keys, case_id, now), at_most=MOST_CASES
        ):
            raise ProblemError(LIMIT_REACHED, limit=MOST_CASES)
        # what a case says about a person is never kept as a reply
        return Reply(201, orjson.dumps({"case_id": case_id}))

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, now, work)
    reply.mark(response)
    case_id = UUID(orjson.loads(reply.body)["case_id"])
    response.headers["Location"] = f"{router.prefix}/{case_id}"
    return await get_case(case_id, request, pseudonym)


@router.get("", summary="List your own cases · 列出自己的案卷")
async def list_cases(
    request: Request,
    pseudonym: ReporterPseudonym,
    before: Annotated[
        UUID | None, Query(description="Lists cases older than this one: `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="The page has at most this many cases.")] = 20,
) -> CasePage:
    """The page lists the reporter's own cases, the newest first; `next` leads to the page after it."""
    context = context_of(request)
    today = follow_up.today_in_china(context.now())
    async with context.database.connection() as connection:
        await require_reporter(connection, pseudonym)
        rows = await store.list_cases(connection, pseudonym, below=before or NEWEST, limit=limit)
        cases = await gather(connection, pseudonym, rows, keys=context.keys)
    shown = [view.summary(case, catalogue=request.state.catalogue, today=today) for case in cases]
    return CasePage(cases=shown, next=shown[-1].case_id if len(shown) == limit else None)


@router.get("/{case_id}", summary="Get one of your own cases · 查看自己的一个案卷")
@raises(NOT_FOUND)
async def get_case(case_id: CaseId, request: Request, pseudonym: ReporterPseudonym) -> Case:
    """The case has the channels that fit, consents, what became of each filing, and what is due next."""
    context = context_of(request)
    async with context.database.connection() as connection:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym)
    return view.whole(opened, catalogue=request.state.catalogue)


@router.patch("/{case_id}", summary="Change what a case says · 修改案卷")
@raises(NOT_FOUND, CASE_WITHDRAWN)
async def change_case(
    case_id: CaseId, change: CaseChange, request: Request, pseudonym: ReporterPseudonym
) -> Case:
    """The new values replace the earlier ones: a case is its reporter's own draft. The same change again does nothing."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        await change_draft(
            connection, pseudonym, case=opened.case, change=change, keys=context.keys, now=context.now()
        )

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return await get_case(case_id, request, pseudonym)


@router.post("/{case_id}/reports", summary="Add reports to a case · 向案卷增加举报")
@raises(NOT_FOUND, RESTRICTED, CASE_WITHDRAWN, LIMIT_REACHED)
async def add_case_reports(
    case_id: CaseId, new: MoreReports, request: Request, pseudonym: ReporterPseudonym
) -> Case:
    """Filings are left as they are; the next package has the new reports and counts their calls. Twice is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        await require_unrestricted(connection, pseudonym)
        await require_own_reports(connection, pseudonym, new.report_ids)
        await add_reports(
            connection, pseudonym, case=opened.case, report_ids=new.report_ids, now=context.now()
        )

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return await get_case(case_id, request, pseudonym)


@router.delete("/{case_id}", status_code=204, summary="Withdraw a case · 撤回案卷")
@raises(NOT_FOUND)
async def withdraw_case(case_id: CaseId, request: Request, pseudonym: ReporterPseudonym) -> Response:
    """The case yields no more packages and reminders. What was filed stays filed: it must be withdrawn at the authority."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await own_case(connection, pseudonym, case_id)
        await store.lock_case(connection, pseudonym, case_id)
        await store.withdraw_case(connection, pseudonym, case_id, now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post(
    "/{case_id}/consents",
    status_code=201,
    summary="Consent to a package for one channel · 同意为一个渠道整理材料",
)
@raises(NOT_FOUND, CASE_WITHDRAWN, CHANNEL_DOES_NOT_FIT, CONSENT_TEXT_OUTDATED)
async def give_consent(
    case_id: CaseId,
    new: NewConsent,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Case:
    """The consent is recorded with the version of the text that was read and with the time."""
    context = context_of(request)

    async def work(connection: Connection) -> Reply:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
        require_fit(opened.fits, new.channel)
        if new.text_version != consent_text.VERSION:
            raise ProblemError(CONSENT_TEXT_OUTDATED, version=consent_text.VERSION)
        consent = _consent(case_id, new.channel, new.text_version, is_given=True, now=context.now())
        await store.insert_consent(connection, pseudonym, consent)
        return Reply(201, b"")

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, context.now(), work)
    reply.mark(response)
    return await get_case(case_id, request, pseudonym)


@router.delete("/{case_id}/consents/{channel}", status_code=204, summary="Withdraw a consent · 撤回同意")
@raises(NOT_FOUND)
async def withdraw_consent(
    case_id: CaseId, channel: ChannelId, request: Request, pseudonym: ReporterPseudonym
) -> Response:
    """The withdrawal is appended to what was said before. Withdrawing twice is harmless."""
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
            consent = _consent(case_id, channel, given.text_version, is_given=False, now=context.now())
            await store.insert_consent(connection, pseudonym, consent)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.post(
    "/{case_id}/filings/{channel}/events",
    status_code=201,
    summary="Record what happened to a filing · 记录提交后的进展",
)
@raises(NOT_FOUND, CASE_WITHDRAWN, CHANNEL_DOES_NOT_FIT, STATUS_NOT_ALLOWED, LIMIT_REACHED)
async def create_filing_event(  # noqa: PLR0917  FastAPI passes them by name
    case_id: CaseId,
    channel: ChannelId,
    new: NewEvent,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
    _key: IdempotencyKey = None,
) -> Filing:
    """The event is appended and never overwritten; the answer says what may follow and what is due next.

    The event `recorded_in_error` takes back the newest event that stands.
    """
    context = context_of(request)

    async def work(connection: Connection) -> Reply:
        await record_event(
            connection, request, pseudonym=pseudonym, case_id=case_id, channel=channel, new=new
        )
        return Reply(201, b"")

    once = await Once.of(request, pseudonym)
    reply = await idempotency.answer(context.database, once, context.now(), work)
    reply.mark(response)
    case = await get_case(case_id, request, pseudonym)
    return next(filing for filing in case.filings if filing.channel == channel)


def _consent(case_id: UUID, channel: str, text_version: str, *, is_given: bool, now: datetime) -> ConsentRow:
    return ConsentRow(
        case_id=case_id,
        channel=channel,
        position=0,
        is_given=is_given,
        text_version=text_version,
        recorded_at=now,
    )


def _new_row(new: NewCase, keys: KeyRing, case_id: UUID, now: datetime) -> CaseRow:
    secrets = CaseSecrets(new.respondent.name or None, new.statement or None, new.demand or None)
    sealed = seal_case(secrets, keys, case_id)
    return CaseRow(
        case_id=case_id,
        created_at=now,
        respondent_kind=new.respondent.kind.value,
        report_ids=new.report_ids,
        sealed=sealed,
        situation=stored_answers(new.situation),
    )
