"""Reports and their reporters, as JSON."""

from datetime import date, datetime
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
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ml.words import VIOLATIONS, Kind
from service.edge.validation import is_storable
from service.numbers.mistyped import refuse_lost_digit, refuse_typing_error
from service.numbers.parse import Number, NumberError, parse_number
from service.reports.when import noon_of
from service.violations import Violation

NARRATIVE_LIMIT = 2000
SHOWN_LIMIT = 64


def _read_number(value: Any, info: ValidationInfo) -> tuple[Number, str]:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    if len(value) > SHOWN_LIMIT:
        raise PydanticCustomError(
            "string_too_long", "At most {max_length} characters", {"max_length": SHOWN_LIMIT}
        )
    _storable(value)
    try:
        number = parse_number(value)
        if info.data.get("number_from") != "telephone":
            refuse_typing_error(number)
            refuse_lost_digit(value, number)
    except NumberError as error:
        raise PydanticCustomError(f"number_{error.problem}", "This is not a number", error.values) from error
    return number, value


def _storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text.strip()


ReportedNumber = Annotated[
    tuple[Number, str],
    PlainValidator(_read_number),
    PlainSerializer(lambda pair: pair[0].key),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": SHOWN_LIMIT,
            "description": "The caller ID as it was displayed; empty, 未知号码 or anonymous if it was withheld.",
            "examples": ["197 9000 1234", "010-12345678", "95588", "未知号码"],
        }
    ),
]


def _written_out(value: Any) -> Any:
    """Return the value; raises pydantic's error for a bare count of seconds, which no person can check."""
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

    number_from: Literal["person", "telephone"] = Field(  # before the number, which is judged by it
        "person",
        description="Who wrote the number: a person, whose typing errors are refused with what is wrong, or a "
        "telephone that showed exactly these digits, even if no such number can exist, which is a sign of spoofing.",
    )
    number: ReportedNumber
    medium: Literal["voice", "sms", "other"] = Field(
        "voice", description="Whether it was a call, a text message or something else."
    )
    occurred_at: Moment = Field(description="When it happened, with its time zone (RFC 3339).")
    time_known: bool = Field(
        True,
        description="False if the person knows only the day: of `occurred_at` then only its day in China counts, and "
        "nothing is concluded from an hour. Two such reports of one number and day are one.",
    )
    duration_seconds: int | None = Field(
        None, ge=0, le=86_400, description="How long the call lasted, in seconds."
    )
    connected: bool | None = Field(None, description="Whether the call was answered.")
    caller: Literal["human", "automated", "one_ring"] | None = Field(
        None, description="Who called: a person, a machine, or one ring without anybody."
    )
    claimed_institution: Text100 | None = Field(
        None, description="The institution that the caller claimed to act for."
    )
    relation: Literal["debtor", "third_party", "wrong_person"] | None = Field(
        None,
        description="How the called person is related to the debt: the debtor, a third party, or a person mistaken for the "
        "debtor.",
    )
    violations: Violations = Field(
        default=[], description="Ids of the violations, from `GET /v1/violations`."
    )
    narrative: Narrative | None = Field(None, description="What was said and done. It is never published.")
    opinion: Literal["abusive", "legitimate"] = Field(
        "abusive", description="Whether the reporter considers the call abusive or legitimate."
    )
    callee: Text100 | None = Field(None, description="The called number. It is stored only encrypted.")
    contact: Text200 | None = Field(
        None, description="How the reporter can be reached. It is stored only encrypted."
    )

    @property
    def happened_at(self) -> datetime:
        """When it happened; noon in China of a day whose hour is not known, as reports of feeds have it."""
        return self.occurred_at if self.time_known else noon_of(self.occurred_at)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Report":
        if self.opinion == "legitimate" and self.violations:
            raise PydanticCustomError("contradiction", "A legitimate call violates nothing")
        return self


class PartnerReport(Report):
    """A report that a partner submits for one of its users."""

    reporter: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        AfterValidator(_storable),
    ] = Field(description="The partner's own pseudonym of the reporter; it is stored only as a keyed hash.")
    group: Text100 | None = Field(
        None,
        description="Names a group that reporters share who may not be independent of each other, such as a district.",
    )


