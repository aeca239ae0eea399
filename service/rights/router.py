"""Rights over HTTP: `/v1/me` for holders of a reporter's or an owner's token, and what everybody may read."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Final, NamedTuple, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from service.database import Connection
from service.disputes.owners import require_owner
from service.edge.access import OWNER_PREFIX, REPORTER_PREFIX, RateLimit, token_of
from service.edge.caller import caller_of
from service.edge.context import AdministratorKey, Context, context_of, count_request
from service.edge.declared import opened_by, raises
from service.edge.in_flight import InFlight
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    MISSING_KEY,
    OTHER_KEY_KIND,
    RESTRICTED_BY_DISPUTE,
    TOO_MANY_AT_ONCE,
    TOO_MANY_REQUESTS,
    WRONG_KEY,
    ProblemError,
)
from service.edge.sending import PacedFile
from service.rights import me, store
from service.rights.copy import write_owner, write_reporter
from service.rights.notice import Notice, privacy_notice
from service.rights.schemas import Copy, Purge, Purges
from service.settings import Settings

COPIES_AN_HOUR = 20
IN_MEMORY: Final = 1024**2  # bytes; a larger copy goes into a file
ERASING_SECONDS = 60.0  # of an account with thousands of reports, each number of which is summed up again

router = APIRouter(tags=["rights"])


class DataSubject(NamedTuple):
    """The person who asks: a reporter or the owner of a number."""

    pseudonym: bytes
    is_owner: bool


@opened_by(token_of(REPORTER_PREFIX), token_of(OWNER_PREFIX))
@raises(MISSING_KEY, WRONG_KEY, OTHER_KEY_KIND, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def person_of(request: Request) -> DataSubject:
    """Return the holder of the request's token."""
    caller = caller_of(request)
    return DataSubject(caller.person(caller.prefix), is_owner=caller.prefix == OWNER_PREFIX)


Holder = Annotated[DataSubject, Depends(person_of)]


@router.get(
    "/v1/me",
    response_model=Copy,
    summary="Get a copy of everything that is stored about you · 取得自己全部数据的副本",
)
@raises(TOO_MANY_AT_ONCE)
async def get_my_data(request: Request, person: Holder) -> Response:
    """The copy is machine-readable and has every row, by table.

    For an owner it also has what is published and decided about the number.
    """
    answers: InFlight = request.state.answers
    with ExitStack() as held:
        file = held.enter_context(await write_copy(request, person))
        place = held.enter_context(answers.admit(person.pseudonym, caller_of(request).network))
        return PacedFile(held.pop_all(), file, place, media_type="application/json", headers={})


async def write_copy(request: Request, person: DataSubject) -> IO[bytes]:
    """Return a person's copy as a temporary file, at its beginning. Raises too_many_requests, and too_many_at_once."""
    context = context_of(request)
    count_request(request, RateLimit("copies", COPIES_AN_HOUR, 3600), person.pseudonym.hex())
    write = write_owner if person.is_owner else write_reporter
    copies: InFlight = request.state.copies
    with ExitStack() as held, copies.admit(person.pseudonym, caller_of(request).network):
        file = cast(IO[bytes], held.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY)))
        async with (
            context.database.connection() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            await write(file, connection, context.keys, person.pseudonym, made_at=context.now())
        file.seek(0)
        held.pop_all()
        return file


@router.delete("/v1/me", status_code=204, summary="Delete your data and your token · 删除自己的数据和令牌")
async def delete_my_data(request: Request, person: Holder) -> Response:
    """The deletion is immediate and final: reports no longer count, personal data is destroyed, the token is void."""
    context = context_of(request)
    erase = me.erase_owner if person.is_owner else me.erase_reporter

    async def work(connection: Connection) -> None:
        await erase(connection, person.pseudonym, context.now())

    return await _changed(request, person, work)


@router.put(
    "/v1/me/restriction", status_code=204, summary="Restrict the use of your reports · 限制处理自己的举报"
)
@raises(RESTRICTED_BY_DISPUTE)
async def restrict_my_reports(request: Request, person: Holder) -> Response:
    """The reports stay but do not count until the restriction ends; meanwhile no new reports are taken."""
    context = context_of(request)
    await _require_reporter(context, person)

    async def work(connection: Connection) -> None:
        await me.restrict(connection, person.pseudonym, context.now())

    return await _changed(request, person, work)


@router.delete(
    "/v1/me/restriction", status_code=204, summary="End the restriction of your reports · 结束限制处理"
)
@raises(RESTRICTED_BY_DISPUTE)
async def release_my_reports(request: Request, person: Holder) -> Response:
    """The reports count again."""
    context = context_of(request)
    await _require_reporter(context, person)

    async def work(connection: Connection) -> None:
        await me.release(connection, person.pseudonym, context.now())

    return await _changed(request, person, work)


@router.get(
    "/v1/privacy",
    response_model=Notice,
    summary="Get what is stored, why, and for how long · 查看保存哪些数据、为什么、保存多久",
)
async def get_privacy_notice(request: Request) -> Response:
    """The notice lists every stored field with purpose, legal basis and retention, in Chinese and English."""
    return Response(_written(context_of(request).settings), media_type="application/json")


@lru_cache(maxsize=1)
def _written(settings: Settings) -> bytes:
    """Return the notice as JSON: it has hundreds of fields, and never changes."""
    return privacy_notice(settings).model_dump_json().encode()


@router.get("/v1/purges", response_model=Purges, summary="List what was purged · 列出已清除的数据")
@raises(DATABASE_UNAVAILABLE)
async def list_purges(
    request: Request,
    _key: AdministratorKey,
    limit: Annotated[int, Query(ge=1, le=1000, description="The answer lists at most this many.")] = 100,
) -> Purges:
    """The answer lists purges by rule and table, the newest first."""
    async with context_of(request).database.connection() as connection:
        rows = await store.list_purges(connection, at_most=limit)
    return Purges(
        purges=[
            Purge(purged_at=row.purged_at, rule=row.rule, relation=row.relation, rows=row.rows)
            for row in rows
        ]
    )


async def _changed(
    request: Request, person: DataSubject, work: Callable[[Connection], Awaitable[None]]
) -> Response:
    """Do what takes long with many reports: one thing at a time for a person, few for all, since each holds a connection."""
    changes: InFlight = request.state.changes
    with changes.admit(person.pseudonym, caller_of(request).network):
        await context_of(request).database.in_transaction(work, deadline=ERASING_SECONDS)
    return Response(status_code=204)


async def _require_reporter(context: Context, person: DataSubject) -> None:
    """Raise restricted_by_dispute for an owner, whose number is not listed while a dispute is open."""
    if person.is_owner:
        async with context.database.connection() as connection:
            await require_owner(connection, person.pseudonym)
        raise ProblemError(RESTRICTED_BY_DISPUTE)
