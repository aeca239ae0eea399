"""A narrative, and what it speaks of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from service.edge.validation import is_storable
from service.reports.schemas import NARRATIVE_LIMIT


def _says_something(text: str) -> str:
    """Not stripped: places of words are those of the text as it was sent."""
    if not is_storable(text):
        raise PydanticCustomError("not_storable", "Contains characters that are not text")
    if not text.strip():
        raise PydanticCustomError("string_too_short", "At least {min_length} characters", {"min_length": 1})
    return text


class Told(BaseModel):
    """What happened, in somebody's own words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    narrative: Annotated[
        str, Field(min_length=1, max_length=NARRATIVE_LIMIT), AfterValidator(_says_something)
    ] = Field(description="In Chinese. Not stored.")


class SuggestedBy(BaseModel):
    """Words of the narrative; `start` and `end` count its characters (Unicode code points) from 0."""

    text: str
    start: int
    end: int


class SuggestedViolation(BaseModel):
    """A violation type that the narrative speaks of."""

    violation: str
    words: list[SuggestedBy]


class Suggestions(BaseModel):
    """Those with more words first. They are suggestions: the person who reports decides."""

    suggestions: list[SuggestedViolation]
