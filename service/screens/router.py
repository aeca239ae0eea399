"""Screenshots over HTTP: a picture in, a draft of reports out. Nothing of either is kept."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.days import CHINA
from service.edge.access import RateLimit
from service.edge.caller import caller_of
from service.edge.context import context_of, count_request
from service.edge.declared import Body, raises, reads
from service.edge.in_flight import InFlight
from service.edge.problems import (
    INVALID_REQUEST,
    REQUEST_TIMEOUT,
    SCREEN_REFUSED,
    SCREENS_UNAVAILABLE,
    TOO_MANY_AT_ONCE,
    UPLOAD_TOO_SLOW,
)
from service.evidence.media import HEAD_BYTES
from service.evidence.passage import in_time
from service.evidence.signatures import signed_type
from service.host.beside import Asker
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.reports.when import check_occurred_at
from service.screens.reader import ScreenReader, refused, require_available
from service.screens.schemas import ScreenDraft

SCREENS: Final = RateLimit("screens", 60, 3600)
MOST_BYTES: Final = 10 * 1024 * 1024
UPLOAD_SECONDS: Final = 60
ACCEPTED: Final = ("image/png", "image/jpeg", "image/webp")
FILES: dict[str, Any] = {name: {"schema": {"type": "string", "format": "binary"}} for name in ACCEPTED}

router = APIRouter(tags=["reports"])


def _day_or_moment(said: str) -> date | datetime:
    """Return the day or moment that a text is; raise pydantic's error for anything else."""
    try:
        if len(said) == len("2026-11-30"):
            return date.fromisoformat(said)
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise PydanticCustomError("datetime_type", "Should be a day or an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise PydanticCustomError("timezone_aware", "This time needs a time zone")
    return moment


Taken = Annotated[str, Field(max_length=40), AfterValidator(_day_or_moment)]


@router.post(
    "/v1/screens",
    summary="Read a screenshot into a draft of reports · 把截图读成举报草稿",
    openapi_extra={"requestBody": {"required": True, "content": FILES}},
)
@reads(Body.STREAMED)
@raises(
    INVALID_REQUEST,
    SCREEN_REFUSED,
    SCREENS_UNAVAILABLE,
    TOO_MANY_AT_ONCE,
    REQUEST_TIMEOUT,
    UPLOAD_TOO_SLOW,
)
async def read_screen(
    request: Request,
    pseudonym: ReporterPseudonym,
    taken: Annotated[
        Taken | None,
        Query(
            description="The day, or the moment with its time zone, at which the screenshot was taken. Words such as "
            "昨天 are told from it; without it the file's own is used, if it has one.",
            examples=["2026-11-30", "2026-11-30T19:25:00+08:00"],
        ),
    ] = None,
) -> ScreenDraft:
    """The body is a picture of a list of calls, a text message, a bill or a chat, of at most 10 MB.

    The draft is not stored, nor is the picture, which can be attached to a report as evidence. What is uncertain is marked
    in `doubts`, and what the screen does not say is null. A reporter can have 60 screenshots an hour read.
    """
    context = context_of(request)
    now = context.now()
    said = cast(date | datetime | None, taken)  # a text on the wire
    if said is not None:
        midnight = datetime.combine(said, time(), CHINA)
        check_occurred_at(said if isinstance(said, datetime) else midnight, now, "taken")
    async with context.database.connection() as connection:
        await reporters.require_reporter(connection, pseudonym)
    content = await receive_picture(request, pseudonym, request.stream())
    return await draft_of(request, pseudonym, content, said)


async def draft_of(
    request: Request, pseudonym: bytes, content: bytes, taken: date | datetime | None
) -> ScreenDraft:
    """Return what is read from a picture that was taken then; raise the problem for which there is no draft."""
    require_available()  # what is no picture is told so everywhere
    reader: ScreenReader = request.state.screens
    asker = Asker(pseudonym, caller_of(request).network)
    return await reader.read(content, taken, now=context_of(request).now(), asker=asker)


async def receive_picture(request: Request, pseudonym: bytes, pieces: AsyncIterator[bytes]) -> bytes:
    """Return the picture that comes in pieces, which counts against the reporter's limit.

    Raise the problem of one that is too large, comes too slowly, or is of no type that is read.
    """
    count_request(request, SCREENS, pseudonym.hex())
    uploads: InFlight = request.state.uploads
    content = bytearray()
    with uploads.admit(pseudonym, caller_of(request).network) as place:
        async for piece in in_time(place, pieces, seconds=UPLOAD_SECONDS):
            content += piece
            if len(content) > MOST_BYTES:
                raise refused("bytes")
    if signed_type(bytes(content[:HEAD_BYTES])) not in ACCEPTED:
        raise refused("type")
    return bytes(content)
