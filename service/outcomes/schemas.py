"""Outcomes that agencies send back, as JSON."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from service.edge.validation import Day, is_storable
from service.outcomes.store import OutcomeResult

MOST: Final = 500  # what can be recorded in the few seconds that a client waits
MOST_NOTE: Final = 1000
FIRST_DAY: Final = date(2000, 1, 1)
Accept = Literal["all", "partial"]


class OutcomeAnswer(BaseModel):
    """What an agency found out about one row of an export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row_id: Annotated[str, Field(pattern="^[rn][0-9a-f]{32}$")] = Field(
        description="Id of the row, as the export gives it."
    )
    result: OutcomeResult = Field(
        description="`upheld`: the report was right; `rejected`: it was investigated and was wrong; `no_finding`: neither."
    )
    decided_on: Day = Field(description="Day of the decision, not in the future.")
    note: Annotated[str, Field(max_length=MOST_NOTE)] | None = Field(
        None,
        description="Tells the reporter, who reads it beside the report and in the case, and the people who review the "
        "number more; it must name nobody.",
    )

    @field_validator("note")
    @classmethod
    def _storable(cls, note: str | None) -> str | None:
        if note is not None and not is_storable(note):
            raise PydanticCustomError("not_storable", "Contains characters that are not text")
        return note or None

    @field_validator("decided_on")
    @classmethod
    def _after_first_day(cls, day: date) -> date:
        if day < FIRST_DAY:
            raise PydanticCustomError("too_long_ago", "This time is before 2000")
        return day


class OutcomeAnswers(BaseModel):
    """Outcomes of several rows; all of them are recorded, or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcomes: Annotated[list[OutcomeAnswer], Field(min_length=1, max_length=MOST)] = Field(
        description="The outcomes, at most 500."
    )


class RefusedOutcome(BaseModel):
    """An outcome that was not recorded, and why."""

    field: str = Field(description="Path of the value, or the address of the cell, that is wrong.")
    code: str = Field(description="What is wrong, for programs.")
    message_zh: str = Field(description="What is wrong, in Chinese.")
    message_en: str = Field(description="What is wrong, in English.")


class Taken(BaseModel):
    """How many outcomes were recorded; members that would say nothing are left out."""

    recorded: int = Field(ge=0, description="Outcomes that were new.")
    repeated: int = Field(ge=0, description="Outcomes that had been recorded before.")
    unanswered: int = Field(0, ge=0, description="Rows of a file in which no result is filled in yet.")
    without_day: int = Field(
        0,
        ge=0,
        description="Outcomes without a day of their own, recorded with the one that was given for them.",
    )
    refused: list[RefusedOutcome] = Field(
        [], description="What was not recorded; always empty unless `accept` is `partial`."
    )
