"""What the catalogue says about a channel: what it accepts, its form, its deadlines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.rules.facts import Fact, Frozen, Id, Remark, Text
from service.rules.respondents import Respondent


class ChannelKind(StrEnum):
    """The sort of body that a channel belongs to."""

    REGULATOR = "regulator"
    REPORTING_CENTRE = "reporting_centre"
    ASSOCIATION = "association"
    POLICE = "police"
    CARRIER = "carrier"
    INSTITUTION = "institution"
    ADVICE = "advice"
    PETITION = "petition"


class FormChoice(Frozen):
    """A choice of a form field, and the reports for which it is chosen."""

    code: Annotated[str, Field(min_length=1, max_length=32)] = Field(
        description="The code of the choice on the channel's form."
    )
    name: Text = Field(description="What the form calls the choice.")
    value: str | None = Field(None, description="The value in a report for which this is chosen.")
    from_seconds: int | None = Field(
        None, ge=0, description="The shortest call for which this is chosen, in seconds."
    )
    below_seconds: int | None = Field(
        None, ge=1, description="Calls of this many seconds or more belong to another choice."
    )


class FilledFrom(StrEnum):
    """What a field is filled in from; `person` means that only the person knows it and the service does not store it."""

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
    """A field of a channel's form."""

    id: Id = Field(description="Identifies the field within its form.")
    name: Text = Field(description="What the form calls the field.")
    kind: Literal["text", "number", "date", "time", "phone", "choice", "consent", "captcha", "file"] = Field(
        description="What the field takes."
    )
    required: bool = Field(description="True if the channel refuses a filing without it.")
    filled_from: FilledFrom = Field(description="What the service fills the field in from.")
    format: str | None = Field(None, description="How the value is written, such as YYYY-MM-DD.")
    min_length: int | None = Field(None, ge=0, description="The shortest text it takes, in characters.")
    max_length: int | None = Field(None, ge=1, description="The longest text it takes, in characters.")
    choices: tuple[FormChoice, ...] = Field((), description="The choices of a field of kind `choice`.")
    default: str | None = Field(
        None, description="The code of the choice made for every filing that this service prepares."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "FormField":
        codes = [choice.code for choice in self.choices]
        if len(set(codes)) != len(codes):
            raise ValueError("a code appears twice")
        if (self.kind == "choice") != bool(codes):
            raise ValueError("a field has choices if, and only if, its kind is choice")
        if (self.filled_from is FilledFrom.DEFAULT) != (self.default is not None) or (
            self.default is not None and self.default not in codes
        ):
            raise ValueError("default must be the code of a choice, and goes only with filled_from: default")
        if self.min_length is not None and self.max_length is not None and self.max_length < self.min_length:
            raise ValueError("max_length is less than min_length")
        return self


class Attachments(Frozen):
    """The files that a channel accepts with a filing."""

    accepted: bool = Field(description="True if the channel accepts files.")
    max_bytes: int | None = Field(
        None, ge=1, description="The largest file it accepts, in bytes; null if no limit is known."
    )


class Form(Fact):
    """The form of a channel."""

    fields: tuple[FormField, ...] = Field(min_length=1, description="The fields, in the order of the form.")
    attachments: Attachments | None = Field(
        None, description="The files the channel accepts; null if that is not known."
    )
    submitted_by: Text = Field(
        description="How the person submits the form. This service submits nothing for anybody."
    )

    @model_validator(mode="after")
    def _names_each_field_once(self) -> "Form":
        ids = [field.id for field in self.fields]
        if len(set(ids)) != len(ids):
            raise ValueError("a field appears twice")
        return self


class DeadlineStart(StrEnum):
    """The event from which a deadline is counted."""

    FILED = "filed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Deadline(Fact):
    """A deadline: something that must be done within a number of days after an event."""

    id: Id = Field(description="Identifies the deadline within its channel.")
    event: DeadlineStart = Field(description="The event from which the days are counted.")
    due: Text = Field(description="What must be done.")
    by: Literal["channel", "person"] = Field(
        description="Who must act: `channel` is the authority, `person` is whoever filed."
    )
    days: int = Field(
        ge=1, le=3660, description="How many days there are, counted from the day after the event."
    )
    unit: Literal["working", "calendar"] = Field(description="Whether working days or calendar days count.")
    extensions: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="The days that each possible extension adds, in their order."
    )


class Channel(Fact):
    """A channel: an authority or other body that accepts filings."""

    id: Id = Field(description="Identifies the channel.")
    name: Text = Field(description="What the channel is called.")
    kind: ChannelKind = Field(description="The sort of body it belongs to.")
    accepts: tuple[Literal["complaint", "report"], ...] = Field(
        description="`complaint` (投诉) is about the filer's own dispute, `report` (举报) about a violation. Empty if it "
        "accepts neither."
    )
    takes: Text = Field(description="The matters it accepts.")
    declines: Text | None = Field(None, description="The matters it does not accept.")
    real_name: bool | None = Field(
        None, description="True if filers must give their real name; null if that is not known."
    )
    telephone: str | None = Field(None, description="The telephone number to call.")
    web: str | None = Field(None, pattern=r"^https?://\S+$", description="The web page to go to.")
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="The kinds of parties it accepts filings about; null if it accepts any."
    )
    after: tuple[Id, ...] = Field((), description="The channels that must be tried first.")
    form: Form | None = Field(None, description="Its form; null if the fields are not known.")
    deadlines: tuple[Deadline, ...] = Field((), description="Its deadlines.")
    remarks: tuple[Remark, ...] = Field((), description="What else there is to know about it.")

    @model_validator(mode="after")
    def _has_one_deadline_of_a_name_at_a_time(self) -> "Channel":
        for place, one in enumerate(self.deadlines):
            for other in self.deadlines[:place]:
                if one.id == other.id and one.overlaps(other):
                    raise ValueError(f"two deadlines {one.id!r} hold at the same time")
        return self

    @property
    def required_fields(self) -> tuple[FormField, ...]:
        """Return the fields that the channel requires."""
        return tuple(field for field in self.form.fields if field.required) if self.form else ()

    def takes_on(self, respondent: Respondent) -> bool:
        """Return whether the channel accepts filings about such a party."""
        return self.respondents is None or respondent in self.respondents
