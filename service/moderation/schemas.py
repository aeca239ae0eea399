"""Reviews, decisions and disputes of moderators, as JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from service.decisions.decide import DecisionKind
from service.disputes.schemas import Dispute, storable
from service.edge.validation import Day

#: Owners and reporters read it, so it must name nobody.
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=2000),
    AfterValidator(storable),
]
WHY = "Says why. The number's owner and its reporters can read it: name no person in it."
EPOCH = "First day of the new owner; needed for `recycled`, and only then."
DECISIONS = (
    "`abusive`: the number is confirmed; `cleared`: it is not abusive, and further reports do not list it; `protected`: it "
    "is a verified line of an organisation, which reports never list; `released`: an earlier decision ends, and reports "
    "count again; `recycled`: the number has a new owner, and earlier reports no longer count."
)


class Review(BaseModel):
    """A number that waits for a person's decision, with its published verdict if it has one."""

    number: str = Field(description="The number, as its canonical key.")
    waits_since: datetime = Field(description="Since when the number has been waiting.")
    reasons: list[str] = Field(description="Codes of why a person has to look at it.")
    verdict: str | None = Field(description="The published verdict; null if there is none.")
    score: float | None = Field(ge=0, le=1, description="The published score.")
    reporters_at_least: int | None = Field(ge=0, description="Lower bound of how many people reported it.")
    trust_probability: float | None = Field(
        ge=0, le=1, description="How probably the crowd of its reporters can be believed."
    )
    trust_without_strongest: float | None = Field(
        ge=0, le=1, description="The same without the cluster that supports it most."
    )
    effective_clusters: float | None = Field(
        ge=0, description="How many independent clusters the support amounts to."
    )
    abusive_by_opinions: float | None = Field(
        ge=0,
        le=1,
        description="Where reporters disagree: how probably the number is abusive, estimated from who says what about which "
        "other numbers.",
    )


class Reviews(BaseModel):
    """Numbers that wait for a person's decision, longest wait first."""

    reviews: list[Review] = Field(description="The numbers, longest wait first.")


class NewDecision(BaseModel):
    """A person's decision about a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: DecisionKind = Field(description=DECISIONS)
    reason: Why = Field(description=WHY)
    owner_since: Day | None = Field(None, description=EPOCH)


class StoredDecision(BaseModel):
    """A decision that was taken about a number."""

    decided_at: datetime = Field(description="When it was decided.")
    decision: DecisionKind = Field(description=DECISIONS)
    reason: str = Field(description="Why it was decided so.")
    decided_by: str = Field(description="Id of the key, or name of the operator's person, that decided.")
    owner_since: date | None = Field(description="First day of the new owner; only for `recycled`.")


class StoredDecisions(BaseModel):
    """All decisions about a number, oldest first; the newest is in force."""

    number: str = Field(description="The number, as its canonical key.")
    decisions: list[StoredDecision] = Field(description="The decisions, oldest first.")


class OpenDispute(Dispute):
    """A dispute as moderators see it, with what is published about its number."""

    kind: str = Field(description="Kind of the number.")
    decided_by: str | None = Field(description="Who decided the dispute; null while it is open.")
    verdict: str | None = Field(None, description="The published verdict; null if there is none.")
    score: float | None = Field(None, ge=0, le=1, description="The published score.")
    reporters_at_least: int | None = Field(
        None, ge=0, description="Lower bound of how many people reported the number."
    )


class OpenDisputes(BaseModel):
    """Disputes that wait for a person's decision, earliest due day first."""

    disputes: list[OpenDispute] = Field(description="The disputes, earliest due day first.")


class DisputeDecision(BaseModel):
    """A decision that ends a dispute: upheld, with a decision about its number, or rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["upheld", "rejected"] = Field(description="Upholds or rejects the dispute.")
    decision: Literal["cleared", "protected", "recycled", "released"] | None = Field(
        None, description="What is decided about the number; needed if, and only if, the dispute is upheld."
    )
    reason: Why = Field(description=WHY)
    owner_since: Day | None = Field(None, description=EPOCH)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "DisputeDecision":
        if (self.decision is None) != (self.outcome == "rejected"):
            raise PydanticCustomError("outcome_without_decision", "Upheld disputes name a decision")
        return self


class SettledDispute(BaseModel):
    """A dispute that was just decided."""

    dispute_id: UUID = Field(description="Identifies the dispute.")
    state: str = Field(description="How the dispute ended: `upheld` or `rejected`.")
    closed_at: datetime = Field(description="When the dispute ended.")
