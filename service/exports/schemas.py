"""What an export is asked for with, and what is told about it."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from service.days import CHINA
from service.edge.validation import is_storable
from service.exports.words import ExportState, Format, LayoutName, VerdictName

FIRST_YEAR, LAST_YEAR = 2000, 2100

Item = TypeVar("Item")

#: A contested or acquitted number is handed over only to someone who asks for it by name.
DEFAULT_VERDICTS: tuple[VerdictName, ...] = ("unknown", "suspected", "confirmed")
DEFAULT_FORMATS: tuple[Format, ...] = ("csv", "ndjson")
AT_LEAST_ONE: dict[str, Any] = {"minItems": 1}


def parse_moment(text: Any) -> datetime:
    """A day (`2026-03-01`, its midnight in Asia/Shanghai) or a time with its zone (RFC 3339), as a time."""
    if isinstance(text, str) and text.isascii():
        try:
            moment = _midnight(text) if len(text) == len("2026-03-01") else datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment and moment.tzinfo and FIRST_YEAR <= moment.year < LAST_YEAR:
            return moment
    raise PydanticCustomError(
        "not_a_moment", "Give a day such as 2026-03-01, or a time with its zone, from 2000 to 2099"
    )


def checked_text(text: str) -> str:
    """The text itself, where it says something that PostgreSQL can store."""
    if not is_storable(text) or not text.strip():
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), CHINA)


def _once_each(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Each item once. None at all is refused only here: pydantic counts what is left of a tuple without its wrong items."""
    if not items:
        raise PydanticKnownError(
            "too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": len(items)}
        )
    return tuple(dict.fromkeys(items))


_MOMENT_SCHEMA = {"type": "string", "examples": ["2026-03-01", "2026-03-01T08:00:00+08:00"]}
PeriodMoment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema(_MOMENT_SCHEMA)]


class ExportRequest(BaseModel):
    """Which reports to export: those recorded in a period, on numbers with one of some verdicts."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    start: PeriodMoment = Field(
        validation_alias="from",
        serialization_alias="from",
        description="Reports recorded at or after this. A day means its midnight in Asia/Shanghai.",
    )
    end: PeriodMoment = Field(
        validation_alias="to", serialization_alias="to", description="Reports recorded before this."
    )
    verdicts: Annotated[
        tuple[VerdictName, ...],
        Field(max_length=6, json_schema_extra=AT_LEAST_ONE),
        AfterValidator(_once_each),
    ] = Field(
        DEFAULT_VERDICTS,
        description="Current verdicts of the reported number; `unknown` includes numbers without one. "
        "Disputed, cleared and protected numbers are exported only when named here.",
    )
    formats: Annotated[
        tuple[Format, ...], Field(max_length=4, json_schema_extra=AT_LEAST_ONE), AfterValidator(_once_each)
    ] = Field(DEFAULT_FORMATS, description="Files to write; each holds every row.")
    layout: LayoutName = Field(
        "12321",
        description="Rows: reports in the columns of 12321, the same with carriers and provinces, or numbers.",
    )
    changes_only: bool = Field(
        False,
        description="Only what has changed since the agency was last handed this period by the same layout and verdicts: "
        "rows added, rows changed, and the ids of rows that are no longer there (`removed.csv`).",
    )
    legal_basis: Annotated[str, Field(min_length=10, max_length=500)] | None = Field(
        None,
        description="The provision and document by which the agency may be told who reported. With it, and once "
        "approved, how reporters want to be reached and the called numbers are filled in; without, they are masked.",
    )

    def stored(self) -> str:
        """The request as it is kept, and as the ledger's digest is of."""
        return self.model_dump_json(by_alias=True)

    @field_validator("legal_basis")
    @classmethod
    def _storable(cls, basis: str | None) -> str | None:
        return basis if basis is None else checked_text(basis)

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start")
        if start is not None and end <= start:
            raise PydanticCustomError("not_after_from", "Must be later than `from`")
        return end


class ExportStatus(BaseModel):
    """How far an export is; the manifest is there when, and only when, it is done or was."""

    export_id: UUID
    state: ExportState
    agency: str | None = Field(None, description="Name of the agency it is for.")
    purpose: str | None = None
    request: dict[str, Any] = Field(description="What was asked for.")
    rows_done: int = 0
    rows_total: int | None = Field(
        None,
        description="Reports to be read, known once writing has begun; `rows_done` counts them meanwhile.",
    )
    created_at: datetime
    decided_at: datetime | None = Field(None, description="When it was approved or refused.")
    decision_reason: str | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(None, description="When its files are removed.")
    problem: str | None = Field(None, description="Code of the problem that ended a failed export.")
    manifest: dict[str, Any] | None = Field(None, description="See api_specs/export-manifest.schema.json.")


class ExportList(BaseModel):
    """Exports, newest first."""

    exports: list[ExportStatus]


class ExportDecision(BaseModel):
    """Whether an export is let."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approved", "refused"]
    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="Why; kept, and told to the agency."
    )

    @field_validator("reason")
    @classmethod
    def _storable(cls, reason: str) -> str:
        return checked_text(reason)


class SigningKey(BaseModel):
    """The public key that checks the signature of every manifest of this service."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str = Field(description="The 32 raw bytes, base64, as manifests carry them.")
    pem: str = Field(description="The same key as PEM (SubjectPublicKeyInfo).")
