"""Evidence as its reporter sees it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from service.evidence.store import EvidenceRow


class Evidence(BaseModel):
    """One piece of evidence; type, size and digest are of the original, as it was uploaded."""

    evidence_id: UUID
    media_type: str = Field(description="Decided by the content; what was declared is not trusted.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="In lower-case hexadecimal.")
    stored_at: datetime


class EvidenceList(BaseModel):
    """What is attached to a report, oldest first."""

    evidence: list[Evidence]


def shown(row: EvidenceRow) -> Evidence:
    """A row without its key."""
    return Evidence(
        evidence_id=row.evidence_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        stored_at=row.stored_at,
    )
