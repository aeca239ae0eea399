"""The JSON of cases: what clients send and what they receive."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from service.cases.filing_schemas import Filing
from service.reports.schemas import Finding, Narrative, Text100
from service.rules.asking import Demand
from service.rules.facts import ChannelId, RuleId, Status, Text, ViolationId
from service.rules.respondents import Respondent
from service.rules.schemas import Asked
from service.rules.situation import Answers, Situation

MOST_REPORTS = 50
#: Characters of a demand: authorities want it short, and the narrative is elsewhere.
MOST_DEMAND = 500
Demanded = Annotated[Narrative, Field(max_length=MOST_DEMAND)]


def _once_each(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


class Party(BaseModel):
    """The party the case is about: whoever the caller collects for."""

    model_config = ConfigDict(extra="forbid")

    kind: Respondent = Field(
        Respondent.UNKNOWN,
        description="The kind of the party. It decides which channels fit and which rules may be cited.",
    )
    name: Text100 | None = Field(
        None, description="The name as it stands in the licence or contract. It is stored encrypted only."
    )


class CaseAnswers(Answers):
    """What the person knows about the situation of a case; what is left out is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NewCase(BaseModel):
    """A case to open: the reporter's own reports, gathered for the authorities."""

    model_config = ConfigDict(extra="forbid")

    report_ids: Annotated[
        list[UUID], Field(min_length=1, max_length=MOST_REPORTS), AfterValidator(_once_each)
    ] = Field(
        description="The reports the case is made of. All must be the reporter's own; repeated ids count once."
    )
    respondent: Party = Field(Party(), description="The party the case is about, as far as it is known.")
    situation: CaseAnswers = Field(
        CaseAnswers(),
        description="What is known about the situation: it decides which channels fit and which rules are cited. Where "
        "nothing is said, the reports decide, or it stays unknown.",
    )
    statement: Narrative | None = Field(
        None,
        description="What happened, in the reporter's own words. It is stored encrypted and appears only in the "
        "reporter's own packages.",
    )
    demand: Demanded | None = Field(
        None,
        description="What the reporter demands, in the reporter's own words. It is stored encrypted; papers have it "
        "beside `demands`, which the law lets one ask for.",
    )


class MoreReports(BaseModel):
    """Reports to add to a case."""

    model_config = ConfigDict(extra="forbid")

    report_ids: Annotated[
        list[UUID], Field(min_length=1, max_length=MOST_REPORTS), AfterValidator(_once_each)
    ] = Field(
        description="The reports to add. All must be the reporter's own; those of the case change nothing."
    )


