"""What the ledger tells: who did what about which export, and when. No number, no reporter, no narrative."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Action(StrEnum):
    """What happened to an export."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    FINISHED = "finished"
    FAILED = "failed"
    DOWNLOADED = "downloaded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody decided about it
    WRITTEN = "written"  # by the operator, at once


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. `by` is the id of a key or names the operator's person; what does not apply is left out.

    `purpose_sha256` is of the purpose's text, `request_sha256` of that of the request (`ExportRequest.stored`),
    `manifest_sha256` of the manifest file: all are proved, and none is shown, since every agency reads every entry.
    """

    action: Action
    at: datetime
    export_id: UUID
    agency: str
    by: str | None = None
    purpose_sha256: str | None = None
    identifies_reporters: bool | None = None
    request_sha256: str | None = None
    rows: int | None = None
    manifest_sha256: str | None = None
    file: str | None = None
    problem: str | None = None

    def render(self) -> str:
        """The one text of the entry: JSON, keys sorted, no white space."""
        return msgspec.json.encode(self, order="sorted").decode()
