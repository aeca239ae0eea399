"""What a report looks like on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ml.words import VIOLATIONS, Kind
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import is_storable
from service.numbers.parse import Number, NumberError, parse_number
from service.violations import Violation

NARRATIVE_LIMIT = 2000
SHOWN_LIMIT = 64
#: A telephone's clock may be this far ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def _read_number(value: Any) -> tuple[Number, str]:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    if len(value) > SHOWN_LIMIT:
        raise PydanticCustomError(
            "string_too_long", "At most {max_length} characters", {"max_length": SHOWN_LIMIT}
        )
    _storable(value)
    try:
        return parse_number(value), value
    except NumberError as error:
        raise PydanticCustomError(f"number_{error.problem}", "This is not a number") from error


def _storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text.strip()


ReportedNumber = Annotated[
    tuple[Number, str],
    PlainValidator(_read_number),
    PlainSerializer(lambda pair: pair[0].key),
    WithJsonSchema({
        "type": "string", "maxLength": SHOWN_LIMIT,
        "description": "The caller ID as it was shown; empty, 未知号码 or anonymous for a withheld one.",
        "examples": ["197 9000 1234", "010-12345678", "95588", "未知号码"],
    }),
]  # fmt: skip


def _written_out(value: Any) -> Any:
    """A bare count of seconds is no time that a person can check."""
    is_count = isinstance(value, int | float) or (isinstance(value, str) and value.strip("+-. \t").isdigit())
    if is_count:
        raise PydanticCustomError("datetime_type", "Should be an RFC 3339 time")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Text100 = Annotated[str, Field(max_length=100), AfterValidator(_storable)]
Text200 = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
Narrative = Annotated[str, Field(max_length=NARRATIVE_LIMIT), AfterValidator(_storable)]
Violations = Annotated[list[Violation], Field(max_length=len(VIOLATIONS))]


class Report(BaseModel):
    """One person's claim about one call or message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: ReportedNumber
    medium: Literal["voice", "sms", "other"] = "voice"
    occurred_at: Moment = Field(description="When it happened, with its time zone (RFC 3339).")
    duration_seconds: int | None = Field(None, ge=0, le=86_400)
    connected: bool | None = Field(None, description="Whether the call was answered.")
    caller: Literal["human", "automated", "one_ring"] | None = None
    claimed_institution: Text100 | None = Field(None, description="Whom the caller claimed to act for.")
    relation: Literal["debtor", "third_party", "wrong_person"] | None = Field(
        None, description="What the called person is to the debt."
    )
    violations: Violations = Field(default=[], description="Ids of the violation catalogue.")
    narrative: Narrative | None = Field(None, description="What was said and done. Never published.")
    opinion: Literal["abusive", "legitimate"] = "abusive"
    callee: Text100 | None = Field(None, description="The called number. Stored encrypted only.")
    contact: Text200 | None = Field(None, description="How to reach the reporter. Stored encrypted only.")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Report":
        if self.opinion == "legitimate" and self.violations:
            raise PydanticCustomError("contradiction", "A legitimate call violates nothing")
        return self


class PartnerReport(Report):
    """A report handed in by a partner for one of its users."""

    reporter: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        AfterValidator(_storable),
    ] = Field(description="The partner's own pseudonym of the reporter; stored only as a keyed hash.")
    group: Text100 | None = Field(
        None, description="Reporters who may not be independent of each other share a group, e.g. a district."
    )


class Supplement(BaseModel):
    """What is added to a report later; what was said before stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    narrative: Narrative | None = None
    claimed_institution: Text100 | None = None
    violations: Violations = []
    callee: Text100 | None = None
    contact: Text200 | None = None

    @model_validator(mode="after")
    def _adds_something(self) -> "Supplement":
        if not any(self.model_dump().values()):
            raise PydanticCustomError("empty", "Nothing to add")
        return self


class Receipt(BaseModel):
    """The answer to a report: it is stored for good when this arrives."""

    report_id: UUID
    status: Literal["stored", "repeated"]
    number: str
    kind: Kind
    suspected_spoofing: bool
    recorded_at: datetime | None = Field(description="Null where an earlier report was repeated.")


class StoredSupplement(BaseModel):
    """A supplement as its reporter sees it."""

    position: int
    recorded_at: datetime
    narrative: str | None
    claimed_institution: str | None
    violations: list[str]
    callee: str | None
    contact: str | None


class StoredReport(BaseModel):
    """A report as its own reporter sees it."""

    report_id: UUID
    number: str
    kind: Kind
    medium: str
    occurred_at: datetime
    recorded_at: datetime
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    claimed_institution: str | None
    relation: str | None
    violations: list[str]
    narrative: str | None
    opinion: str
    callee: str | None
    contact: str | None
    retracted_at: datetime | None
    supplements: list[StoredSupplement] = []


class ReportPage(BaseModel):
    """One's own reports, newest first; `next` continues the list."""

    reports: list[StoredReport]
    next: UUID | None


class NewReporter(BaseModel):
    """The solved challenge of `GET /v1/reporters/challenge`, base64 as ALTCHA gives it."""

    model_config = ConfigDict(extra="forbid")

    altcha: str = Field(max_length=8192)
    device: str | None = Field(
        None,
        min_length=16,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="A random key that the app made on this device and keeps across accounts. Only its keyed hash "
        "is stored: accounts of one device count as one.",
    )


class ReporterToken(BaseModel):
    """A reporter's token. It is shown this once: only its keyed hash is stored."""

    token: str


def check_occurred_at(occurred_at: datetime, now: datetime, field: str = "occurred_at") -> None:
    """Refuse a time in the future or before 2000."""
    if occurred_at > now + CLOCK_TOLERANCE:
        raise ProblemError(
            INVALID_REQUEST,
            fields=[FieldError(field, "in_the_future", "时间在将来", "This time is in the future")],
        )
    if occurred_at < EARLIEST:
        raise ProblemError(
            INVALID_REQUEST,
            fields=[FieldError(field, "too_long_ago", "时间早于 2000 年", "This time is before 2000")],
        )
