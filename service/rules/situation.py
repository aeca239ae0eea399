"""What is known about a person's situation. Everything may be unknown: then the catalogue says so and asks."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from service.rules.respondents import Respondent


class Relation(StrEnum):
    """Whose debt it is, seen from the person who asks."""

    DEBTOR = "debtor"
    THIRD_PARTY = "third_party"
    WRONG_PERSON = "wrong_person"
    OWNER = "owner"
    UNKNOWN = "unknown"


class Product(StrEnum):
    """The kind of debt: some rules are about credit cards only."""

    CREDIT_CARD = "credit_card"
    LOAN = "loan"
    UNKNOWN = "unknown"


class Matter(StrEnum):
    """The kind of matter that the police make of it: what can follow a refusal differs."""

    PUBLIC_ORDER = "public_order"
    CRIMINAL = "criminal"
    UNKNOWN = "unknown"


class Reply(StrEnum):
    """An answer to a question of yes or no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Circumstance(StrEnum):
    """A circumstance in which a rule or a channel fits that otherwise does not."""

    DANGER = "danger"
    PAID = "paid"
    COURT = "court"
    REPEATED = "repeated"
    PUBLIC = "public"
    OFFICIALS = "officials"
    ENTERED = "entered"
    MONEY_DEMANDED = "money_demanded"
    INTEREST = "interest"
    INFORMATION_TRADED = "information_traded"
    LINE_TRADED = "line_traded"
    ORGANISED = "organised"


#: Kinds of parties that are lenders without a licence if they have none.
_LENDERS: Final = frozenset({Respondent.UNKNOWN, Respondent.SMALL_LOAN})
#: Kinds of parties that hold a licence by what they are: without one, the caller only uses their name.
_LICENSED: Final = frozenset(
    {
        Respondent.BANK,
        Respondent.CONSUMER_FINANCE,
        Respondent.INSURER,
        Respondent.PAYMENT_INSTITUTION,
        Respondent.CREDIT_REPORTING,
    }
)
#: 010, 0571 … as it is dialled, or that it is not known.
AreaCode = Annotated[str, Field(pattern=r"^(0[1-9][0-9]{1,2}|unknown)$")]
UNKNOWN_PLACE: Final = "unknown"


class Answers(BaseModel):
    """What a person can say about the situation besides who the other party is."""

    model_config = ConfigDict(frozen=True)

    relation: Relation = Field(
        Relation.UNKNOWN, description="Whose debt it is, seen from the person who asks."
    )
    licensed: Reply = Field(Reply.UNKNOWN, description="Whether that party holds a licence to lend.")
    product: Product = Field(Product.UNKNOWN, description="The kind of debt.")
    matter: Matter = Field(Matter.UNKNOWN, description="The kind of matter that the police make of it.")
    area_code: AreaCode = Field(
        UNKNOWN_PLACE,
        description="The telephone area code of the party's seat, such as 0571, which goes in front of 12345; or `unknown`.",
    )
    danger: Reply = Field(Reply.UNKNOWN, description="Whether somebody is in danger now.")
    paid: Reply = Field(Reply.UNKNOWN, description="Whether money was just paid or a code given.")
    court: Reply = Field(Reply.UNKNOWN, description="Whether the caller claims to be a court, or a summons.")
    repeated: Reply = Field(Reply.UNKNOWN, description="Whether it happened more than once.")
    public: Reply = Field(Reply.UNKNOWN, description="Whether it happened in public, in a group or online.")
    officials: Reply = Field(
        Reply.UNKNOWN, description="Whether state officials or organs, not lawyers, were impersonated."
    )
    entered: Reply = Field(Reply.UNKNOWN, description="Whether a home was entered without consent.")
    money_demanded: Reply = Field(
        Reply.UNKNOWN, description="Whether money that is not owed was demanded by threats."
    )
    interest: Reply = Field(Reply.UNKNOWN, description="Whether it is about interest, and not about a fee.")
    information_traded: Reply = Field(
        Reply.UNKNOWN, description="Whether personal information was traded or obtained unlawfully."
    )
    line_traded: Reply = Field(Reply.UNKNOWN, description="Whether the number or line is let or traded.")
    organised: Reply = Field(Reply.UNKNOWN, description="Whether several people do it in an organised way.")


#: What somebody knows who was asked nothing yet.
NOTHING_SAID: Final = Answers()


class Situation(Answers):
    """Who asks, about whom, and in which circumstances."""

    respondent: Respondent = Field(
        Respondent.UNKNOWN, description="The kind of party that the caller collects for."
    )

    def reply(self, circumstance: Circumstance) -> Reply:
        """Return what is known about a circumstance."""
        known: Reply = getattr(self, circumstance.value)
        return known

    @property
    def party(self) -> Respondent:
        """Return the kind of party, unknown if what was said about its licence contradicts it."""
        if self.licensed is Reply.NO and self.respondent in _LENDERS:
            return Respondent.UNLICENSED_LENDER
        if self.licensed is Reply.NO and self.respondent in _LICENSED:
            return Respondent.UNKNOWN
        if self.licensed is Reply.YES and self.respondent is Respondent.UNLICENSED_LENDER:
            return Respondent.UNKNOWN
        return self.respondent
