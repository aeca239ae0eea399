"""What follows an event of a filing: time limits, and what a person may do after a refusal, silence or half an answer."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.rules.facts import Fact, Id, Text
from service.rules.situation import Matter

DayUnit = Literal["working", "calendar"]


class DeadlineStart(StrEnum):
    """The event from which a deadline is counted."""

    FILED = "filed"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    ANSWERED_IN_PART = "answered_in_part"
    REJECTED = "rejected"
    REVIEW_ASKED = "review_asked"


class FollowUpCause(StrEnum):
    """What a person may do something about: a decision, or silence past a deadline (`overdue`)."""

    REJECTED = "rejected"
    ANSWERED = "answered"
    ANSWERED_IN_PART = "answered_in_part"
    OVERDUE = "overdue"


class Deadline(Fact):
    """A deadline: something that must be done within a number of days after an event."""

    id: Id = Field(description="Identifies the deadline within its channel.")
    event: DeadlineStart = Field(description="The event from which the days are counted.")
    due: Text = Field(description="What must be done.")
    by: Literal["channel", "institution", "person"] = Field(
        description="Who must act: `channel` is the authority, `institution` is the party that the filing is about, "
        "`person` is whoever filed."
    )
    days: int = Field(
        ge=1, le=3660, description="How many days there are, counted from the day after the event."
    )
    unit: DayUnit = Field(description="Whether working days or calendar days count.")
    extensions: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="The days that each possible extension adds, in their order."
    )
    matter: Matter | None = Field(
        None, description="The kind of matter that it is about; null if it is the same for all."
    )
    review: Id | None = Field(
        None, description="The id of the follow-up whose decision is due; null if it is not about a review."
    )

    @model_validator(mode="after")
    def _goes_with_its_event(self) -> "Deadline":
        if (self.event is DeadlineStart.REVIEW_ASKED) != (self.review is not None):
            raise ValueError("review goes with the event review_asked, and only with it")
        return self


class FollowUp(Fact):
    """What a person may do after a refusal, an answer that does not settle it, or silence past a deadline."""

    id: Id = Field(description="Identifies the follow-up within its channel.")
    name: Text = Field(description="What the person may do.")
    where: Text = Field(description="The body that takes it.")
    after: tuple[FollowUpCause, ...] = Field(min_length=1, description="What it follows.")
    matter: Matter | None = Field(
        None, description="The kind of matter that it is for; null if it is the same for all."
    )
    follows: Id | None = Field(
        None, description="The id of the review after whose decision it comes; null after the first decision."
    )
    is_review: bool = Field(
        False, description="True if it is a review of this filing; false if it is another channel."
    )
    channels: tuple[Id, ...] = Field(
        (), description="The ids of the channels that take it, the first that fits is meant."
    )
    days: int | None = Field(
        None,
        ge=1,
        le=3660,
        description="The days in which to do it, from the day after the decision arrived.",
    )
    unit: DayUnit = Field("calendar", description="Whether working days or calendar days count.")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "FollowUp":
        if self.is_review == bool(self.channels):
            raise ValueError("a follow-up is a review or names channels")
        return self
