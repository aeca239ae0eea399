"""The JSON of the catalogue's answers; every fact carries its status, source and dates."""

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, Field

from ml.words import VIOLATIONS
from service.edge.validation import Day
from service.rules.asking import BeforeFiling, Choice, Demand, Emergency, PersonKind
from service.rules.channels import Channel, ChannelKind, FormField
from service.rules.entries import Rule, Violation
from service.rules.facts import ChannelId, Fact, Status, Text, ViolationId
from service.rules.respondents import Respondent
from service.rules.situation import Product, Relation, Situation
from service.violations import Violation as NamedViolation

NOTICE: Final = Text(
    zh="以上为信息，不构成法律意见；标为“待核实”的内容请先向有关部门核实。",
    en="This is information, not legal advice. Check everything marked “to be verified” with the authority.",
)


class Listing(BaseModel):
    """Base of every answer of the catalogue."""

    on: date = Field(description="The answer holds for this day.")
    catalogue: str = Field(description="The version of the catalogue: a digest of its files.")
    notice: Text = Field(NOTICE, description="A notice to show with the answer.")


class PartyKind(BaseModel):
    """A kind of party that a case can be about."""

    respondent: Respondent = Field(description="The kind of party.")
    name: Text = Field(description="What this kind of party is called.")
    is_licensed: bool | None = Field(description="True if it holds a licence; null if that is not known.")


class ChannelList(Listing):
    """Channels in force on a day, with the forms and deadlines then in force."""

    channels: list[Channel] = Field(description="The channels.")
    respondents: list[PartyKind] = Field(
        description="The kinds of parties that channels and routing distinguish."
    )


class RuleList(Listing):
    """Rules in force on a day."""

    rules: list[Rule] = Field(description="The rules.")


class ViolationList(Listing):
    """Violation types on a day, each naming only rules then in force."""

    violations: list[Violation] = Field(description="The violation types.")


class RoutingReason(BaseModel):
    """One reason why a channel is among those to turn to."""

    zh: str = Field(description="The reason in Chinese.")
    en: str = Field(description="The reason in English.")
    violation: str | None = Field(
        description="The violation that leads to the channel; null for other reasons."
    )
    condition: Text | None = Field(
        description="The condition on which the reason depends; null if there is none."
    )
    status: Status = Field(description="How well the fact behind the reason is established.")
    status_name: Text = Field(description="The status in words.")
    source: Text = Field(description="Where the fact is taken from.")


class Need(BaseModel):
    """A form field that the channel requires."""

    id: str = Field(description="Identifies the field within the channel's form.")
    name: Text = Field(description="What the form calls the field.")
    only_you_know: bool = Field(
        description="True if only the person knows the value; the service does not store it."
    )


class ChannelStep(BaseModel):
    """A channel to turn to, in the order in which to try it."""

    channel: ChannelId
    name: Text = Field(description="What the channel is called.")
    kind: ChannelKind = Field(description="The sort of body it belongs to.")
    stage: Literal["emergency", "first", "second", "fallback", "last_resort"] = Field(
        description="When it is this channel's turn."
    )
    accepts: list[Literal["complaint", "report"]] = Field(
        description="`complaint` (投诉) is about the filer's own dispute, `report` (举报) about a violation."
    )
    reasons: list[RoutingReason] = Field(description="The reasons to turn to it.")
    needs: list[Need] = Field(description="The form fields it requires; empty if they are not known.")
    telephone: str | None = Field(
        description="The telephone number to call, with the area code in front if one was given and is needed."
    )
    points_to: list[Rule] = Field(
        description="The rules that bind this body itself, to which a person may point when filing."
    )
    web: str | None = Field(description="The web page to go to.")
    status: Status = Field(description="How well the facts about the channel are established.")
    status_name: Text = Field(description="The status in words.")


class HelpfulEvidence(BaseModel):
    """The evidence that helps to prove a violation beyond the call log."""

    violation: ViolationId
    zh: str = Field(description="The evidence in Chinese.")
    en: str = Field(description="The evidence in English.")


class CitedRule(BaseModel):
    """A rule, and the violations for which it is cited."""

    rule: Rule = Field(description="The rule.")
    violations: list[str] = Field(description="The ids of the violations for which it is cited.")