class Supplement(BaseModel):
    """An addition to a report; what was said before stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    narrative: Narrative | None = Field(
        None, description="What else was said and done. It is never published."
    )
    claimed_institution: Text100 | None = Field(
        None, description="The institution that the caller claimed to act for."
    )
    violations: Violations = Field(
        default=[], description="Ids of further violations, from `GET /v1/violations`."
    )
    callee: Text100 | None = Field(None, description="The called number. It is stored only encrypted.")
    contact: Text200 | None = Field(
        None, description="How the reporter can be reached. It is stored only encrypted."
    )

    @model_validator(mode="after")
    def _adds_something(self) -> "Supplement":
        if not any(self.model_dump().values()):
            raise PydanticCustomError("empty", "Nothing to add")
        return self


class Receipt(BaseModel):
    """The answer to a report, which is durable when this arrives."""

    report_id: UUID = Field(description="Identifies the report.")
    status: Literal["stored", "repeated"] = Field(
        description="Whether the report is new, or repeats one of the same number and minute."
    )
    number: str = Field(description="The number, as its canonical key.")
    kind: Kind = Field(description="Kind of the number.")
    suspected_spoofing: bool = Field(
        description="Whether no network shows this caller ID for a real subscriber."
    )
    recorded_at: datetime | None = Field(
        description="When the report was stored; null if an earlier report was repeated."
    )


class StoredSupplement(BaseModel):
    """An addition to a report, as its reporter sees it."""

    position: int = Field(ge=0, description="Place of the addition among those of the report.")
    recorded_at: datetime = Field(description="When the addition was stored.")
    narrative: str | None = Field(description="What else was said and done.")
    claimed_institution: str | None = Field(description="The institution that the caller claimed to act for.")
    violations: list[str] = Field(description="Ids of the violations that were added.")
    callee: str | None = Field(description="The called number; only its reporter can see it.")
    contact: str | None = Field(description="How the reporter can be reached; only the reporter can see it.")


class Finding(BaseModel):
    """What an agency found out about a report, as its reporter sees it."""

    agency: str | None = Field(description="The agency's title; null if it is not registered any more.")
    result: Literal["upheld", "rejected", "no_finding"] = Field(
        description="`upheld`: the report was right; `rejected`: it was investigated and was wrong; `no_finding`: neither."
    )
    decided_on: date = Field(description="The day of the decision.")
    note: str | None = Field(
        description="What the agency says to the reporter. Numbers that identify others are masked."
    )
    is_about_report: bool = Field(
        description="True if it is about this report, false if it is about the number as a whole."
    )


class StoredReport(BaseModel):
    """A report as its own reporter sees it."""

    report_id: UUID = Field(description="Identifies the report.")
    number: str = Field(description="The number, as its canonical key.")
    kind: Kind = Field(description="Kind of the number.")
    medium: str = Field(description="Whether it was a call, a text message or something else.")
    occurred_at: datetime = Field(description="When it happened; noon in China if only the day is known.")
    time_known: bool = Field(description="False if only the day is known.")
    recorded_at: datetime = Field(description="When the report was stored.")
    duration_seconds: int | None = Field(ge=0, description="How long the call lasted, in seconds.")
    connected: bool | None = Field(description="Whether the call was answered.")
    caller: str | None = Field(description="Who called: a person, a machine, or one ring without anybody.")
    claimed_institution: str | None = Field(description="The institution that the caller claimed to act for.")
    relation: str | None = Field(description="How the called person is related to the debt.")
    violations: list[str] = Field(description="Ids of the violations that were reported.")
    narrative: str | None = Field(description="What was said and done.")
    opinion: str = Field(description="Whether the reporter considers the call abusive or legitimate.")
    callee: str | None = Field(description="The called number; only its reporter can see it.")
    contact: str | None = Field(description="How the reporter can be reached; only the reporter can see it.")
    retracted_at: datetime | None = Field(description="When the report was retracted; null while it counts.")
    supplements: list[StoredSupplement] = Field(default=[], description="What was added later, oldest first.")
    findings: list[Finding] = Field(
        default=[],
        description="What agencies found out, oldest first. Lists of reports leave it empty: get the report itself.",
    )


class ReportPage(BaseModel):
    """A page of the reporter's own reports, newest first."""

    reports: list[StoredReport] = Field(description="The reports, newest first.")
    next: UUID | None = Field(
        description="Continues the list: send it as `before` to get the next page; null on the last one."
    )


class NewReporter(BaseModel):
    """A request for a reporter's token, paid for with a solved challenge."""

    model_config = ConfigDict(extra="forbid")

    altcha: str = Field(
        max_length=8192,
        description="The solved challenge of `GET /v1/reporters/challenge`, in base64 as ALTCHA returns it.",
    )
    device: str | None = Field(
        None,
        min_length=16,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="A random key that the app made on this device and keeps across accounts. Only its keyed hash "
        "is stored: accounts of one device count as one.",
    )


class ReporterToken(BaseModel):
    """A reporter's token. It is shown only this once: the service stores nothing but its keyed hash."""

    token: str = Field(description="Authenticates the reporter, as a bearer token.")
