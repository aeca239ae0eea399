"""The evidence of a package: what of it goes along as it is, what is printed, and how papers name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from service.cases.counted import day_in_words
from service.days import CHINA
from service.edge.problems import megabytes
from service.evidence.labels import Labels
from service.evidence.media import EXTENSIONS
from service.evidence.store import EvidenceRow
from service.rules.channels import Channel

MOST_ORIGINALS: Final = 200 * 1024 * 1024  # bytes of original files in one package
#: How many pictures a paper has, and how large the file of one may be; the others are told to be looked at as files.
MOST_PICTURES: Final = 24
MOST_PICTURE_BYTES: Final = 16 * 1024 * 1024
#: Pictures that can be printed. Others, such as HEIC, are handed over as files alone.
PRINTED_TYPES: Final = frozenset({"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"})
_KINDS: Final[Mapping[str, str]] = {
    "audio": "录音",
    "image": "图片",
    "video": "视频",
    "text/plain": "文字记录",
    "text/csv": "通话记录",
    "message/rfc822": "电子邮件",
    "application/pdf": "PDF文件",
}


@dataclass(frozen=True, slots=True)
class PackagedEvidence:
    """A piece of evidence as the package lists it."""

    report: int  # number of the report in the package, from 1
    name: str
    media_type: str
    size: int
    sha256: str
    is_included: bool  # whether the package holds the original
    file_name: str | None = None  # the original name
    caption: str | None = None
    made_at: datetime | None = None
    is_made_at_said: bool = False  # by the reporter, otherwise by the file
    is_zone_assumed: bool = False
    is_printed: bool = False  # whether papers have it as a picture, if it can be drawn


def evidence_for(
    channel: Channel,
    pieces: Sequence[tuple[int, EvidenceRow]],
    labels: Mapping[UUID, Labels],
) -> list[PackagedEvidence]:
    """Return the evidence list.

    Originals are included if the channel accepts files, each within the channel's limit and all within MOST_ORIGINALS.
    Pictures are printed unless the channel is known to accept no files.
    """
    attachments = channel.form.attachments if channel.form else None
    are_refused = attachments is not None and not attachments.accepted
    listed, total, printed = [], 0, 0
    for place, (report, row) in enumerate(pieces, start=1):
        is_taken = (
            attachments is not None
            and attachments.accepted
            and row.size <= (attachments.max_bytes or row.size)
            and total + row.size <= MOST_ORIGINALS
        )
        total += row.size if is_taken else 0
        is_printed = not are_refused and _may_be_printed(row) and printed < MOST_PICTURES
        printed += is_printed
        listed.append(_piece(place, report, row, labels.get(row.evidence_id, Labels()), is_taken, is_printed))
    return listed


def kind_in_words(media_type: str) -> str:
    """Return in Chinese what sort of file it is."""
    return _KINDS.get(media_type) or _KINDS.get(media_type.partition("/")[0]) or "文件"


def piece_in_words(place: int, piece: PackagedEvidence) -> str:
    """Return a piece in one Chinese line: what it is, what it shows, when it was made, and where it is."""
    size = megabytes(piece.size) + " MB" if piece.size >= 1024 * 1024 else f"{-(-piece.size // 1024)} KB"
    parts = [f"附件{place}：{piece.caption or kind_in_words(piece.media_type)}（第{piece.report}次联系）"]
    parts.append(f"{kind_in_words(piece.media_type)}，{size}")
    if piece.file_name:
        parts.append(f"原文件名“{piece.file_name}”")
    if piece.made_at is not None:
        parts.append(made_in_words(piece))
    parts.append(f"文件{piece.name}" if piece.is_included else "原件另行交付，以文末摘要值为准")
    return "；".join(parts) + "。"


def made_in_words(piece: PackagedEvidence) -> str:
    """Return when a piece was made, and who says so."""
    if piece.made_at is None:
        return "形成时间不详"
    when = piece.made_at.astimezone(CHINA)
    by = "本人所述" if piece.is_made_at_said else "文件所记"
    zone = "，文件未记时区，按北京时间计" if piece.is_zone_assumed else ""
    return f"形成于{day_in_words(when.date())} {when:%H:%M}（{by}{zone}）"


def _may_be_printed(row: EvidenceRow) -> bool:
    return row.media_type in PRINTED_TYPES and row.size <= MOST_PICTURE_BYTES


def _piece(  # noqa: PLR0917  a row of six columns
    place: int, report: int, row: EvidenceRow, labels: Labels, is_included: bool, is_printed: bool
) -> PackagedEvidence:
    return PackagedEvidence(
        report=report,
        name=f"evidence/{place:02}{EXTENSIONS[row.media_type]}",
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256.hex(),
        is_included=is_included,
        file_name=labels.file_name,
        caption=labels.caption,
        made_at=row.said_made_at or row.file_made_at,
        is_made_at_said=row.said_made_at is not None,
        is_zone_assumed=row.is_zone_assumed and row.said_made_at is None,
        is_printed=is_printed,
    )
