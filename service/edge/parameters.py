"""Parameters that several operations share, described and bounded once."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

NumberText = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        description="The caller ID as it was displayed, percent-encoded.",
        examples=["19790001234"],
    ),
]
ChannelId = Annotated[
    str,
    Path(
        max_length=64,
        pattern="^[a-z0-9_]+$",
        description="The channel, by its id in `GET /v1/channels`.",
        examples=["12321"],
    ),
]
ReportId = Annotated[UUID, Path(description="The id of the report, from its receipt.")]
EvidenceId = Annotated[UUID, Path(description="The id of the piece of evidence.")]
CaseId = Annotated[UUID, Path(description="The id of the case.")]
WebhookId = Annotated[UUID, Path(description="The id of the webhook.")]
DisputeId = Annotated[UUID, Path(description="The id of the dispute.")]
ProofId = Annotated[UUID, Path(description="The id of the attached file.")]
ExportId = Annotated[UUID, Path(description="The id of the export.")]
