"""What the catalogue answers; every fact carries its status, source and dates."""

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, Field

from service.rules.channels import Channel, ChannelKind, FormField
from service.rules.entries import Rule, Violation
from service.rules.facts import Fact, Status, Text
from service.rules.respondents import Respondent

NOTICE: Final = Text(
    zh="以上为信息，不构成法律意见；标为“待核实”的内容请先向有关部门核实。",
    en="This is information, not legal advice; check what is marked “to be verified” with the authority.",
)


class Listing(BaseModel):
    """What every answer of the catalogue says of itself."""

    on: date = Field(description="The day for which it is told what is in force.")
    catalogue: str = Field(description="Version: a digest of the files of the catalogue.")
    notice: Text = Field(NOTICE, description="To be shown with it.")


class PartyKind(BaseModel):
    """A kind of party that a complaint may be about."""

    respondent: Respondent
    name: Text
    is_licensed: bool | None = Field(description="Null: not known.")


class ChannelList(Listing):
    """Channels in force on a day, with what of their forms and deadlines is."""

    channels: list[Channel]
    respondents: list[PartyKind] = Field(description="Kinds of parties, as channels and routing know them.")


class RuleList(Listing):
    """Rules in force on a day."""

    rules: list[Rule]


class ViolationList(Listing):
    """Violation types, with those of their bases that are in force on a day."""

    violations: list[Violation]


class RoutingReason(BaseModel):
    """Why a channel is among those to turn to."""

    zh: str
    en: str
    violation: str | None
    condition: Text | None = Field(description="It holds only if this does.")
    status: Status
    status_name: Text
    source: Text


class Need(BaseModel):
    """A field that a filing there cannot do without."""

    id: str
    name: Text
    only_you_know: bool = Field(description="The service does not know it, and does not store it.")


class ChannelStep(BaseModel):
    """A channel in its turn."""

    channel: str
    name: Text
    kind: ChannelKind
    stage: Literal["first", "second", "fallback", "last_resort"]
    accepts: list[Literal["complaint", "report"]]
    reasons: list[RoutingReason]
    needs: list[Need] = Field(description="Empty where the fields are not known.")
    telephone: str | None
    web: str | None
    status: Status
    status_name: Text


class HelpfulEvidence(BaseModel):
    """What helps to prove a violation beyond the call log."""

    violation: str
    zh: str
    en: str


class CitedRule(BaseModel):
    """A rule, and for which of the violations it is cited."""

    rule: Rule
    violations: list[str]


class ConditionalRule(CitedRule):
    """A rule that is cited only if the respondent is of one of these kinds."""

    only_if: list[Respondent]


class Routing(Listing):
    """Where to turn with such violations by such a party, and what to cite."""

    occurred_on: date = Field(description="The day of the conduct, by whose rules it is judged.")
    respondent: Respondent
    respondent_name: Text
    violations: list[str]
    steps: list[ChannelStep] = Field(description="In the order in which to try them.")
    evidence: list[HelpfulEvidence]
    legal_basis: list[CitedRule] = Field(description="Law and regulations: breaking them is unlawful (违法).")
    norm_basis: list[CitedRule] = Field(
        description="Recommended standards and self-regulation: 违反行业规范, which is not 违法."
    )
    conditional: list[ConditionalRule] = Field(
        description="While the respondent is unknown: what binds only some kinds of parties, and is not cited yet."
    )


def need_of(field: FormField) -> Need:
    """A field as what a person has to bring."""
    return Need(id=field.id, name=field.name, only_you_know=field.filled_from == "person")


def reason_of(text: Text, fact: Fact, *, violation: str | None, condition: Text | None) -> RoutingReason:
    """A reason with the status of the fact that gives it."""
    return RoutingReason(
        zh=text.zh,
        en=text.en,
        violation=violation,
        condition=condition,
        status=fact.status,
        status_name=fact.status_name,
        source=fact.source,
    )
