"""Look-ups and their answers on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_NUMBERS = 10_000


class Lookup(BaseModel):
    """Numbers to look up at once."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_NUMBERS)
    ] = Field(description="Caller IDs as they were shown, at most 10,000.")


class ScoreReason(BaseModel):
    """Why the score is what it is."""

    code: str
    zh: str
    en: str


class Answer(BaseModel):
    """What is published of a number. Counts are lower bounds of bands; 0 with `unknown` tells nothing."""

    number: str
    kind: str
    region: str | None
    carrier: str | None
    virtual_operator: bool
    suspected_spoofing: bool
    verdict: str
    score: float | None
    category: str | None
    reasons: list[ScoreReason]
    reports_at_least: int
    reporters_at_least: int
    first_reported_on: str | None
    last_reported_on: str | None
    simulated: bool
    revision: int | None
    model: str | None
    campaign_id: str | None = Field(
        description="Of numbers that are likely of one hand; a likeness, not a proof."
    )


class SingleAnswer(Answer):
    """An answer and how old the replica is that gave it."""

    stale: bool
    age_seconds: float


class Unreadable(BaseModel):
    """A text that is no number, and the code of what is wrong with it."""

    input: str
    error: str


class Answers(BaseModel):
    """Answers in the order of the numbers asked for."""

    answers: list[Answer | Unreadable]
    stale: bool
    age_seconds: float
