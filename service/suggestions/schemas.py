"""The JSON of suggestions: a narrative, and the violations it mentions."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from service.edge.validation import is_storable
from service.reports.schemas import NARRATIVE_LIMIT
from service.rules.facts import ViolationId


def _says_something(text: str) -> str:
    """Return the text unstripped, since the places of words refer to the text as it was sent."""
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    if not text.strip():
        raise PydanticCustomError("string_too_short", "At least {min_length} characters", {"min_length": 1})
    return text


class Told(BaseModel):
    """A narrative to find violations in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    narrative: Annotated[
        str, Field(min_length=1, max_length=NARRATIVE_LIMIT), AfterValidator(_says_something)
    ] = Field(
        description="What happened, in the person's own words, in Chinese or English. It is not stored."
    )


class SuggestedBy(BaseModel):
    """Words of the narrative that led to a suggestion. Places count characters (Unicode code points) from 0."""

    text: str = Field(description="The words.")
    start: int = Field(ge=0, description="The place of their first character.")
    end: int = Field(ge=1, description="The place behind their last character.")


class SuggestedViolation(BaseModel):
    """A violation type that the narrative mentions."""

    violation: ViolationId
    words: list[SuggestedBy] = Field(description="The words that led to the suggestion, in their order.")


class Suggestions(BaseModel):
    """The violation types that a narrative mentions. The person who reports decides which of them to claim."""

    suggestions: list[SuggestedViolation] = Field(
        description="The suggestions; those that more words led to come first."
    )
