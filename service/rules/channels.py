"""What the catalogue says about a channel: what it accepts, its form, its deadlines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.rules.facts import Fact, Frozen, Id, Remark, Text
from service.rules.follow_ups import Deadline, FollowUp
from service.rules.respondents import Respondent
from service.rules.situation import UNKNOWN_PLACE, Relation


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
    PROCURATORATE = "procuratorate"


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
    NUMBERS = "numbers"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    CALLER = "caller"
    STATEMENT = "statement"
    CONDUCT = "conduct"
    RULES = "rules"
    INSTITUTION = "institution"
    EVIDENCE = "evidence"
    DEMAND = "demand"
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
    how: Text | None = Field(None, description="How the person provides it; null if by filling in the form.")
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
    addressee: Text | None = Field(
        None,
        description="The line that names the authority if the person must fill it in; null if it is the channel.",
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
    takes_area_code: bool = Field(
        False,
        description="True if the number reaches the body of a place when its area code is dialled first.",
    )
    web: str | None = Field(None, pattern=r"^https?://\S+$", description="The web page to go to.")
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="The kinds of parties it accepts filings about; null if it accepts any."
    )
    people: tuple[Relation, ...] | None = Field(
        None, description="The people whose filings it accepts; null if it accepts anybody's."
    )
    after: tuple[Id, ...] = Field((), description="The channels that must be tried first.")
    points_to: tuple[Id, ...] = Field(
        (), description="The rules that bind this body itself, to which a person may point when filing."
    )
    form: Form | None = Field(None, description="Its form; null if the fields are not known.")
    deadlines: tuple[Deadline, ...] = Field((), description="Its deadlines.")
    follow_ups: tuple[FollowUp, ...] = Field(
        (), description="What a person may do after its refusal, silence or half an answer."
    )
    remarks: tuple[Remark, ...] = Field((), description="What else there is to know about it.")

    @model_validator(mode="after")
    def _has_one_deadline_of_a_name_at_a_time(self) -> "Channel":
        for place, one in enumerate(self.deadlines):
            for other in self.deadlines[:place]:
                if one.id == other.id and one.overlaps(other):
                    raise ValueError(f"two deadlines {one.id!r} hold at the same time")
        return self

    @model_validator(mode="after")
    def _names_its_reviews(self) -> "Channel":
        ids = [one.id for one in self.follow_ups]
        if len(set(ids)) != len(ids):
            raise ValueError("a follow-up appears twice")
        reviews = {one.id for one in self.follow_ups if one.is_review}
        named = {one.review for one in self.deadlines} | {one.follows for one in self.follow_ups}
        if unknown := named - reviews - {None}:
            raise ValueError(f"there is no review {min(filter(None, unknown))!r} among its follow-ups")
        return self

    @property
    def respondent_word(self) -> str:
        """Return what papers for this channel call the party: 被投诉人 where complaints are taken, otherwise 被举报人."""
        return "被投诉人" if "complaint" in self.accepts else "被举报人"

    def number_to_dial(self, area_code: str) -> str | None:
        """Return its telephone number, with the area code in front where that leads to the right place."""
        if self.telephone and self.takes_area_code and area_code != UNKNOWN_PLACE:
            return f"{area_code}-{self.telephone}"
        return self.telephone

    def takes_from(self, relation: Relation) -> bool:
        """Return whether the channel accepts filings of such a person, or may accept them while that is unknown."""
        return self.people is None or relation is Relation.UNKNOWN or relation in self.people

    @property
    def required_fields(self) -> tuple[FormField, ...]:
        """Return the fields that the channel requires."""
        return tuple(field for field in self.form.fields if field.required) if self.form else ()

    def takes_on(self, respondent: Respondent) -> bool:
        """Return whether the channel accepts filings about such a party."""
        return self.respondents is None or respondent in self.respondents
