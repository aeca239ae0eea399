"""The JSON of copies and purges."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class Copy(BaseModel):
    """Everything that is stored about the holder of a token. `/v1/privacy` describes the tables and their columns."""

    subject: Literal["reporter", "owner"] = Field(description="What the holder of the token is.")
    made_at: datetime = Field(description="When the copy was made.")
    tables: dict[str, list[dict[str, Any]]] = Field(
        description="The rows by table: encrypted values decrypted, hashes in hexadecimal digits, violations by their ids."
    )


class Purge(BaseModel):
    """What one retention rule removed from a table in one purge."""

    purged_at: datetime = Field(description="When the rows were removed.")
    rule: str = Field(description="The name of the retention rule.", examples=["old_reports"])
    relation: str = Field(description="The table.", examples=["reports"])
    rows: int = Field(ge=0, description="How many rows were removed.")


class Purges(BaseModel):
    """What was purged."""

    purges: list[Purge] = Field(description="The purges, the newest first.")
