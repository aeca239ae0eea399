"""What routing asks, what it says to whom, and what comes before everything else."""

from typing import Annotated

from pydantic import Field, model_validator

from service.rules.facts import Fact, Frozen, Id, Text
from service.rules.respondents import Respondent
from service.rules.situation import Circumstance, Relation


class Choice(Frozen):
    """An answer to a question."""

    value: Id = Field(description="The value to send back as the parameter.")
    name: Text = Field(description="The answer in words.")


class Question(Fact):
    """Something that decides where to turn or what to cite, and how to find it out."""

    id: Id = Field(description="The parameter of `/v1/routing` that takes the answer.")
    asks: Text = Field(description="The question.")
    find_out: Text = Field(description="How to find it out.")
    condition: Text | None = Field(
        None, description="The condition in words, as it stands beside a step while the answer is unknown."
    )
    violations: tuple[Id, ...] | None = Field(
        None, description="The violations with which it is asked; null if it is always asked."
    )
    respondents: tuple[Respondent, ...] | None = Field(
        None, description="The kinds of parties with which it is asked; null if it is asked with any."
    )
    answers: tuple[Choice, ...] = Field(
        min_length=1, description="The answers; one is always `unknown` (不清楚). An area code is written."
    )

    @model_validator(mode="after")
    def _may_be_unknown(self) -> "Question":
        if "unknown" not in [answer.value for answer in self.answers]:
            raise ValueError("a question has the answer unknown")
        return self


class PersonKind(Fact):
    """What a person is to the debt."""

    relation: Relation = Field(description="What the person is to the debt.")
    name: Text = Field(description="What this kind of person is called.")
    advice: Text = Field(description="What is good to know for such a person.")


class Emergency(Fact):
    """Lines to call before anything else is done."""

    circumstance: Circumstance = Field(description="The circumstance in which to call them.")
    likely_with: tuple[Id, ...] = Field(
        description="The violations with which they are named even while that is unknown, on the condition."
    )
    channels: Annotated[tuple[Id, ...], Field(min_length=1)] = Field(description="The lines, in their order.")
    do: Text = Field(description="What to do.")


class BeforeFiling(Fact):
    """Something to know before anything is filed or paid."""

    id: Id = Field(description="Identifies the advice.")
    text: Text = Field(description="The advice.")
    rules: tuple[Id, ...] = Field((), description="The ids of the rules behind it.")


class Demand(Fact):
    """Something that a person may demand."""

    id: Id = Field(description="Identifies the demand.")
    text: Text = Field(description="The demand, as papers word it.")
    rules: tuple[Id, ...] = Field(
        description="The ids of the rules that give the right to it; routing names those that apply to the person."
    )
    relations: tuple[Relation, ...] | None = Field(
        None, description="The people who may demand it; null if everybody may."
    )
