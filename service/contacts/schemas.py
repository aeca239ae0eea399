"""The JSON of findings: what one reporter's dated contacts, and everybody's, add up to."""

from datetime import date

from pydantic import BaseModel, Field

from service.rules.entries import Rule
from service.rules.facts import ViolationId
from service.rules.respondents import Respondent


class Day(BaseModel):
    """The contacts that came in on one day (Asia/Shanghai)."""

    on: date = Field(description="The day.")
    dials: int = Field(ge=0, description="How many calls came in.")
    connected: int = Field(ge=0, description="How many of these calls were answered.")
    effective: int = Field(
        ge=0, description="How many of the answered calls are known to have lasted ten seconds or longer."
    )
    unanswered: int = Field(ge=0, description="How many calls are known not to have been answered.")
    quiet_hours: int = Field(ge=0, description="How many calls and messages came between 22:00 and 8:00.")


class DayCounted(BaseModel):
    """A day on which a limit was exceeded."""

    on: date = Field(description="The day (Asia/Shanghai).")
    count: int = Field(ge=1, description="How many contacts were counted on that day.")


class OwnMeasure(BaseModel):
    """A threshold that is the service's own, beside the words of the rule."""

    seconds: int = Field(ge=0, description="From how many seconds on a call counts.")
    zh: str = Field(description="What this means, in Chinese.")
    en: str = Field(description="What this means, in English.")


class RuleFinding(BaseModel):
    """A daily limit that was exceeded: the rule, what it allows, and what was counted."""

    violation: ViolationId
    rule: Rule = Field(
        description="The rule that sets the limit. Mind its status: a rule still to be verified is not certain."
    )
    only_if: list[Respondent] = Field(
        description="The kinds of parties that the rule binds: it applies only if the caller collects for one of them, "
        "which the calls do not tell. Empty if it binds everybody."
    )
    counter: str = Field(description="What is counted: `effective`, `unanswered` or `quiet_hours`.")
    allowed: int = Field(ge=0, description="How many contacts with one person the rule allows a day.")
    count: int = Field(ge=1, description="How many contacts there were on the days that exceeded the limit.")
    days: list[DayCounted] = Field(description="The days that exceeded the limit, the newest first.")
    own_measure: OwnMeasure | None = Field(
        description="The service's own threshold in what is counted, which the rule does not name; null if there is none. "
        "Say so wherever you show the count."
    )


class Banded(BaseModel):
    """How many reporters' contacts show a violation, rounded down to a band."""

    violation: ViolationId
    reporters_at_least: int = Field(ge=0, description="At least this many reporters' contacts show it.")


class Across(BaseModel):
    """What all reporters' dated contacts with the number add up to, in bands that identify nobody."""

    reporters_at_least: int = Field(ge=0, description="At least this many reporters have dated contacts.")
    contacts_at_least: int = Field(ge=0, description="At least this many calls came in to them.")
    findings: list[Banded] = Field(description="The violations that enough reporters' contacts show.")


class Findings(BaseModel):
    """What the reporter's own dated contacts with the reported number add up to."""

    number: str = Field(description="The canonical form of the number.")
    contacts: int = Field(ge=0, description="How many dated contacts the reporter had with the number.")
    call_backs: int = Field(
        ge=0, description="How many calls the reporter made to the number. They count towards no limit."
    )
    days: list[Day] = Field(description="The contacts by day, the newest day first.")
    findings: list[RuleFinding] = Field(description="The limits that these contacts exceed.")
    across_reporters: Across | None = Field(
        description="The same for all reporters of a listed number; null if too few of them reported dated contacts."
    )