class ConditionalRule(CitedRule):
    """A rule that is cited only if the respondent is of certain kinds."""

    only_if: list[Respondent] = Field(
        description="The kinds of parties against which the rule is cited; empty if it is any."
    )
    only_for: list[Product] = Field(
        description="The kinds of debts for which it is cited; empty if it is any."
    )
    only_to: list[Relation] = Field(
        description="The people whom the rule protects; empty if it is everybody."
    )


class RuleIfSo(BaseModel):
    """A rule that is cited only in a circumstance, which is not known."""

    rule: Rule = Field(description="The rule.")
    violation: ViolationId
    question: str = Field(description="The id of the question that decides it.")
    condition: Text = Field(description="The circumstance in words.")


class Asked(BaseModel):
    """A question whose answer is not known."""

    id: str = Field(description="The parameter that takes the answer.")
    asks: Text = Field(description="The question.")
    find_out: Text = Field(description="How to find it out.")
    answers: list[Choice] = Field(description="The answers to choose from; an area code is written instead.")


class Routing(Listing):
    """Where to turn with certain violations by a certain kind of party, and what to cite."""

    occurred_on: date = Field(description="The day of the conduct; the rules in force on that day are cited.")
    situation: Situation = Field(description="What was said about the situation, unknown where nothing was.")
    respondent: Respondent = Field(
        description="The kind of party that the caller collects for, after what was said about its licence: a small-loan "
        "company without one is an unlicensed lender, a bank without one is unknown."
    )
    respondent_name: Text = Field(description="What this kind of party is called.")
    person: PersonKind = Field(description="What the person is to the debt, and what is good to know then.")
    questions: list[Asked] = Field(
        description="What is not known and decides where to turn or what to cite, the most important first."
    )
    before_filing: list[BeforeFiling] = Field(description="What to know before anything is filed or paid.")
    emergencies: list[Emergency] = Field(
        description="What to do before everything else, in each emergency there may be."
    )
    demands: list[Demand] = Field(description="What the person may demand.")
    violations: list[str] = Field(description="The ids of the violations, in the order of the catalogue.")
    steps: list[ChannelStep] = Field(description="The channels, in the order in which to try them.")
    evidence: list[HelpfulEvidence] = Field(description="The evidence that helps, by violation.")
    legal_basis: list[CitedRule] = Field(
        description="The laws and regulations to cite. Breaking them is unlawful (违法)."
    )
    norm_basis: list[CitedRule] = Field(
        description="The recommended standards and self-regulation to cite. Breaking them is 违反行业规范, not 违法."
    )
    conditional: list[ConditionalRule] = Field(
        description="The rules for only some kinds of parties, debts or people, while that is unknown. "
        "They are not cited yet."
    )
    if_so: list[RuleIfSo] = Field(
        description="The rules that fit only in a circumstance that is unknown. They are not cited yet."
    )
    governed_by: list[Rule] = Field(
        description="The rules about such parties that are not tied to a violation, to know of them."
    )


def need_of(field: FormField) -> Need:
    """Return a form field as the need that it is for the person."""
    return Need(id=field.id, name=field.name, only_you_know=field.filled_from == "person")


def reason_of(text: Text, fact: Fact, *, violation: str | None, condition: Text | None) -> RoutingReason:
    """Return a reason with the status and the source of the fact behind it."""
    return RoutingReason(
        zh=text.zh,
        en=text.en,
        violation=violation,
        condition=condition,
        status=fact.status,
        status_name=fact.status_name,
        source=fact.source,
    )


class RoutingQuestion(Situation):
    """What is asked of routing: the violations, the days, and whatever is known of the situation."""

    violation: list[NamedViolation] = Field(
        [],
        max_length=len(VIOLATIONS),
        description="The violation that was met; the parameter may be repeated.",
    )
    on: Day | None = Field(
        None,
        description="The answer has what is in force on this day; by default today in Asia/Shanghai.",
    )
    occurred_on: Day | None = Field(
        None, description="The day of the conduct: rules in force on it are cited; by default `on`."
    )
