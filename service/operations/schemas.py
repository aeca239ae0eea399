"""What an administrator sees of the service; nothing in it is about a person or names a number."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from service.rules.facts import Text

Severity = Literal["ok", "attention", "wrong", "unknown"]
STATE = (
    "`ok`; `attention`: somebody should look; `wrong`: it does not work; `unknown`: it could not be asked."
)


class Part(BaseModel):
    """A part of the service, how it is, and what mends it."""

    name: str = Field(
        description="The part, such as `database`, `replica`, `model`, `ledger`, `upkeep`, `purge` or `backup`."
    )
    state: Severity = Field(description=STATE)
    text: Text = Field(description="How it is.")
    since: datetime | None = Field(
        None, description="The moment that the state is about; null if there is none."
    )
    command: str | None = Field(
        None, description="The command that mends it or shows more; null if there is none."
    )
    mend: Text | None = Field(None, description="What to do; null while there is nothing to do.")


class Queue(BaseModel):
    """What waits for somebody or something."""

    name: str = Field(description="The queue, such as `scoring` or `reviews`.")
    title: Text = Field(description="What waits there.")
    waiting: int = Field(ge=0, description="How many wait; of `scoring` 100,000 stand for that many or more.")
    oldest_at: datetime | None = Field(description="Since when the oldest waits; null if nothing does.")
    age_seconds: int | None = Field(description="The age of the oldest in seconds; null if nothing waits.")
    overdue: int | None = Field(
        None, description="How many are past their day; null where there is no such day."
    )
    state: Severity = Field(description=STATE)
    command: str = Field(description="The command that works it off or shows it.")


class KeyShown(BaseModel):
    """An API key as its operator sees it; the key itself is stored nowhere."""

    key_id: str = Field(description="The public id of the key.")
    label: str = Field(description="What the operator called it.")
    scopes: list[str] = Field(description="What it may do.")
    agency: str | None = Field(description="The agency it is bound to; null for others.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it expires; null for never.")
    state: Literal["valid", "expired", "revoked"] = Field(description="Whether it opens anything now.")


class AgencyShown(BaseModel):
    """An agency that receives exports."""

    name: str = Field(description="The name in commands.")
    title: str = Field(description="The title as people write it.")
    rows_per_30_days: int = Field(description="How many rows it may receive in 30 days.")
    rows_received: int = Field(description="How many it received in the last 30 days.")


class Today(BaseModel):
    """What happened since midnight in China."""

    since: datetime = Field(description="The midnight from which is counted.")
    sign_ups: int = Field(ge=0, description="People who signed up.")
    reports: int = Field(ge=0, description="Reports that were stored, without simulated ones.")


class Refused(BaseModel):
    """Requests that this host answered with one problem."""

    code: str = Field(description="The code of the problem, as in `GET /problems`.")
    count: int = Field(ge=0, description="How many there were since `refusals_since`.")


class OperationsView(BaseModel):
    """How the service is, as this host sees it. What cannot be asked is null or `unknown`, and named."""

    as_of: datetime = Field(description="When this was looked at; it is kept for some seconds.")
    works: list[Text] = Field(description="What people can do at present.")
    unavailable: list[str] = Field(
        description="Members of this answer that could not be asked for; empty if all is well."
    )
    parts: list[Part] = Field(description="The parts of the service, those that need somebody first.")
    queues: list[Queue] | None = Field(description="What waits; null while the database is unavailable.")
    today: Today | None = Field(description="What happened today; null while the database is unavailable.")
    refusals: list[Refused] = Field(
        description="Requests that this host refused since `refusals_since`, the most frequent problem first."
    )
    refusals_since: datetime | None = Field(
        description="From when refusals are counted: about midnight in China; null if this host runs no upkeep, which notes "
        "it: then since its metrics began."
    )
    keys: list[KeyShown] | None = Field(
        description="All API keys, oldest first; null while the database is unavailable."
    )
    agencies: list[AgencyShown] | None = Field(
        description="All agencies, by name; null while the database is unavailable."
    )
