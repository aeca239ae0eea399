"""The calendar of what is due: its address is the key to it, and can be renewed or closed."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from service.cases import store
from service.cases.calendar import MEDIA_TYPE, calendar_of
from service.cases.running import list_running
from service.cases.schemas import Calendar
from service.database import ANSWER_SECONDS, Connection
from service.edge.access import new_token, token_hash
from service.edge.context import context_of
from service.edge.declared import headers, raises
from service.edge.problems import DATABASE_UNAVAILABLE, NOT_FOUND, TOO_MANY_REQUESTS, ProblemError
from service.reports.reporters import ReporterPseudonym, require_reporter

TOKEN_PREFIX: Final = "dw_cal_"  # noqa: S105  what tokens begin with, not one
SUFFIX: Final = ".ics"

router = APIRouter(prefix="/v1/calendars", tags=["cases"])


@router.post(
    "",
    status_code=201,
    summary="Open a calendar of what is due, or renew its address · 开通到期日历，或更换其地址",
)
async def create_calendar(request: Request, pseudonym: ReporterPseudonym) -> Calendar:
    """The address is shown only this once; an earlier address stops working."""
    context = context_of(request)
    token = new_token(TOKEN_PREFIX)

    async def work(connection: Connection) -> None:
        await require_reporter(connection, pseudonym)
        await store.replace_calendar(connection, pseudonym, token_hash(token), now=context.now())

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Calendar(path=f"{router.prefix}/{token}{SUFFIX}")


@router.delete("", status_code=204, summary="Close your calendar · 关闭日历")
async def delete_calendar(request: Request, pseudonym: ReporterPseudonym) -> Response:
    """The address of the calendar stops working. Closing a calendar that does not exist is harmless."""
    context = context_of(request)

    async def work(connection: Connection) -> None:
        await require_reporter(connection, pseudonym)
        await store.delete_calendar(connection, pseudonym)

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return Response(status_code=204)


@router.get(
    "/{token}.ics",
    summary="Get what is due, for a calendar program (iCalendar) · 供日历软件读取到期事项（iCalendar）",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {}},
            "description": "The feed.",
            "headers": headers("Cache-Control"),
        }
    },
)
@raises(NOT_FOUND, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def get_calendar(
    token: Annotated[
        str, Path(max_length=128, description="The secret part of the address, from `POST /v1/calendars`.")
    ],
    request: Request,
) -> Response:
    """The address is the only key that the feed needs. The feed names no number and no reporter."""
    context = context_of(request)
    catalogue = request.state.catalogue
    async with context.database.connection() as connection:
        reporter = await store.fetch_calendar(connection, token_hash(token))
        if reporter is None:
            raise ProblemError(NOT_FOUND)
        entries = await list_running(connection, reporter, catalogue=catalogue, keys=context.keys)
    kept = {"Cache-Control": "private, max-age=3600"}
    return Response(calendar_of(entries, now=context.now()), headers=kept, media_type=MEDIA_TYPE)
