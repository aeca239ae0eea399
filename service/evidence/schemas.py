"""The JSON of evidence, as its reporter sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from service.contacts.call_log import MOST_UNREAD, Unread
from service.contacts.store import ReadLog
from service.edge.validation import message
from service.evidence.labels import MOST_CAPTION, MOST_NAME, unseal_labels
from service.evidence.made import MadeFrom
from service.evidence.store import EvidenceRow
from service.reports.schemas import Moment
from service.secrets import KeyRing

Caption = Annotated[
    str, Field(max_length=MOST_CAPTION, description="What the file shows, in your own words.")
]


LogYear = Annotated[
    int | None,
    Query(
        ge=2000,
        le=2100,
        description="The year of a call log whose dates have none, if the service asked for it. Send the same file again.",
    ),
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
    call_log: LogRead | None = Field(description="What a call log says; null if the file is none.")


class EvidenceList(BaseModel):
    """The evidence attached to a report."""

    evidence: list[Evidence] = Field(
        description="The pieces of evidence in your order; until you change it, the oldest first."
    )


def shown(row: EvidenceRow, keys: KeyRing, place: int, log: ReadLog | None) -> Evidence:
    """Return a stored piece of evidence as its reporter sees it: without its key, and with what its log says."""
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
        call_log=log_shown(log),
    )


def all_shown(rows: Sequence[EvidenceRow], keys: KeyRing, logs: Mapping[UUID, ReadLog]) -> list[Evidence]:
    """Return the pieces of a report in their order, with what was read of its call logs."""
    return [shown(row, keys, place, logs.get(row.evidence_id)) for place, row in enumerate(rows, start=1)]


def log_shown(log: ReadLog | None) -> LogRead | None:
    """Return what a call log said, as its reporter is told it; None of what is none."""
    if log is None:
        return None
    return LogRead(
        counted=log.counted,
        unread_rows=log.unread_rows,
        unread=[_row(one) for one in log.unread],
        asks=["year"] if any(one.code == "call_log_year" for one in log.unread) else [],
    )


def _row(one: Unread) -> UnreadRow:
    zh, en = message(one.code, line=one.line, column=one.column)
    return UnreadRow(sheet=one.sheet, line=one.line, column=one.column, code=one.code, zh=zh, en=en)
