"""What moderators see and say on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from service.decisions.decide import DecisionKind
from service.disputes.schemas import Dispute, storable
from service.edge.validation import Day

#: Owners and reporters read it: it takes no one's name or number.
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=2000),
    AfterValidator(storable),
]
WHY = "Why. Owner and reporters of the number read it: name no person in it."
EPOCH = "For `recycled`, and for that alone: the first day of the new owner."


class Review(BaseModel):
    """A number that waits for a person, with its published verdict where it has one."""

    number: str
    waits_since: datetime
    reasons: list[str]
    verdict: str | None
    score: float | None
    reporters_at_least: int | None
    trust_probability: float | None
    trust_without_strongest: float | None
    effective_clusters: float | None
    abusive_by_opinions: float | None = Field(
        description="Where reporters differ: how probably it is abusive, by who says what of which other numbers."
    )


class Reviews(BaseModel):
    """Numbers that wait for a person, those first that have waited longest."""

    reviews: list[Review]


class NewDecision(BaseModel):
    """A person's decision about a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: DecisionKind
    reason: Why = Field(description=WHY)
    owner_since: Day | None = Field(None, description=EPOCH)


class StoredDecision(BaseModel):
    """A decision that was taken about a number, by whom and why."""

    decided_at: datetime
    decision: DecisionKind
    reason: str
    decided_by: str
    owner_since: date | None


class StoredDecisions(BaseModel):
    """All decisions about a number, oldest first; the newest holds."""

    number: str
    decisions: list[StoredDecision]


class OpenDispute(Dispute):
    """A dispute as moderators see it, with what is published of its number where something is."""

    kind: str
    decided_by: str | None
    verdict: str | None = None
    score: float | None = None
    reporters_at_least: int | None = None


class OpenDisputes(BaseModel):
    """Disputes that wait for a person, those first that are due first."""

    disputes: list[OpenDispute]


class DisputeDecision(BaseModel):
    """How a dispute ends: upheld with a decision about its number, or rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["upheld", "rejected"]
    decision: Literal["cleared", "protected", "recycled", "released"] | None = Field(
        None, description="Of an upheld dispute: what is decided about the number."
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

    dispute_id: UUID
    state: str
    closed_at: datetime
