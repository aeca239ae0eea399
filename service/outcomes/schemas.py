"""What an agency answers about the rows that it was handed."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from service.edge.validation import Day, is_storable
from service.outcomes.store import OutcomeResult

MOST: Final = 500  # in the few seconds that somebody waits for an answer
FIRST_DAY: Final = date(2000, 1, 1)


class OutcomeAnswer(BaseModel):
    """What became of one row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row_id: Annotated[str, Field(pattern="^[rn][0-9a-f]{32}$")] = Field(description="As in the export.")
    result: OutcomeResult = Field(
        description="`upheld`: it was as reported; `rejected`: it was looked into and was not; `no_finding`: neither."
    )
    decided_on: Day = Field(description="Day of the decision; not in the future.")
    note: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="For the people who review the number; names nobody."
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
    """Answers about several rows, taken all or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcomes: Annotated[list[OutcomeAnswer], Field(min_length=1, max_length=MOST)]


class Taken(BaseModel):
    """How many outcomes were recorded, and how many had been before."""

    recorded: int
    repeated: int
