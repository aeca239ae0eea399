"""The JSON of public figures; a week is stored as it is published."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from service.figures.bands import Band
from service.rules.facts import Text


class NumberFigures(BaseModel):
    """Numbers by their verdict at the end of the week. A band changes only once at least five have come or gone."""

    suspected: Band = Field(description="Numbers that are listed as suspected.")
    confirmed: Band = Field(description="Numbers that are listed as confirmed.")
    disputed: Band = Field(description="Numbers whose owner disputes what was published.")
    cleared: Band = Field(description="Numbers that a person cleared.")
    protected: Band = Field(description="Numbers that are verified lines, which reports never list.")


class DisputeFigures(BaseModel):
    """Disputes of owners."""

    opened: Band = Field(description="Disputes that were opened in the week.")
    upheld: Band = Field(description="Disputes that were decided for the owner in the week.")
    rejected: Band = Field(description="Disputes that were rejected in the week.")
    withdrawn: Band = Field(description="Disputes that their owners withdrew in the week.")
    median_days: int | None = Field(
        description="The median of the days from opening to decision; null if fewer than five were decided."
    )
    overdue: Band = Field(
        description="Disputes that were past their day at the end of the week. The band changes as that of numbers does."
    )


class DecisionFigures(BaseModel):
    """Decisions that people took about numbers in the week."""

    abusive: Band = Field(description="Decisions that a number is abusive.")
    cleared: Band = Field(description="Decisions that a number is not abusive.")
    protected: Band = Field(description="Decisions that a number is a verified line.")
    released: Band = Field(description="Decisions that an earlier decision ends.")
    recycled: Band = Field(description="Decisions that a number has a new owner.")


class HandedOver(BaseModel):
    """Exports that one agency received in the week."""

    agency: str = Field(description="The agency's title.")
    exports: Band = Field(description="Exports that were written for it.")
    rows: Band = Field(description="Rows in them.")


class WeekFigures(BaseModel):
    """The figures of one week, in Asia/Shanghai. Simulated reports and numbers are not counted."""

    week_from: date = Field(description="The Monday on which the week begins.")
    week_to: date = Field(description="The Sunday on which it ends.")
    computed_at: datetime = Field(
        description="When the figures were computed; they are never computed again."
    )
    reports: Band = Field(
        description="Reports that people made here and had not taken back when this was computed."
    )
    reporters: Band = Field(description="People who made them.")
    partner_reports: Band = Field(description="Reports from partners and feeds.")
    retracted: Band = Field(description="Reports that their reporters took back in the week.")
    numbers: NumberFigures = Field(description="Numbers by verdict at the end of the week.")
    disputes: DisputeFigures = Field(description="Disputes of owners.")
    decisions: DecisionFigures = Field(description="Decisions that people took in the week.")
    exports: list[HandedOver] = Field(
        description="What each agency received in the week, in the order of their titles."
    )


class ModelInUse(BaseModel):
    """The model that scores numbers now."""

    version: str | None = Field(description="The version; null if no model is in use.")
    trained_here_on: date | None = Field(
        description="The day on which it was trained on this service's own data; null for the model that is shipped, which "
        "learned from a simulation, or one from a file."
    )
    question: str | None = Field(
        description="What its probability is about: `abusive`, or `reported-again` within seven days; null without a model."
    )


class PublicFigures(BaseModel):
    """What the service tells everybody about itself."""

    weeks: list[WeekFigures] = Field(description="The weeks that have ended, newest first, at most 53.")
    model: ModelInUse = Field(description="The model in use.")
    limits: list[Text] = Field(description="What these figures and this model do not show.")
