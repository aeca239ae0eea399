"""What the process of screens does with one picture: bytes in, the draft out as JSON. It keeps nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal

import orjson

from service.days import CHINA
from service.screens.calls import Call, Seen
from service.screens.doubts import told
from service.screens.drafts import Draft, draft_of
from service.screens.lines import Screen
from service.screens.messages import Message
from service.screens.ocr import read_lines
from service.screens.picture import PictureError, open_picture
from service.screens.schemas import DraftCall, DraftMessage, DraftTime, Place, ScreenDraft
from service.screens.when import At
from service.suggestions.lexicon import suggest
from service.suggestions.schemas import SuggestedBy, SuggestedViolation

MOST_ROWS: Final = 200
MOST_TEXT: Final = 2000
_SPLIT: Final = b"\n"


def request_of(content: bytes, taken: datetime | date | None, now: datetime) -> bytes:
    """Return what is sent to the process for one picture."""
    head = {"taken": taken.isoformat() if taken else None, "now": now.isoformat()}
    return orjson.dumps(head) + _SPLIT + content


def read(request: bytes) -> bytes:
    """Return the draft of a picture, or `{"refused": …}` with the code of why there is none."""
    head, _, content = request.partition(_SPLIT)
    said = orjson.loads(head)
    try:
        screen = read_lines(open_picture(content))
    except PictureError as error:
        return orjson.dumps({"refused": str(error)})
    taken, taken_from = taken_of(said["taken"], screen.taken, now := datetime.fromisoformat(said["now"]))
    return shown(screen, Seen(taken, now), taken_from).model_dump_json().encode()


def taken_of(
    said: str | None, in_picture: str | None, now: datetime
) -> tuple[datetime | date | None, Literal["said", "picture"] | None]:
    """Return when a screenshot was taken, and who says so; a moment in the future is none."""
    if said:
        return (date.fromisoformat(said) if len(said) == 10 else datetime.fromisoformat(said)), "said"
    if in_picture and (at := datetime.fromisoformat(in_picture)) <= now:
        return at, "picture"
    return None, None


def shown(screen: Screen, seen: Seen, taken_from: Literal["said", "picture"] | None) -> ScreenDraft:
    """Return the draft of a screen as JSON has it."""
    draft = draft_of(screen, seen)
    return ScreenDraft(
        kind=draft.kind,
        taken=seen.taken,
        taken_from=taken_from,
        asks=["taken"] if seen.taken is None and _needs_day(draft) else [],
        width=screen.width,
        height=screen.height,
        calls=[_call(one) for one in draft.calls[:MOST_ROWS]],
        messages=[_message(one) for one in draft.messages[:MOST_ROWS]],
        lines=[one.text for one in screen.lines],
    )


def _needs_day(draft: Draft) -> bool:
    found: Sequence[Call | Message] = (*draft.calls, *draft.messages)
    return any({"day_unknown", "year_unknown"} & set(one.doubts) for one in found if one.when)


def _call(call: Call) -> DraftCall:
    said = call.told
    return DraftCall(
        shown=call.shown,
        number=call.number.key if call.number else None,
        number_kind=call.number.kind if call.number else None,
        count=call.times,
        time=_time(call.when, call.at),
        direction=_direction(said.is_incoming),
        connected=said.is_answered,
        duration_seconds=said.seconds,
        ring_seconds=said.ring_seconds,
        label=said.label,
        doubts=told(call.doubts, call.at),
        place=_place(call.top, call.bottom),
    )


def _message(message: Message) -> DraftMessage:
    number = message.shown.number if message.shown else None
    text = message.text[:MOST_TEXT]
    return DraftMessage(
        sender=message.sender,
        number=number.key if number else None,
        number_kind=number.kind if number else None,
        time=_time(message.when, message.at),
        direction=_direction(message.is_incoming),
        text=text,
        suggestions=_suggestions(text) if message.is_incoming is not False else [],
        doubts=told(message.doubts, message.at),
        place=_place(message.top, message.bottom),
    )


def _suggestions(text: str) -> list[SuggestedViolation]:
    return [
        SuggestedViolation(
            violation=one.violation, words=[SuggestedBy(**word._asdict()) for word in one.words]
        )
        for one in suggest(text)
    ]


def _time(words: str | None, at: At | None) -> DraftTime:
    if at is None:
        return DraftTime(shown=words, day=None, clock=None, at=None, precision_seconds=60)
    moment = at.moment.astimezone(CHINA) if at.moment else None
    return DraftTime(shown=words, day=at.day, clock=at.clock, at=moment, precision_seconds=at.precision)


def _direction(is_incoming: bool | None) -> Literal["incoming", "outgoing"] | None:
    if is_incoming is None:
        return None
    return "incoming" if is_incoming else "outgoing"


def _place(top: float, bottom: float) -> Place:
    return Place(top=max(0, round(top)), bottom=max(0, round(bottom)))
