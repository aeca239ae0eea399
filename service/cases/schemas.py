"""Cases on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from service.cases.statuses import FilingStatus
from service.edge.validation import Day
from service.reports.schemas import Narrative, Text100
from service.rules.facts import Text
from service.rules.respondents import Respondent

MOST_REPORTS = 50


def _once_each(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


class Party(BaseModel):
    """Whom the case is about: the party for which was collected."""

    model_config = ConfigDict(extra="forbid")

    kind: Respondent = Field(
        Respondent.UNKNOWN, description="Decides which channels fit, and what may be cited against it."
    )
    name: Text100 | None = Field(None, description="As in its licence or contract. Stored encrypted only.")


class NewCase(BaseModel):
    """Reports of one's own, gathered for authorities."""

    model_config = ConfigDict(extra="forbid")

    report_ids: Annotated[
        list[UUID], Field(min_length=1, max_length=MOST_REPORTS), AfterValidator(_once_each)
    ]
    respondent: Party = Party()
    statement: Narrative | None = Field(
        None,
        description="What happened, in one's own words. Stored encrypted only; only in one's own packages.",
    )


class CaseChange(BaseModel):
    """What is put in the place of what a case said."""

    model_config = ConfigDict(extra="forbid")

    respondent: Party = Field(default_factory=Party, description="Takes the place of the one before, whole.")
    statement: Narrative | None = Field(
        None, description="Takes the place of the one before; null removes it. Stored encrypted only."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> "CaseChange":
        if not self.model_fields_set:
            raise PydanticCustomError("nothing_to_change", "There is nothing to change")
        return self


class NewConsent(BaseModel):
    """Consent to put a case together for one channel."""

    model_config = ConfigDict(extra="forbid")

    channel: str = Field(min_length=1, max_length=64)
    text_version: str = Field(max_length=32, description="`version` of the consent text that was shown.")


class NewEvent(BaseModel):
    """What happened to a filing, as its reporter says."""

    model_config = ConfigDict(extra="forbid")

    event: FilingStatus
    happened_on: Day | None = Field(None, description="Day in China; today where it is left out.")
    query_code: Text100 | None = Field(
        None, description="By which the channel finds the filing. Stored encrypted only."
    )
    note: Narrative | None = Field(None, description="Stored encrypted only.")


class ConsentText(BaseModel):
    """What is consented to; show it before it is sent back."""

    version: str
    text: Text


class Consent(BaseModel):
    """That consent was given, or taken back, for one channel."""

    channel: str
    is_given: bool
    text_version: str
    recorded_at: datetime


class DueShown(BaseModel):
    """Something that is due."""

    deadline: str
    due: Text = Field(description="What is due.")
    by: str = Field(description="`channel`: the authority must act. `person`: oneself.")
    since: date
    due_on: date
    may_be_extended_to: list[date]
    is_certain: bool = Field(
        description="False: holidays of a year are not announced yet; weekends alone were counted."
    )
    status: str = Field(description="How sure the rule is: `verified` or `to_be_verified`.")
    is_overdue: bool


class EventShown(BaseModel):
    """An event of a filing."""

    event: FilingStatus
    name: Text
    happened_on: date
    recorded_at: datetime
    query_code: str | None
    note: str | None
    is_void: bool = Field(
        description="Taken back by a later `recorded_in_error`: it does not count any more."
    )


class Filing(BaseModel):
    """What became of a case at one channel."""

    channel: str
    status: FilingStatus = Field(
        description="The newest event that stands; `recorded_in_error` where none does."
    )
    events: list[EventShown]
    may_follow: list[FilingStatus] = Field(description="Events that may be recorded next.")
    due: list[DueShown] = Field(description="What is due next, soonest first.")


class CountedShown(BaseModel):
    """A limit of a rule that one number's dated contacts exceeded on one day, claimed or not."""

    number: str
    on: date = Field(description="Day in China.")
    violation: str
    rule: str = Field(description="Id of the rule in `/v1/rules`.")
    status: str = Field(description="How sure the rule is.")
    counter: str = Field(description="`effective`, `unanswered` or `quiet_hours`: what is counted.")
    allowed: int = Field(description="On a day, to one person.")
    count: int


class FittingReason(BaseModel):
    """Why a channel fits."""

    text: Text
    violation: str | None
    condition: Text | None
    status: str = Field(description="How sure the fact behind it is.")


class Missing(BaseModel):
    """What a filing still lacks."""

    what: str
    text: Text
    must: bool = Field(description="False: it would help, and the channel takes the filing without it.")


class FittingChannel(BaseModel):
    """A channel that fits the case, in its turn."""

    channel: str
    name: Text
    stage: str = Field(description="`first`, `second`, `fallback` or `last_resort`.")
    status: str = Field(description="How sure what is known of the channel is.")
    why: list[FittingReason]
    missing: list[Missing]
    has_consent: bool


class CaseSummary(BaseModel):
    """A case in a list."""

    case_id: UUID
    created_at: datetime
    changed_at: datetime | None = Field(description="When respondent or statement were last changed.")
    withdrawn_at: datetime | None
    respondent: Party
    report_ids: list[UUID]
    filings: list[Filing]
    next_due_on: date | None = Field(description="The soonest day on which anything of this case is due.")


class Case(CaseSummary):
    """A case, whole."""

    statement: str | None
    counted: list[CountedShown] = Field(
        description="Limits that the contacts in its reports and their call logs exceed, under rules that bind the party."
    )
    channels: list[FittingChannel] = Field(
        description="Channels that fit, in the order in which to try them."
    )
    consent_text: ConsentText
    consents: list[Consent]


class CasePage(BaseModel):
    """One's own cases, newest first; `next` continues the list."""

    cases: list[CaseSummary]
    next: UUID | None


class Calendar(BaseModel):
    """Where a calendar program finds what is due. Whoever knows the address can read it; ask anew to change it."""

    path: str = Field(description="Path of the feed on this service. Shown this once.")
