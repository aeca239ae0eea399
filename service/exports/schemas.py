"""Requests for exports, decisions about them, and their state, as JSON."""

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
from service.exports.words import LAYOUT_ROWS, ExportState, Format, Headings, LayoutName, VerdictName

FIRST_YEAR, LAST_YEAR = 2000, 2100

Item = TypeVar("Item")

#: Disputed, cleared and protected numbers are handed over only if a request names these verdicts.
DEFAULT_VERDICTS: tuple[VerdictName, ...] = ("unknown", "suspected", "confirmed")
DEFAULT_FORMATS: tuple[Format, ...] = ("csv", "ndjson")
AT_LEAST_ONE: dict[str, Any] = {"minItems": 1}


def parse_moment(text: Any) -> datetime:
    """Return a day (`2026-03-01`: its midnight in Asia/Shanghai) or a time with its zone (RFC 3339) as a time.

    Raises pydantic's error for anything else.
    """
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
    """Return the text itself; raises pydantic's error if it is blank or PostgreSQL cannot store it."""
    if not is_storable(text) or not text.strip():
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    return text


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), CHINA)


def _once_each(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return each item once; raises pydantic's error if there is none (pydantic counts them without the wrong ones)."""
    if not items:
        raise PydanticKnownError(
            "too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": len(items)}
        )
    return tuple(dict.fromkeys(items))


_MOMENT_SCHEMA = {"type": "string", "examples": ["2026-03-01", "2026-03-01T08:00:00+08:00"]}
PeriodMoment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema(_MOMENT_SCHEMA)]


class ExportRequest(BaseModel):
    """A request for an export: which reports, in which files, and under which legal basis."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    start: PeriodMoment = Field(
        validation_alias="from",
        serialization_alias="from",
        description="Exports reports recorded at or after this moment. A day means its midnight in Asia/Shanghai.",
    )
    end: PeriodMoment = Field(
        validation_alias="to",
        serialization_alias="to",
        description="Exports reports recorded before this moment.",
    )
    verdicts: Annotated[
        tuple[VerdictName, ...],
        Field(max_length=6, json_schema_extra=AT_LEAST_ONE),
        AfterValidator(_once_each),
    ] = Field(
        DEFAULT_VERDICTS,
        description="Exports reports of numbers that have one of these verdicts now; `unknown` includes numbers without a "
        "verdict. Disputed, cleared and protected numbers are exported only if they are named here.",
    )
    formats: Annotated[
        tuple[Format, ...], Field(max_length=4, json_schema_extra=AT_LEAST_ONE), AfterValidator(_once_each)
    ] = Field(DEFAULT_FORMATS, description="Formats to write: one file each, and every file holds every row.")
    layout: LayoutName = Field(
        "12321",
        description=f"What a row is: {'; '.join(f'`{name}`, {row}' for name, row in LAYOUT_ROWS.items())}.",
    )
    changes_only: bool = Field(
        False,
        description="Exports only what has changed since the agency last received this period with the same layout and "
        "verdicts: added rows, changed rows, and the ids of rows that are no longer part of it (`removed.csv`).",
    )
    headings: Headings | None = Field(
        None,
        description="Headings of CSV and spreadsheets: `zh`, all of them in Chinese; `names`, those that the other formats "
        "have, two of which are in English. By default, spreadsheets have `zh`, and CSV has `names`.",
    )
    legal_basis: Annotated[str, Field(min_length=10, max_length=500)] | None = Field(
        None,
        description="Names the provision and the document that entitle the agency to learn who reported. With it, and once "
        "the request is approved, contacts of reporters and called numbers are filled in; without it they are masked.",
    )

    def stored(self) -> str:
        """Return the request as it is stored; the ledger holds the digest of this text."""
        return self.model_dump_json(by_alias=True)

    @field_validator("changes_only")
    @classmethod
    def _of_rows_with_ids(cls, changes_only: bool, info: ValidationInfo) -> bool:
        if changes_only and info.data.get("layout") == "institutions":
            raise PydanticCustomError("no_changes", "This layout has no changes")
        return changes_only

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
    """The state of an export. It has a manifest if, and only if, it is done or was done."""

    export_id: UUID = Field(description="Identifies the export.")
    state: ExportState = Field(
        description="`requested`: it waits for a decision; `queued`: it was approved and will be written; `running`: it is "
        "being written; `done`: its files can be fetched; `expired`: its files were removed; `lapsed`: nobody decided in "
        "time; `refused`, `withdrawn` and `failed` are final."
    )
    agency: str | None = Field(None, description="Names the agency that the export is for.")
    purpose: str | None = Field(None, description="Says what the agency uses it for.")
    request: dict[str, Any] = Field(description="Repeats what was asked for.")
    rows_done: int = Field(
        0,
        ge=0,
        description="Counts the reports read so far; once the export is done, the rows in its files.",
    )
    rows_total: int | None = Field(
        None, ge=0, description="Counts the reports to be read; null until writing has begun."
    )
    created_at: datetime = Field(description="When the request was made.")
    decided_at: datetime | None = Field(
        None, description="When it was approved or refused; null before that."
    )
    decision_reason: str | None = Field(None, description="Why it was approved or refused.")
    finished_at: datetime | None = Field(None, description="When it was done or failed; null before that.")
    expires_at: datetime | None = Field(None, description="When its files are removed.")
    problem: str | None = Field(None, description="Code of the problem that ended a failed export.")
    manifest: dict[str, Any] | None = Field(
        None,
        description="The signed manifest; its members are described in api_specs/export-manifest.schema.json.",
    )


class ExportList(BaseModel):
    """A list of exports, newest first."""

    exports: list[ExportStatus] = Field(description="The exports, newest first.")


class ExportDecision(BaseModel):
    """A decision to approve or refuse an export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approved", "refused"] = Field(description="Approves or refuses the request.")
    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="Says why. The reason is stored, and the agency can read it."
    )

    @field_validator("reason")
    @classmethod
    def _storable(cls, reason: str) -> str:
        return checked_text(reason)


class SigningKey(BaseModel):
    """The public key that checks the signature of every manifest of this service."""

    algorithm: Literal["Ed25519"] = Field("Ed25519", description="The signature algorithm (RFC 8032).")
    public_key: str = Field(description="The 32 raw bytes of the key in base64, as manifests carry them.")
    pem: str = Field(description="The same key as PEM (SubjectPublicKeyInfo), which OpenSSL reads.")
