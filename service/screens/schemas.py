"""The JSON of drafts: what was read from a screenshot, for the person to look at and confirm."""

from datetime import date, datetime, time
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from ml.words import Kind as NumberKind
from service.screens.doubts import Doubt
from service.suggestions.schemas import SuggestedViolation

_NUMBER = "The number, as its canonical key; null if none could be read. Look at `doubts` before using it."
_DOUBTS = "What must be looked at, as codes; empty if nothing is doubtful."


class Place(BaseModel):
    """Where a row stands in the picture, so that it can be shown beside what was read."""

    top: int = Field(ge=0, description="Pixels from the upper edge of the upright picture to the row.")
    bottom: int = Field(
        ge=0, description="Pixels from the upper edge of the upright picture to the end of the row."
    )


class DraftTime(BaseModel):
    """When something happened, as far as the screen says it; nothing of it is guessed."""

    shown: str | None = Field(description="What the screen says of the time; null if it says nothing.")
    day: date | None = Field(description="The day in China; null if it is not known.")
    clock: time | None = Field(description="The time of the day in China; null if it is not known.")
    at: AwareDatetime | None = Field(description="Day and time together; null unless both are known.")
    precision_seconds: int = Field(ge=1, description="To how many seconds the time is told.")


class DraftCall(BaseModel):
    """A row of a call list or bill, as a draft of a report for each of its calls."""

    shown: str = Field(description="The number or name as it stands on the screen.")
    number: str | None = Field(description=_NUMBER)
    number_kind: NumberKind | None = Field(description="Kind of the number.")
    count: int = Field(
        ge=1, description="For how many calls the row stands; `time` is that of the last of them."
    )
    time: DraftTime = Field(description="When the call was, the last one if there are several.")
    direction: Literal["incoming", "outgoing"] | None = Field(
        description="Who called; null if the screen does not say so in words or by red letters."
    )
    connected: bool | None = Field(
        description="Whether the call was answered; null if the screen does not say so."
    )
    duration_seconds: int | None = Field(ge=0, description="How long the call lasted, in seconds.")
    ring_seconds: int | None = Field(ge=0, description="How long it rang, in seconds.")
    label: str | None = Field(
        description="What the telephone or app says of the number, such as 被12人标记为催收."
    )
    doubts: list[Doubt] = Field(description=_DOUBTS)
    place: Place = Field(description="Where the row stands in the picture.")


class DraftMessage(BaseModel):
    """A text message or a message of a chat, as a draft of a report."""

    sender: str | None = Field(description="Who wrote, as the screen shows it; null if it does not.")
    number: str | None = Field(description=_NUMBER)
    number_kind: NumberKind | None = Field(description="Kind of the number.")
    time: DraftTime = Field(description="When the message came.")
    direction: Literal["incoming", "outgoing"] | None = Field(description="Whether it was received or sent.")
    text: str = Field(description="The words of the message.")
    suggestions: list[SuggestedViolation] = Field(
        description="The violation types that a received message speaks of, with the words that led to each."
    )
    doubts: list[Doubt] = Field(description=_DOUBTS)
    place: Place = Field(description="Where the message stands in the picture.")


class ScreenDraft(BaseModel):
    """What was read from a screenshot. It is stored nowhere: the person looks at it, corrects it, and reports."""

    kind: Literal["calls", "messages", "chat", "bill", "unknown"] = Field(
        description="What the screen shows: a list of calls, text messages, a chat, a bill, or something else."
    )
    taken: datetime | date | None = Field(
        description="The day or moment of the screenshot, from which words such as 昨天 are told; null if it is not known."
    )
    taken_from: Literal["said", "picture"] | None = Field(
        description="`said` if the request says it, `picture` if the file does; null if neither."
    )
    asks: list[Literal["taken"]] = Field(
        description="What the person can tell so that more can be read: `taken`, the day of the screenshot."
    )
    width: int = Field(ge=1, description="Width of the upright picture in pixels.")
    height: int = Field(ge=1, description="Height of the upright picture in pixels.")
    calls: list[DraftCall] = Field(description="The rows of a list of calls or a bill, from above.")
    messages: list[DraftMessage] = Field(description="The messages, from above.")
    lines: list[str] = Field(description="All lines that were read, from above.")
