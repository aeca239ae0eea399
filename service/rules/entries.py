"""What the catalogue says about rules, violation types and routing, and the files that hold it."""

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field, model_validator

from service.rules.asking import BeforeFiling, Demand, Emergency, PersonKind, Question
from service.rules.channels import Channel
from service.rules.facts import Fact, Frozen, Id, Remark, Status, Text
from service.rules.respondents import Respondent
from service.rules.situation import Circumstance, Matter, Product, Relation

#: Stands in place of a channel for those that routing.yaml names first for the respondent.
AUTHORITY: Final = "authority"


class RuleKind(StrEnum):
    """The sort of rule. It decides whether the police is among the channels."""

    PUBLIC_ORDER = "public_order"
    CRIMINAL = "criminal"
    CIVIL = "civil"
    PERSONAL_INFORMATION = "personal_information"
    CONSUMER = "consumer"
    TELECOM = "telecom"
    REGULATION = "regulation"
    STANDARD = "standard"
    SELF_REGULATION = "self_regulation"


NORMS: Final = frozenset({RuleKind.STANDARD, RuleKind.SELF_REGULATION})
#: Names of 催收非法债务罪: a catalogue cannot hide the crime behind another id.
ILLEGAL_DEBT_WORDS: Final = ("293之一", "二百九十三条之一", "催收非法债务", "293-1")


class Rule(Fact):
    """A rule that collection calls may break."""

    id: Id = Field(description="Identifies the rule.")
    title: Text = Field(description="The title and article, as they are cited.")
    says: Text = Field(description="What the rule says.")
    kind: RuleKind = Field(description="The sort of rule.")
    basis: Literal["legal", "norm"] = Field(
        description="`legal`: breaking it is unlawful (违法). `norm`: a recommended standard or self-regulation; "
        "breaking it is not unlawful in itself (违反行业规范)."
    )
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="The kinds of parties that it binds; null if it binds everybody."
    )
    products: tuple[Product, ...] | None = Field(
        None, description="The kinds of debts that it is about; null if it is about any."
    )
    relations: tuple[Relation, ...] | None = Field(
        None, description="The people whom it protects; null if it protects everybody."
    )
    remarks: tuple[Remark, ...] = Field((), description="What else there is to know about it.")

    @property
    def cited(self) -> str:
        """Return the Chinese title as statements cite it, marked if nobody has read the official text."""
        return self.title.zh + ("" if self.status is Status.VERIFIED else f"〔{self.status_name.zh}〕")

    @property
    def is_about_illegal_debt(self) -> bool:
        """Return whether this is 刑法 293之一, which is never cited against a licensed lender."""
        return any(word in text for word in ILLEGAL_DEBT_WORDS for text in (self.id, self.title.zh))

    @model_validator(mode="after")
    def _asks_what_is_not_known(self) -> "Rule":
        for name in ("respondents", "products", "relations"):
            if "unknown" in (getattr(self, name) or ()):
                raise ValueError(
                    f"{name}: a rule is not cited while that is unknown, but named with its condition: leave unknown out"
                )
        return self

    @model_validator(mode="after")
    def _keeps_law_and_norm_apart(self) -> "Rule":
        if (self.kind in NORMS) != (self.basis == "norm"):
            raise ValueError(
                "standards and self-regulation have the basis norm, everything else has the basis legal"
            )
        if self.is_about_illegal_debt and self.respondents != (Respondent.UNLICENSED_LENDER,):
            raise ValueError(
                "刑法 293之一 is cited against unlicensed lenders only: respondents: [unlicensed_lender]"
            )
        return self


class Way(Frozen):
    """A channel that fits a violation, perhaps only on a condition."""

    channel: Id = Field(
        description="The id of a channel, or `authority` for the channels that routing names first for the respondent."
    )
    condition: Text | None = Field(
        None, description="The condition on which the channel fits; null if there is none."
    )
    if_so: Circumstance | None = Field(
        None,
        description="The circumstance in which the channel fits, about which routing asks; null if there is none.",
    )


class CitedIf(Frozen):
    """A rule that is cited only in a circumstance."""

    rule: Id = Field(description="The id of the rule.")
    circumstance: Circumstance = Field(
        description="The circumstance: while it is unknown the rule is not cited, and routing asks."
    )


