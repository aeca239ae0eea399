"""Codes, owners and disputes as JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from service.edge.validation import is_storable
from service.reports.schemas import ReportedNumber

STATEMENT_LIMIT = 2000

DisputeReason = Literal["recycled", "legitimate_business", "never_called", "other"]
DisputeState = Literal["open", "withdrawn", "upheld", "rejected"]


def storable(text: str) -> str:
    """Return the text; raises pydantic's error if PostgreSQL cannot store it."""
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text


Statement = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=10, max_length=STATEMENT_LIMIT),
    AfterValidator(storable),
]


class CodeRequest(BaseModel):
    """A request for a code, paid for with a solved challenge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    altcha: str = Field(
        max_length=8192,
        description="The solved challenge of `GET /v1/reporters/challenge`, in base64 as ALTCHA returns it.",
    )


class SentCode(BaseModel):
    """A code that is on its way to the number. Only the requester receives its id, which is needed to use the code."""

    code_id: UUID = Field(description="Identifies the code.")
    expires_at: datetime = Field(description="Until when the code can be used.")


class NewOwner(BaseModel):
    """Proof of control of a number: the code that was sent to it, and the code's id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: ReportedNumber
    code_id: UUID = Field(description="Id of the code, as the request for it returned it.")
    code: str = Field(pattern="^[0-9]{6}$", description="The six digits that were sent to the number.")


class OwnerToken(BaseModel):
    """An owner's token. It is shown only this once: the service stores nothing but its keyed hash."""

    token: str = Field(description="Authenticates the owner, as a bearer token.")


class NewDispute(BaseModel):
    """An owner's objection to what is published about the number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: DisputeReason = Field(
        description="`recycled`: the number had another owner before; `legitimate_business`: its calls are lawful "
        "and expected; `never_called`: others forge it; `other`: anything else."
    )
    statement: Statement = Field(
        description="Says what happened, in the owner's words. It is stored encrypted."
    )
    new_facts: Statement | None = Field(
        None,
        description="Says what is new since a dispute of this number was rejected. It is stored encrypted, and needed for "
        "90 days after a rejection.",
    )


class Addition(BaseModel):
    """Something that an owner adds to an open dispute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: Statement = Field(description="What the owner adds. It is stored encrypted.")


class NewRangeDispute(NewDispute):
    """An organisation's objection to what is published about its verified lines."""

    after: Annotated[str, Field(max_length=32), AfterValidator(storable)] | None = Field(
        None, description="Goes on after this number: the `next` of an earlier answer."
    )


class OpenedDispute(BaseModel):
    """A dispute that was opened for one of an organisation's lines."""

    number: str = Field(description="The disputed number, as its canonical key.")
    dispute_id: UUID = Field(description="Identifies the dispute.")
    due_on: date = Field(description="The day (Asia/Shanghai) by which a person decides.")


class RefusedDispute(BaseModel):
    """One of an organisation's lines for which no dispute could be opened."""

    number: str = Field(description="The number, as its canonical key.")
    code: str = Field(description="Code of the problem, such as `too_many_disputes`.")


class RangeDisputes(BaseModel):
    """Disputes that were opened for an organisation's lines."""

    opened: list[OpenedDispute] = Field(description="The disputes that were opened, by number.")
    refused: list[RefusedDispute] = Field(description="Numbers for which none could be opened, and why.")
    next: str | None = Field(
        description="Send this as `after` for the numbers that are left; null if there are none."
    )


class DisputeProof(BaseModel):
    """A file that is attached to a dispute."""

    proof_id: UUID = Field(description="Identifies the file.")
    media_type: str = Field(description="Type of the file, by its content.")
    size: int = Field(ge=1, description="Size in bytes.")
    sha256: str = Field(description="SHA-256 of the file as it was sent, in hexadecimal.")
    recorded_at: datetime = Field(description="When it was received.")


class StoredStatement(BaseModel):
    """A statement of an owner."""

    position: int = Field(ge=0, description="Place of the statement in the dispute.")
    recorded_at: datetime = Field(description="When the statement was received.")
    text: str | None = Field(description="The statement; null once it was destroyed.")


class Dispute(BaseModel):
    """A dispute as its owner sees it."""

    dispute_id: UUID = Field(description="Identifies the dispute.")
    number: str = Field(description="The disputed number, as its canonical key.")
    reason: DisputeReason = Field(description="Why the owner disputes what is published.")
    opened_at: datetime = Field(description="When the dispute was opened.")
    due_on: date = Field(description="The day (Asia/Shanghai) by which a person decides.")
    state: DisputeState = Field(description="Whether the dispute is open, and how it ended if it is not.")
    closed_at: datetime | None = Field(description="When the dispute ended; null while it is open.")
    explanation: str | None = Field(description="Why the dispute was upheld or rejected.")
    statements: list[StoredStatement] = Field(description="What the owner said, in order.")
    proofs: list[DisputeProof] = Field(description="The files that the owner attached, the oldest first.")


class Disputes(BaseModel):
    """The disputes of an owner, newest first."""

    disputes: list[Dispute] = Field(description="The disputes, newest first.")
