"""Facts, of which the catalogue is made: statements with their status, their source and the days on which they hold."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, computed_field, model_validator

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
#: A day, written without quotes in YAML; neither a text nor a number is read as a day.
CatalogueDay = Annotated[date, Strict()]

#: Ids in answers, each with the words that describe it wherever it occurs.
ChannelId = Annotated[
    str, Field(description="The id of the channel, as `/v1/channels` lists it.", examples=["12321"])
]
RuleId = Annotated[
    str, Field(description="The id of the rule, as `/v1/rules` lists it.", examples=["gbt45251"])
]
ViolationId = Annotated[
    str, Field(description="The id of the violation type, as `/v1/violations` lists it.", examples=["threat"])
]


class Frozen(BaseModel):
    """Base of every part of the catalogue: unknown fields are refused, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """A text in Chinese and English."""

    zh: Words = Field(description="The text in Chinese.")
    en: Words = Field(description="The text in English.")


class Status(StrEnum):
    """How well a fact is established: whether somebody has read the official text."""

    VERIFIED = "verified"
    TO_BE_VERIFIED = "to_be_verified"


STATUS_NAMES: Final = {
    Status.VERIFIED: Text(zh="已核实", en="verified"),
    Status.TO_BE_VERIFIED: Text(zh="待核实", en="to be verified"),
}


class Fact(Frozen):
    """A statement of the catalogue. It holds from the first day to the last, both included."""

    status: Status = Field(
        description="`verified`: the official text was read. `to_be_verified`: reprints, news or common knowledge say so."
    )
    source: Text = Field(description="Where the fact is taken from.")
    verified_on: CatalogueDay | None = Field(
        description="The day on which the official text was read; null unless verified."
    )
    recorded_on: CatalogueDay = Field(
        description="The day on which the fact was entered, or compared with its source for the last time."
    )
    effective_from: CatalogueDay | None = Field(
        description="The first day on which the fact holds; null if no such day is known."
    )
    effective_to: CatalogueDay | None = Field(
        description="The last day on which the fact holds; null if no such day is known."
    )

    @computed_field(description="The status in words. Show it beside the fact.")  # type: ignore[prop-decorator]
    @property
    def status_name(self) -> Text:
        """Return the status in words."""
        return STATUS_NAMES[self.status]

    @model_validator(mode="after")
    def _says_how_sure_it_is(self) -> "Fact":
        if (self.status is Status.VERIFIED) != (self.verified_on is not None):
            raise ValueError("verified_on goes with the status verified, and only with it")
        if self.verified_on and self.verified_on > self.recorded_on:
            raise ValueError("verified_on lies after recorded_on")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self

    def is_in_force(self, on: date) -> bool:
        """Return whether the fact holds on a day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    def overlaps(self, other: "Fact") -> bool:
        """Return whether there is a day on which both facts hold."""
        starts = [fact.effective_from for fact in (self, other) if fact.effective_from]
        ends = [fact.effective_to for fact in (self, other) if fact.effective_to]
        return not starts or not ends or max(starts) <= min(ends)


class Remark(Fact):
    """A remark: something else to know, with a status of its own."""

    text: Text = Field(description="What the remark says.")
