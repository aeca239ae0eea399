"""Look-ups and their answers on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_NUMBERS = 10_000


class Lookup(BaseModel):
    """The numbers to look up at once."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_NUMBERS)
    ] = Field(description="The caller IDs as they were displayed, at most 10,000.")


class ScoreReason(BaseModel):
    """A reason for the score, with a sentence in Chinese and English."""

    code: str = Field(description="The stable code of the reason.")
    zh: str = Field(description="The reason as a sentence in Chinese.")
    en: str = Field(description="The reason as a sentence in English.")


class VerifiedLine(BaseModel):
    """Whose line a number is, as the operator has verified it. It says nothing about the calls, and protects no line."""

    name: str = Field(description="The organisation's name.")
    complaints: str = Field(description="Where to complain to the organisation.")


class Answer(BaseModel):
    """What is published about a number: no more than its verdict tells.

    Score, category, reasons, counts and days come with `suspected` and `confirmed` alone. Otherwise they are null, empty
    or 0, which says nothing about whether anybody reported the number.
    """

    number: str = Field(description="The canonical form of the number, such as `+8619790001234`.")
    kind: str = Field(description="What kind of number it is, such as `mobile` or `service_95`.")
    region: str | None = Field(description="The region by the number's prefix; null where it is not known.")
    carrier: str | None = Field(description="The carrier by the number's prefix; null where it is not known.")
    virtual_operator: bool = Field(description="Whether the prefix belongs to a virtual operator.")
    suspected_spoofing: bool = Field(description="Whether no real subscriber can call from this number.")
    verdict: str = Field(
        description="The published verdict: `unknown`, `suspected`, `confirmed`, `disputed`, `cleared` or `protected`."
    )
    score: float | None = Field(
        description="The calibrated probability, 0 to 1, of use for illegal collection; null unless the number is listed."
    )
    category: str | None = Field(description="The violation that is reported most.")
    reasons: list[ScoreReason] = Field(description="At most three reasons for the score.")
    reports_at_least: int = Field(description="The lower bound of the number of reports that accuse it.")
    reporters_at_least: int = Field(description="The lower bound of the number of reporters who accuse it.")
    opposed_by_at_least: int = Field(
        description="The lower bound of the number of reporters who call it legitimate; 0 where there are few."
    )
    first_reported_on: str | None = Field(
        description="The day of the first report that accuses it, in Asia/Shanghai."
    )
    last_reported_on: str | None = Field(
        description="The day of the newest report that accuses it, in Asia/Shanghai."
    )
    simulated: bool = Field(description="Whether the reports were made by the demonstration.")
    revision: int | None = Field(
        description="The place of the verdict in the feed; null of a number that is not listed."
    )
    model: str | None = Field(description="The version of the model that computed the score.")
    campaign_id: str | None = Field(
        description="Shared by numbers probably used by the same caller; similarity, not proof."
    )
    organisation: VerifiedLine | None = Field(
        description="Whose verified line it is and where to complain; null where that is not known."
    )


class SingleAnswer(Answer):
    """An answer, and how old the replica is that it comes from."""

    stale: bool = Field(description="Whether the replica has not heard from the database for too long.")
    age_seconds: float = Field(description="How many seconds ago the replica last heard from the database.")


class Unreadable(BaseModel):
    """A text that is not a telephone number, and what is wrong with it."""

    input: str = Field(description="The text as it was sent.")
    error: str = Field(description="The code of what is wrong, such as `number_too_short`.")
    position: int | None = Field(
        None,
        description="Which character of the text is at fault, counted from 1; absent if it is no single one.",
    )


class Answers(BaseModel):
    """The answers, in the order of the numbers asked for."""

    answers: list[Answer | Unreadable] = Field(
        description="One answer for each number, in the order of the request."
    )
    stale: bool = Field(description="Whether the replica has not heard from the database for too long.")
    age_seconds: float = Field(description="How many seconds ago the replica last heard from the database.")
