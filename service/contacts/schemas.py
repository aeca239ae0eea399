"""What dated contacts add up to, as it is told to the reporter."""

from datetime import date

from pydantic import BaseModel, Field

from service.rules.entries import Rule


class Day(BaseModel):
    """What came in on one day (Asia/Shanghai)."""

    on: date
    dials: int = Field(description="Calls that came in.")
    connected: int = Field(description="Of these, answered.")
    effective: int = Field(description="Of these, of ten seconds or more.")
    unanswered: int = Field(description="Calls known not to have been answered.")
    quiet_hours: int = Field(description="Calls and messages from 22:00 to 8:00.")


class DayCounted(BaseModel):
    """A day on which a limit was exceeded."""

    on: date
    count: int


class RuleFinding(BaseModel):
    """A limit that was exceeded: the rule, what it allows on a day, and what was counted."""

    violation: str
    rule: Rule = Field(description="With its status: one that is to be verified is no certainty.")
    counter: str = Field(description="`effective`, `unanswered` or `quiet_hours`: what is counted.")
    allowed: int = Field(description="On a day, to one person.")
    count: int = Field(description="Contacts counted on the days on which the limit was exceeded.")
    days: list[DayCounted]


class Banded(BaseModel):
    """How many people found a violation; lower bounds of bands."""

    violation: str
    reporters_at_least: int


class Across(BaseModel):
    """What all reporters' dated contacts of the number add up to, in bands that reveal nobody."""

    reporters_at_least: int = Field(description="People whose contacts are dated.")
    contacts_at_least: int
    findings: list[Banded] = Field(description="Only violations that enough people found.")


class Findings(BaseModel):
    """What one's own dated contacts with the reported number add up to."""

    number: str
    contacts: int
    call_backs: int = Field(description="Calls that the reporter made to the number; they count for nothing.")
    days: list[Day] = Field(description="The newest first.")
    findings: list[RuleFinding]
    across_reporters: Across | None = Field(description="Null where too few people reported dated contacts.")
