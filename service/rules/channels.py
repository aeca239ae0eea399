"""What the catalogue says of a channel: what it takes, its form, its deadlines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.rules.facts import Fact, Frozen, Id, Remark, Text
from service.rules.respondents import Respondent


class ChannelKind(StrEnum):
    """What sort of body a channel belongs to."""

    REGULATOR = "regulator"
    REPORTING_CENTRE = "reporting_centre"
    ASSOCIATION = "association"
    POLICE = "police"
    CARRIER = "carrier"
    INSTITUTION = "institution"
    ADVICE = "advice"
    PETITION = "petition"


class FormChoice(Frozen):
    """One class of a form field: its code on the form, and which reports it stands for."""

    code: Annotated[str, Field(min_length=1, max_length=32)]
    name: Text
    value: str | None = Field(None, description="Value of the report's field that it stands for.")
    from_seconds: int | None = Field(None, ge=0, description="Band of durations: from, included.")
    below_seconds: int | None = Field(None, ge=1, description="Band of durations: to, not included.")


class FilledFrom(StrEnum):
    """From what a field is filled; `person` is what only the person knows, and the service does not store."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    CALLER = "caller"
    STATEMENT = "statement"
    CONDUCT = "conduct"
    RULES = "rules"
    INSTITUTION = "institution"
    EVIDENCE = "evidence"
    DEFAULT = "default"
    PERSON = "person"


class FormField(Frozen):
    """A field as the channel calls it."""

    id: Id
    name: Text
    kind: Literal["text", "number", "date", "time", "phone", "choice", "consent", "captcha", "file"]
    required: bool
    filled_from: FilledFrom
    format: str | None = Field(None, description="How it is written, such as YYYY-MM-DD.")
    min_length: int | None = Field(None, ge=0, description="In characters.")
    max_length: int | None = Field(None, ge=1, description="In characters.")
    choices: tuple[FormChoice, ...] = ()
    default: str | None = Field(None, description="Code of the choice that a filing from here takes.")

    @model_validator(mode="after")
    def _is_consistent(self) -> "FormField":
        codes = [choice.code for choice in self.choices]
        if len(set(codes)) != len(codes):
            raise ValueError("a code stands there twice")
        if (self.kind == "choice") != bool(codes):
            raise ValueError("choices go with the kind choice, and only with it")
        if (self.filled_from is FilledFrom.DEFAULT) != (self.default is not None) or (
            self.default is not None and self.default not in codes
        ):
            raise ValueError("default is the code of a choice, and goes with filled_from: default")
        if self.min_length is not None and self.max_length is not None and self.max_length < self.min_length:
            raise ValueError("max_length is less than min_length")
        return self


class Attachments(Frozen):
    """What files a channel takes with a filing."""

    accepted: bool
    max_bytes: int | None = Field(None, ge=1, description="Of one file; null: no limit is known.")


class Form(Fact):
    """The fields of a filing, in the channel's order."""

    fields: tuple[FormField, ...] = Field(min_length=1)
    attachments: Attachments | None = Field(None, description="Null: not known.")
    submitted_by: Text = Field(description="How the person hands it in; nothing is submitted from here.")

    @model_validator(mode="after")
    def _names_each_field_once(self) -> "Form":
        ids = [field.id for field in self.fields]
        if len(set(ids)) != len(ids):
            raise ValueError("a field stands there twice")
        return self


class DeadlineStart(StrEnum):
    """What a deadline counts from."""

    FILED = "filed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Deadline(Fact):
    """Something that is due some days after an event."""

    id: Id
    event: DeadlineStart
    due: Text
    by: Literal["channel", "person"]
    days: int = Field(ge=1, le=3660)
    unit: Literal["working", "calendar"]
    extensions: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="Days that each possible extension adds, in their order."
    )


class Channel(Fact):
    """An authority or body that takes filings."""

    id: Id
    name: Text
    kind: ChannelKind
    accepts: tuple[Literal["complaint", "report"], ...] = Field(
        description="`complaint` 投诉: a dispute of one's own; `report` 举报: a violation. Empty: neither."
    )
    takes: Text
    declines: Text | None = None
    real_name: bool | None = Field(None, description="Whether the filer gives the own name; null: not known.")
    telephone: str | None = None
    web: str | None = Field(None, pattern=r"^https?://\S+$")
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="Kinds of parties it takes matters about; null: any."
    )
    after: tuple[Id, ...] = Field((), description="Channels that are to be tried before.")
    form: Form | None = Field(None, description="Null: the fields are not known.")
    deadlines: tuple[Deadline, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @model_validator(mode="after")
    def _has_one_deadline_of_a_name_at_a_time(self) -> "Channel":
        for place, one in enumerate(self.deadlines):
            for other in self.deadlines[:place]:
                if one.id == other.id and one.overlaps(other):
                    raise ValueError(f"two deadlines {one.id!r} hold at the same time")
        return self

    @property
    def required_fields(self) -> tuple[FormField, ...]:
        """The fields that a filing cannot do without."""
        return tuple(field for field in self.form.fields if field.required) if self.form else ()

    def takes_on(self, respondent: Respondent) -> bool:
        """Whether it takes matters about such a party."""
        return self.respondents is None or respondent in self.respondents
