"""The JSON of evidence, as its reporter sees it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from service.evidence.store import EvidenceRow


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


class EvidenceList(BaseModel):
    """The evidence attached to a report."""

    evidence: list[Evidence] = Field(description="The pieces of evidence, the oldest first.")


def shown(row: EvidenceRow) -> Evidence:
    """Return a stored piece of evidence as its reporter sees it: without its key."""
    return Evidence(
        evidence_id=row.evidence_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        stored_at=row.stored_at,
    )
