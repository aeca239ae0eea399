"""The JSON of evidence, as its reporter sees it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from service.contacts.call_log import MOST_UNREAD, Unread
from service.contacts.store import ReadLog
from service.edge.validation import message
from service.evidence.store import EvidenceRow


class UnreadRow(BaseModel):
    """A row of a call log that could not be read, and why."""

    sheet: int = Field(ge=1, description="The number of the sheet or table, from 1.")
    line: int = Field(ge=0, description="The number of the line or row, from 1.")
    column: int | None = Field(description="The number of the column that could not be read, from 1.")
    code: str = Field(description="A code for the reason.", examples=["call_log_time"])
    zh: str = Field(description="The reason in Chinese.")
    en: str = Field(description="The reason in English.")


class LogRead(BaseModel):
    """What the service read from a call log."""

    counted: int = Field(ge=0, description="How many calls and messages of the reported number were counted.")
    unread_rows: int = Field(
        ge=0, description="How many rows could not be read. They count nowhere; the file is kept as it is."
    )
    unread: list[UnreadRow] = Field(
        description=f"The first of these rows, at most {MOST_UNREAD}, each with the reason."
    )
    asks: list[Literal["year"]] = Field(
        description="What the reporter can tell so that more can be read: `year` if the dates have none. Send the same "
        "file again with `?year=`."
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
    call_log: LogRead | None = Field(description="What a call log says; null if the file is none.")


class EvidenceList(BaseModel):
    """The evidence attached to a report."""

    evidence: list[Evidence] = Field(description="The pieces of evidence, the oldest first.")


def shown(row: EvidenceRow, log: ReadLog | None) -> Evidence:
    """Return a stored piece of evidence as its reporter sees it: without its key."""
    return Evidence(
        evidence_id=row.evidence_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        stored_at=row.stored_at,
        call_log=None if log is None else _log(log),
    )


def _log(log: ReadLog) -> LogRead:
    return LogRead(
        counted=log.counted,
        unread_rows=log.unread_rows,
        unread=[_row(one) for one in log.unread],
        asks=["year"] if any(one.code == "call_log_year" for one in log.unread) else [],
    )


def _row(one: Unread) -> UnreadRow:
    zh, en = message(one.code, line=one.line, column=one.column)
    return UnreadRow(sheet=one.sheet, line=one.line, column=one.column, code=one.code, zh=zh, en=en)
