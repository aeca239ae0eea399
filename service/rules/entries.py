"""What the catalogue says of rules, violation types and routing, and the files in which it stands."""

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field, model_validator

from service.rules.channels import Channel
from service.rules.facts import Fact, Frozen, Id, Remark, Status, Text
from service.rules.respondents import Respondent

#: In place of a channel: those that routing gives the respondent first.
AUTHORITY: Final = "authority"


class RuleKind(StrEnum):
    """What sort of rule it is; it decides whether the police is among the channels."""

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
#: How 催收非法债务罪 may be named: a catalogue cannot hide it behind another id.
ILLEGAL_DEBT_WORDS: Final = ("293之一", "二百九十三条之一", "催收非法债务", "293-1")


class Rule(Fact):
    """A rule that conduct may break."""

    id: Id
    title: Text
    says: Text
    kind: RuleKind
    basis: Literal["legal", "norm"] = Field(
        description="`legal`: breaking it is unlawful (违法). `norm`: recommended or self-regulatory (违反行业规范)."
    )
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="Kinds of parties that it binds; null: everybody."
    )
    remarks: tuple[Remark, ...] = ()

    @property
    def cited(self) -> str:
        """Its title as statements cite it, in Chinese: marked where nobody has read the official text."""
        return self.title.zh + ("" if self.status is Status.VERIFIED else f"〔{self.status_name.zh}〕")

    @property
    def is_about_illegal_debt(self) -> bool:
        """Whether it is 刑法 293之一, which is never cited against a licensed lender."""
        return any(word in text for word in ILLEGAL_DEBT_WORDS for text in (self.id, self.title.zh))

    @model_validator(mode="after")
    def _keeps_law_and_norm_apart(self) -> "Rule":
        if (self.kind in NORMS) != (self.basis == "norm"):
            raise ValueError("standards and self-regulation are norms, everything else is legal")
        if self.is_about_illegal_debt and self.respondents != (Respondent.UNLICENSED_LENDER,):
            raise ValueError(
                "刑法 293之一 is cited against unlicensed lenders only: respondents: [unlicensed_lender]"
            )
        return self


class Way(Frozen):
    """A channel that fits a violation, perhaps only on a condition."""

    channel: Id = Field(
        description="Id of a channel, or `authority`: those that routing gives the respondent."
    )
    condition: Text | None = None


class Violation(Fact):
    """A type of violation: the rules it breaks, the channels it goes to, and what proves it."""

    id: Id
    name: Text
    legal_basis: tuple[Id, ...]
    norm_basis: tuple[Id, ...]
    first: tuple[Way, ...] = Field(min_length=1, description="Channels to go to first.")
    second: tuple[Way, ...] = Field((), description="Channels to go to next.")
    evidence: Text = Field(description="What helps beyond the call log.")
    is_computed: bool = Field(False, description="Also found from dated contacts, not only claimed.")
    remarks: tuple[Remark, ...] = ()


class RespondentRoute(Fact):
    """Where matters about one kind of party go."""

    respondent: Respondent
    name: Text
    is_licensed: bool | None = Field(description="Null: not known.")
    first: tuple[Id, ...]
    fallback: tuple[Id, ...] = ()
    why: Text


class AddedChannels(Fact):
    """Channels that are added whenever a rule of these kinds applies."""

    rule_kinds: tuple[RuleKind, ...] = Field(min_length=1)
    channels: tuple[Id, ...] = Field(min_length=1)
    why: Text


class LastResort(Fact):
    """Channels for when nothing else has helped."""

    channels: tuple[Id, ...]
    why: Text


class ChannelsFile(Frozen):
    """channels.yaml: the authorities that take filings, with their forms and deadlines."""

    channels: tuple[Channel, ...]


class RulesFile(Frozen):
    """rules.yaml: laws, regulations, standards and self-regulation."""

    rules: tuple[Rule, ...]


class ViolationsFile(Frozen):
    """violations.yaml: what a report may claim, with its bases and channels."""

    violations: tuple[Violation, ...]


class RoutingFile(Frozen):
    """routing.yaml: where matters about each kind of party go."""

    respondents: tuple[RespondentRoute, ...]
    additions: tuple[AddedChannels, ...]
    last_resort: LastResort
