"""The JSON of filings: what is recorded about them, what is due, and what may be done next."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.cases.statuses import FilingStatus
from service.edge.validation import Day
from service.reports.schemas import Narrative, Text100
from service.rules.facts import ChannelId, Status, Text
from service.rules.follow_ups import FollowUpCause
from service.rules.situation import Matter


class NewEvent(BaseModel):
    """An event of a filing, recorded by the person who filed."""

    model_config = ConfigDict(extra="forbid")

    event: FilingStatus = Field(description="What happened. It must be one of `may_follow` of the filing.")
    happened_on: Day | None = Field(
        None, description="The day it happened (Asia/Shanghai). If it is left out, today is recorded."
    )
    query_code: Text100 | None = Field(
        None, description="The code by which the channel finds the filing. It is stored encrypted only."
    )
    matter: Matter = Field(
        Matter.UNKNOWN,
        description="What the police make of it, as the receipt or the notice says: what can follow differs "
        "(不予立案, 不予处罚).",
    )
    review: Text100 | None = Field(
        None,
        description="With `review_asked`: the `id` of the review, as `next` of the filing has it. It may be left out if "
        "there is only one.",
    )
    note: Narrative | None = Field(
        None, description="Anything else the reporter wants to keep. It is stored encrypted only."
    )


class DueShown(BaseModel):
    """A deadline of a filing: what must be done, by whom and until when."""

    deadline: str = Field(description="The id of the deadline in `/v1/channels`.")
    due: Text = Field(description="What must be done.")
    by: Literal["channel", "institution", "person"] = Field(
        description="Who must act: `channel` is the authority, `institution` the party that the filing is about, `person` "
        "whoever filed."
    )
    since: date = Field(description="The day of the event from which the time is counted.")
    due_on: date = Field(description="The last day of the time limit.")
    may_be_extended_to: list[date] = Field(
        description="The last days if the authority extends the time limit once, twice and so on."
    )
    is_certain: bool = Field(
        description="True only if the rule was read in the official text, the kind of matter is known, and the holidays of "
        "all its years are announced."
    )
    status: Status = Field(description="How well the rule behind the deadline is established.")
    is_overdue: bool = Field(description="True if the last day has passed.")


class EventShown(BaseModel):
    """An event of a filing, as it was recorded."""

    event: FilingStatus = Field(description="What happened.")
    name: Text = Field(description="The event in words.")
    happened_on: date = Field(description="The day it happened (Asia/Shanghai).")
    recorded_at: datetime = Field(description="When it was recorded.")
    query_code: str | None = Field(description="The code by which the channel finds the filing.")
    note: str | None = Field(description="What the reporter noted about the event.")
    matter: Matter = Field(description="What the police made of it.")
    review: str | None = Field(description="The review that was asked for.")
    is_void: bool = Field(
        description="True if a later `recorded_in_error` took it back; it no longer counts then."
    )


class NextShown(BaseModel):
    """Something that the person may do after a refusal, half an answer, or silence past a deadline."""

    id: str = Field(
        description="The id of the follow-up in `/v1/channels`; `next_channel` for the next channel that fits."
    )
    cause: FollowUpCause = Field(description="What it follows; `overdue` is silence past a deadline.")
    what: Text = Field(description="What the person may do.")
    where: Text = Field(description="The body that takes it.")
    is_review: bool = Field(description="True if it is a review of this filing: record it as `review_asked`.")
    channel: str | None = Field(description="The id of the channel to turn to; null if it is a review.")
    matter: Matter | None = Field(
        description="The kind of matter that it is for: if that is not known, ask which one it is. Null if "
        "it is the same for all."
    )
    until: date | None = Field(description="The last day; null if none is known.")
    is_certain: bool = Field(
        description="True only if the rule was read in the official text and nothing else is unknown."
    )
    status: Status = Field(description="How well the rule behind it is established.")
    status_name: Text = Field(description="The status in words.")
    source: Text = Field(description="Where the fact is taken from.")


class Filing(BaseModel):
    """What has become of a case at one channel."""

    channel: ChannelId
    status: FilingStatus = Field(
        description="The newest event that has not been taken back; `recorded_in_error` if there is none."
    )
    events: list[EventShown] = Field(description="All recorded events, the oldest first.")
    may_follow: list[FilingStatus] = Field(description="The events that may be recorded next.")
    due: list[DueShown] = Field(description="The deadlines that run now, the nearest first.")
    next: list[NextShown] | None = Field(
        description="What may be done now, reviews first; null in lists of cases, which do not open the reports."
    )
