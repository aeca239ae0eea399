"""The JSON of evidence, as its reporter sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.evidence.labels import MOST_CAPTION, MOST_NAME, unseal_labels
from service.evidence.made import MadeFrom
from service.evidence.store import EvidenceRow
from service.reports.schemas import Moment
from service.secrets import KeyRing

Caption = Annotated[
    str, Field(max_length=MOST_CAPTION, description="What the file shows, in your own words.")
]


class EvidenceWords(BaseModel):
    """What a reporter says about a piece of evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    caption: Caption | None = None
    made_at: Moment | None = Field(
        None,
        description="When the recording, picture or message was made, with its time zone (RFC 3339). What you say goes "
        "before what the file says.",
    )


class EvidenceChange(EvidenceWords):
    """What is to change of a piece of evidence; what is left out stays as it is, null takes it away."""

    place: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="The place that the piece is to have among those of its report, from 1; the others make room.",
    )


class Evidence(BaseModel):
    """A piece of evidence. Its type, size and digest are those of the original file, as it was uploaded."""

    evidence_id: UUID = Field(description="Identifies the piece of evidence.")
    media_type: str = Field(
        description="The media type, found from the content; the type and name sent with the file are ignored.",
        examples=["audio/mpeg"],
    )
    size: int = Field(ge=1, description="The size in bytes.")
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="The SHA-256 digest in lower-case hexadecimal digits."
    )
    stored_at: datetime = Field(description="When the upload was complete.")
    file_name: str | None = Field(
        None,
        max_length=MOST_NAME,
        description="The original name of the file, stored encrypted; null if none was sent.",
    )
    caption: Caption | None = None
    made_at: datetime | None = Field(
        None,
        description="When it was made: as you said, otherwise as the file says. If it is null, the file does not say "
        "so, and "
        "you are asked to tell it.",
    )
    made_at_from: MadeFrom | None = Field(
        None, description="Where `made_at` was read from, or that you said so."
    )
    is_zone_assumed: bool = Field(
        False, description="Whether the file names a time without a zone, which was taken as China's."
    )
    place: int = Field(ge=1, description="The place of the piece among those of its report.")


class EvidenceList(BaseModel):
    """The evidence attached to a report."""

    evidence: list[Evidence] = Field(
        description="The pieces of evidence in your order; until you change it, the oldest first."
    )


def shown(row: EvidenceRow, keys: KeyRing, place: int) -> Evidence:
    """Return a stored piece of evidence as its reporter sees it: without its key."""
    labels = unseal_labels(row.sealed, keys, row.evidence_id)
    read_from = MadeFrom(row.file_made_from) if row.file_made_from else None
    return Evidence(
        evidence_id=row.evidence_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        stored_at=row.stored_at,
        file_name=labels.file_name,
        caption=labels.caption,
        made_at=row.said_made_at or row.file_made_at,
        made_at_from=MadeFrom.REPORTER if row.said_made_at else read_from,
        is_zone_assumed=row.is_zone_assumed and row.said_made_at is None,
        place=place,
    )


def all_shown(rows: Sequence[EvidenceRow], keys: KeyRing) -> list[Evidence]:
    """Return the pieces of a report in their order."""
    return [shown(row, keys, place) for place, row in enumerate(rows, start=1)]