class Violation(Fact):
    """A violation type: the rules it breaks, the channels to turn to, and what proves it."""

    id: Id = Field(description="Identifies the violation type.")
    name: Text = Field(description="What the violation type is called.")
    legal_basis: tuple[Id, ...] = Field(description="The ids of the legal rules it breaks.")
    norm_basis: tuple[Id, ...] = Field(description="The ids of the norms it breaks.")
    if_so: tuple[CitedIf, ...] = Field((), description="The rules that it breaks only in a circumstance.")
    demands: tuple[Id, ...] = Field((), description="The ids of what a person may demand.")
    first: tuple[Way, ...] = Field(min_length=1, description="The channels to turn to first.")
    second: tuple[Way, ...] = Field((), description="The channels to turn to next.")
    evidence: Text = Field(description="The evidence that helps beyond the call log.")
    is_computed: bool = Field(
        False, description="True if dated contacts can show the violation even though no report claims it."
    )
    remarks: tuple[Remark, ...] = Field((), description="What else there is to know about it.")


class RouteOfOthers(Frozen):
    """The channels about one kind of party for people who are not its customers."""

    relations: tuple[Relation, ...] = Field(min_length=1, description="The people whom it is for.")
    first: tuple[Id, ...] = Field(description="The channels to turn to first.")
    fallback: tuple[Id, ...] = Field((), description="The channels to turn to if the first ones do not help.")
    why: Text = Field(description="Why these channels are responsible.")


class RespondentRoute(Fact):
    """The channels for filings about one kind of party."""

    respondent: Respondent = Field(description="The kind of party.")
    name: Text = Field(description="What this kind of party is called.")
    is_licensed: bool | None = Field(description="True if it holds a licence; null if that is not known.")
    first: tuple[Id, ...] = Field(description="The channels to turn to first.")
    fallback: tuple[Id, ...] = Field((), description="The channels to turn to if the first ones do not help.")
    governed_by: tuple[Id, ...] = Field(
        (), description="The ids of the rules about such parties that are not tied to a violation."
    )
    why: Text = Field(description="Why these channels are responsible.")
    others: tuple[RouteOfOthers, ...] = Field(
        (), description="The channels in place of these for people to whom the party sold nothing."
    )

    def of(self, relation: Relation) -> "RespondentRoute":
        """Return the route as it is for such a person."""
        for one in self.others:
            if relation in one.relations:
                return self.model_copy(
                    update={"first": one.first, "fallback": one.fallback, "why": one.why, "others": ()}
                )
        return self


class AddedChannels(Fact):
    """Channels that are added whenever all of its conditions hold."""

    rule_kinds: tuple[RuleKind, ...] | None = Field(
        None, description="A rule of one of these kinds is cited; null if none has to be."
    )
    relations: tuple[Relation, ...] | None = Field(
        None, description="The people for whom they are added; null if for everybody."
    )
    matters: tuple[Matter, ...] | None = Field(
        None, description="What the police may make of it; null if that does not matter."
    )
    stage: Literal["first", "second", "fallback"] = Field(description="When it is their turn.")
    channels: tuple[Id, ...] = Field(min_length=1, description="The channels that are added.")
    why: Text = Field(description="Why these channels are added.")


class LastResort(Fact):
    """The channels for when nothing else has helped."""

    channels: tuple[Id, ...] = Field(description="The channels.")
    why: Text = Field(description="When to turn to them.")


class ChannelsFile(Frozen):
    """channels.yaml: the authorities that accept filings, with their forms and deadlines."""

    channels: tuple[Channel, ...] = Field(description="The channels.")


class RulesFile(Frozen):
    """rules.yaml: laws, regulations, standards and self-regulation."""

    rules: tuple[Rule, ...] = Field(description="The rules.")


class ViolationsFile(Frozen):
    """violations.yaml: what a report may claim, with the rules it breaks and the channels to turn to."""

    violations: tuple[Violation, ...] = Field(description="The violation types.")
    demands: tuple[Demand, ...] = Field(description="What a person may demand.")


class RoutingFile(Frozen):
    """routing.yaml: the channels for filings about each kind of party."""

    respondents: tuple[RespondentRoute, ...] = Field(description="The channels by kind of party.")
    relations: tuple[PersonKind, ...] = Field(description="What a person can be to the debt.")
    questions: tuple[Question, ...] = Field(description="What routing asks, the most important first.")
    emergencies: tuple[Emergency, ...] = Field(description="The lines to call before anything else.")
    additions: tuple[AddedChannels, ...] = Field(description="The channels added on conditions.")
    before_filing: tuple[BeforeFiling, ...] = Field(description="What to know before anything is filed.")
    last_resort: LastResort = Field(description="The channels for when nothing else has helped.")
