"""What a fact of the catalogue is: a statement with its status, its source and the days on which it holds."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, computed_field, model_validator

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
#: Written without quotes in YAML; a text or a number is not taken for one.
CatalogueDay = Annotated[date, Strict()]


class Frozen(BaseModel):
    """Part of the catalogue: nothing that is not known, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """The same in Chinese and English."""

    zh: Words
    en: Words


class Status(StrEnum):
    """How sure a fact is."""

    VERIFIED = "verified"
    TO_BE_VERIFIED = "to_be_verified"


STATUS_NAMES: Final = {
    Status.VERIFIED: Text(zh="已核实", en="verified"),
    Status.TO_BE_VERIFIED: Text(zh="待核实", en="to be verified"),
}


class Fact(Frozen):
    """Something the catalogue states. Both days are included; null means that no such day is known."""

    status: Status = Field(
        description="`verified`: the official text was read. `to_be_verified`: reprints, news or general knowledge."
    )
    source: Text = Field(description="Where it is from.")
    verified_on: CatalogueDay | None = Field(
        description="Day on which the text was read; null unless verified."
    )
    effective_from: CatalogueDay | None = Field(description="First day on which it holds.")
    effective_to: CatalogueDay | None = Field(description="Last day on which it holds.")

    @computed_field(description="The status in words, to be shown beside the fact.")  # type: ignore[prop-decorator]
    @property
    def status_name(self) -> Text:
        """What people are told of the status."""
        return STATUS_NAMES[self.status]

    @model_validator(mode="after")
    def _says_how_sure_it_is(self) -> "Fact":
        if (self.status is Status.VERIFIED) != (self.verified_on is not None):
            raise ValueError("verified_on goes with the status verified, and only with it")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self

    def is_in_force(self, on: date) -> bool:
        """Whether it holds on a day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    def overlaps(self, other: "Fact") -> bool:
        """Whether there is a day on which both hold."""
        starts = [fact.effective_from for fact in (self, other) if fact.effective_from]
        ends = [fact.effective_to for fact in (self, other) if fact.effective_to]
        return not starts or not ends or max(starts) <= min(ends)


class Remark(Fact):
    """Something else to know, with a status of its own."""

    text: Text
