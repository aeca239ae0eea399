"""Copies and purges on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class Copy(BaseModel):
    """All that is stored of the holder of a token: rows by table, as `/v1/privacy` describes their columns."""

    subject: Literal["reporter", "owner"]
    made_at: datetime
    tables: dict[str, list[dict[str, Any]]] = Field(
        description="What is encrypted is opened; hashes are in hexadecimal digits, violations by their ids."
    )


class Purge(BaseModel):
    """What a rule removed from a table."""

    purged_at: datetime
    rule: str
    relation: str
    rows: int


class Purges(BaseModel):
    """What was purged, newest first."""

    purges: list[Purge]
