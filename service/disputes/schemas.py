"""What codes, owners and disputes look like on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from service.edge.validation import is_storable
from service.reports.schemas import ReportedNumber

STATEMENT_LIMIT = 2000

Reason = Literal["recycled", "legitimate_business", "never_called", "other"]
DisputeState = Literal["open", "withdrawn", "upheld", "rejected"]


def storable(text: str) -> str:
    """The text, which PostgreSQL can store; raises pydantic's error otherwise."""
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text


Statement = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=10, max_length=STATEMENT_LIMIT),
    AfterValidator(storable),
]


class CodeRequest(BaseModel):
    """The solved challenge of `GET /v1/reporters/challenge`, base64 as ALTCHA gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    altcha: str = Field(max_length=8192)


class SentCode(BaseModel):
    """A code is on its way to the number. Its id is told to nobody else, and needed to use it."""

    code_id: UUID
    expires_at: datetime


class NewOwner(BaseModel):
    """Who shows control of a number: the code that was sent to it, and its id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: ReportedNumber
    code_id: UUID
    code: str = Field(pattern="^[0-9]{6}$", description="The six digits that the number was sent.")


class OwnerToken(BaseModel):
    """An owner's token. It is shown this once: only its keyed hash is stored."""

    token: str


class NewDispute(BaseModel):
    """What an owner says against what is published of the number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason = Field(
        description="`recycled`: the number had another owner before; `legitimate_business`: its calls are lawful "
        "and expected; `never_called`: others forge it; `other`."
    )
    statement: Statement = Field(description="What happened, in the owner's words. Stored encrypted.")
    new_facts: Statement | None = Field(
        None, description="What is new since a dispute of this number was rejected. Stored encrypted."
    )


class Addition(BaseModel):
    """What an owner adds to an open dispute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: Statement


class StoredStatement(BaseModel):
    """Something an owner said; null where it was destroyed."""

    position: int
    recorded_at: datetime
    text: str | None


class Dispute(BaseModel):
    """A dispute as its owner sees it."""

    dispute_id: UUID
    number: str
    reason: Reason
    opened_at: datetime
    due_on: date = Field(description="By this day (Asia/Shanghai) a person decides.")
    state: DisputeState
    closed_at: datetime | None
    explanation: str | None = Field(description="Why it was upheld or rejected.")
    statements: list[StoredStatement]


class Disputes(BaseModel):
    """An owner's disputes, newest first."""

    disputes: list[Dispute]
