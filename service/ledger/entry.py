"""An entry of the ledger: who did what about which export, source or organisation, and when.

It has no number, no reporter and no narrative.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
import rfc8785


class Action(StrEnum):
    """A step in the life of an export, or a decision about a source of reports or an organisation."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    FINISHED = "finished"
    FAILED = "failed"
    DOWNLOADED = "downloaded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody decided in time
    WRITTEN = "written"  # by the operator, without a request
    VETTED = "vetted"  # a source: it may confirm numbers by itself
    UNVETTED = "unvetted"  # a source: it may not, or no longer
    VERIFIED = "verified"  # an organisation: these lines are its own
    UNVERIFIED = "unverified"  # an organisation: no longer


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. `by` is the id of a key or names the operator's person; members that do not apply are left out.

    `purpose_sha256` is the digest of the purpose's text, `request_sha256` that of the request (`ExportRequest.stored`),
    `manifest_sha256` that of the manifest file. The digests prove these texts without showing them, since every agency
    reads every entry. `source`, or `organisation`, and `reason` are those of a decision about one; the reason is meant to be
    read.
    """

    action: Action
    at: datetime
    export_id: UUID | None = None
    agency: str | None = None
    by: str | None = None
    purpose_sha256: str | None = None
    identifies_reporters: bool | None = None
    request_sha256: str | None = None
    rows: int | None = None
    manifest_sha256: str | None = None
    file: str | None = None
    problem: str | None = None
    source: str | None = None
    reason: str | None = None
    organisation: str | None = None

    def render(self) -> str:
        """Return the one text of the entry: canonical JSON (RFC 8785)."""
        return rfc8785.dumps(msgspec.to_builtins(self)).decode()