class CaseChange(BaseModel):
    """New details of a case. A field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    respondent: Party = Field(
        default_factory=Party,
        description="The party the case is about. It replaces the earlier one as a whole.",
    )
    situation: CaseAnswers = Field(
        default_factory=CaseAnswers,
        description="What is known about the situation. It replaces the earlier answers as a whole.",
    )
    statement: Narrative | None = Field(
        None, description="It replaces the earlier statement; null removes it. It is stored encrypted only."
    )
    demand: Demanded | None = Field(
        None, description="It replaces the earlier demand; null removes it. It is stored encrypted only."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> "CaseChange":
        if not self.model_fields_set:
            raise PydanticCustomError("nothing_to_change", "There is nothing to change")
        return self


class NewConsent(BaseModel):
    """Consent to have the case put together for one channel."""

    model_config = ConfigDict(extra="forbid")

    channel: str = Field(
        min_length=1,
        max_length=64,
        description="The id of a channel that fits the case.",
        examples=["12321"],
    )
    text_version: str = Field(
        max_length=32,
        description="The `version` of the consent text that was shown. An outdated version is refused.",
        examples=["2026-11-2"],
    )


class ConsentText(BaseModel):
    """The consent text. Show it to the person before you send its version back."""

    version: str = Field(description="Identifies the wording; any change of the text gets a new version.")
    text: Text = Field(description="What the person consents to.")


class Consent(BaseModel):
    """Consent that was given for one channel, or its withdrawal."""

    channel: ChannelId
    is_given: bool = Field(description="True if consent was given, false if it was withdrawn.")
    text_version: str = Field(description="The version of the consent text that was shown.")
    recorded_at: datetime = Field(description="When it was recorded.")


class CountedShown(BaseModel):
    """A daily limit that contacts from one number exceeded, whether or not a report claims it."""

    number: str = Field(description="The canonical form of the number.")
    on: date = Field(description="The day on which the limit was exceeded (Asia/Shanghai).")
    violation: ViolationId
    rule: RuleId
    status: Status = Field(description="How well the rule is established.")
    counter: str = Field(description="What is counted: `effective`, `unanswered` or `quiet_hours`.")
    allowed: int = Field(ge=0, description="How many contacts with one person the rule allows a day.")
    count: int = Field(ge=1, description="How many contacts there were that day.")
    measure: Text | None = Field(
        description="The service's own measure behind the count, beside the norm's words; null if there is none."
    )
    only_if: list[Respondent] = Field(
        description="While the party is unknown, the kinds of parties that the rule binds: say “applies if”, and ask. "
        "Papers then give the counts and do not cite the rule. Empty if the rule binds the party."
    )


class FittingReason(BaseModel):
    """One reason why a channel fits."""

    text: Text = Field(description="The reason in words.")
    violation: str | None = Field(
        description="The violation that leads to the channel; null for other reasons."
    )
    condition: Text | None = Field(
        description="The condition on which the reason depends; null if there is none."
    )
    status: Status = Field(description="How well the fact behind the reason is established.")


class Missing(BaseModel):
    """Something a filing still lacks."""

    what: str = Field(description="The id of the form field, or of the advice.")
    text: Text = Field(description="What is missing and how to add it.")
    must: bool = Field(
        description="True if the channel requires it; false if it would help but the channel accepts the filing without."
    )


class FittingChannel(BaseModel):
    """A channel that fits the case, in the order in which to try it."""

    channel: ChannelId
    name: Text = Field(description="What the channel is called.")
    accepts: list[Literal["complaint", "report"]] = Field(
        description="The filings it accepts; empty for a line that helps or advises and takes none."
    )
    telephone: str | None = Field(description="The telephone number to call.")
    stage: Literal["emergency", "first", "second", "fallback", "last_resort"] = Field(
        description="When it is this channel's turn."
    )
    status: Status = Field(description="How well the facts about the channel are established.")
    why: list[FittingReason] = Field(description="The reasons why the channel fits.")
    missing: list[Missing] = Field(description="What a filing with the channel still lacks.")
    has_consent: bool = Field(description="True if consent for the channel was given and not withdrawn.")


class CaseSummary(BaseModel):
    """A case as it is shown in a list."""

    case_id: UUID = Field(description="Identifies the case.")
    created_at: datetime = Field(description="When the case was opened.")
    changed_at: datetime | None = Field(
        description="When respondent, statement, demand, situation or the reports were last changed; null if never."
    )
    withdrawn_at: datetime | None = Field(description="When the case was withdrawn; null if it is open.")
    respondent: Party = Field(description="The party the case is about.")
    report_ids: list[UUID] = Field(description="The reports the case is made of.")
    filings: list[Filing] = Field(
        description="What has become of the case at each channel it was filed with."
    )
    next_due_on: date | None = Field(
        description="The nearest last day among the deadlines; null if none runs or the case is withdrawn."
    )


class CaseFinding(Finding):
    """What an agency found out about a report of the case."""

    report_id: UUID = Field(description="The report that it is about, or whose number.")


class Case(CaseSummary):
    """A case with everything that belongs to it."""

    findings: list[CaseFinding] = Field(
        description="What agencies found out about the reports of the case, oldest first."
    )
    statement: str | None = Field(description="What happened, in the reporter's own words.")
    demand: str | None = Field(description="What the reporter demands, in the reporter's own words.")
    demands: list[Demand] = Field(
        description="What the law lets such a person ask for. Papers list it, to be ticked by hand."
    )
    situation: Situation = Field(
        description="What is known about the situation, from the person and from the reports."
    )
    questions: list[Asked] = Field(
        description="What is not known and decides where to turn or what to cite: answer it in `situation`."
    )
    counted: list[CountedShown] = Field(
        description="The limits exceeded by the contacts in the reports and their call logs, under rules that bind "
        "the respondent."
    )
    channels: list[FittingChannel] = Field(
        description="The channels that fit, in the order in which to try them."
    )
    consent_text: ConsentText = Field(description="The consent text that is in use now.")
    consents: list[Consent] = Field(description="Every consent and withdrawal, in the order of recording.")


class CasePage(BaseModel):
    """One page of the reporter's own cases, the newest first."""

    cases: list[CaseSummary] = Field(description="The cases of this page.")
    next: UUID | None = Field(
        description="Pass it as `before` to get the next page; null if this is the last page."
    )


class Calendar(BaseModel):
    """The address of a calendar feed. Whoever knows the address can read the feed; opening a new one closes it."""

    path: str = Field(
        description="The path of the feed on this service. It is shown only once.",
        examples=["/v1/calendars/dw_cal_….ics"],
    )
