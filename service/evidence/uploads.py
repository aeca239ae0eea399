"""Uploads in parts: what has arrived stays, whatever becomes of the connection or the service, and the next part goes on.

A part is encrypted into the vault as it streams in, under a key of its own, as large as it came: where a connection breaks
off, what had arrived until then is a part. When the last byte is there, the parts are put together as one file that streams
through the same checks as any other.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import ClientDisconnect

from service.database import ANSWER_SECONDS, Connection
from service.edge.in_flight import Place
from service.edge.problems import (
    EVIDENCE_DAMAGED,
    EVIDENCE_DIGEST_WRONG,
    EVIDENCE_FORM_INVALID,
    EVIDENCE_TOO_LARGE,
    EVIDENCE_TYPE_REFUSED,
    NOT_FOUND,
    TOO_MUCH_EVIDENCE,
    UPLOAD_BEYOND_SIZE,
    UPLOAD_OFFSET_WRONG,
    ProblemError,
    megabytes,
)
from service.evidence import uploads_store
from service.evidence.labels import Labels, seal_labels, unseal_labels
from service.evidence.media import Examiner
from service.evidence.passage import Limits, in_time
from service.evidence.room import LOOK_BYTES
from service.evidence.sealing import DamagedError
from service.evidence.store import EvidenceRow
from service.evidence.take import Taking, keep, open_report, store_file
from service.evidence.uploads_store import PartRow, UploadRow
from service.evidence.vault import Vault
from service.reports import reporters
from service.reports.reporters_store import lock_reporters
from service.reports.store import ReportRow

MOST_OPEN: Final = 4  # uploads of one person that are still arriving
MOST_PARTS: Final = (
    1000  # of one upload: each is an object, and the largest file takes 25 of the size that clients are told
)
PART_BYTES: Final = (
    8 * 1024 * 1024
)  # that clients are told to send at once: what is lost by a restart, at most
#: Problems of the file itself: it will not be taken however often it is sent, so nothing of it is kept.
_OF_THE_FILE: Final = (EVIDENCE_TYPE_REFUSED, EVIDENCE_TOO_LARGE, EVIDENCE_DIGEST_WRONG)


async def begin(taking: Taking, new: UploadRow, labels: Labels) -> UploadRow:
    """Begin an upload of an announced size, if it could be kept; its labels are sealed."""
    context = taking.context
    Limits.of(context.settings).require(None, new.size)
    row = replace(new, sealed=seal_labels(labels, context.keys, new.upload_id))

    async def work(connection: Connection) -> None:
        await lock_reporters(connection, [taking.reporter], context.now())
        report, _ = await open_report(connection, taking, needs=lambda: (1, row.size))
        if await uploads_store.count_uploads(connection, taking.reporter) >= MOST_OPEN:
            raise ProblemError(
                TOO_MUCH_EVIDENCE,
                reason_zh=f"您已有 {MOST_OPEN} 个未完成的上传",
                reason_en=f"You have {MOST_OPEN} unfinished uploads already",
            )
        await taking.room.require(connection, taking.origin(), row.size)
        await uploads_store.insert_upload(
            connection, report.number, report.report_id, row, reporter=taking.reporter
        )

    await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    return row


async def find(connection: Connection, taking: Taking, upload_id: UUID) -> tuple[ReportRow, UploadRow]:
    """Return an upload of the reporter's own report; raise not_found for anybody else's."""
    report = await reporters.own_report(connection, taking.reporter, taking.report_id)
    row = await uploads_store.fetch_upload(connection, report.number, report.report_id, upload_id)
    if row is None:
        raise ProblemError(NOT_FOUND)
    return report, row


async def add_part(
    taking: Taking,
    upload_id: UUID,
    body: AsyncIterator[bytes],
    *,
    offset: int | None,
    length: int,
    place: Place,
) -> UploadRow:
    """Store what arrives from `offset` on, and the evidence if that was all; return how far the upload has come.

    `length` is what the request announces, 0 if it does not say. Raise upload_offset_wrong where the upload has not come
    just so far.
    """
    async with taking.context.database.connection() as connection:
        report, upload = await find(connection, taking, upload_id)
        if upload.evidence_id is not None:
            return upload
        if offset != upload.received:
            raise offset_wrong(upload.received)
        if offset + length > upload.size:
            raise ProblemError(UPLOAD_BEYOND_SIZE, size=upload.size)
        if upload.parts >= MOST_PARTS and offset < upload.size:
            raise _too_many_parts()
        await open_report(connection, taking, needs=lambda: (1, upload.size), besides=upload_id)
        # without a length, all that is missing may come
        await taking.room.require(connection, taking.origin(), length or upload.size - offset)
    try:
        if offset < upload.size:
            upload = await _store_part(taking, upload, Arrival(upload, taking), in_time(place, body))
        if upload.received < upload.size:
            return upload
        row = await _put_together(taking, report, upload)
    except ProblemError as error:
        if error.problem in _OF_THE_FILE:
            await give_up(taking, upload_id)
        raise
    return replace(upload, evidence_id=row.evidence_id)


class Arrival:
    """The bytes of one part as they arrive; it ends where they end, and remembers what ended them before that."""

    def __init__(self, upload: UploadRow, taking: Taking) -> None:
        self.size = 0
        self.ended_by: ProblemError | None = None
        self._upload = upload
        self._limits = Limits.of(taking.context.settings)
        self._room = taking.room
        self._looked_at = 0
        self._digest = hashlib.sha256()
        self._examiner = Examiner() if upload.received == 0 else None

    @property
    def sha256(self) -> bytes:
        """The digest of what has arrived."""
        return self._digest.digest()

    async def content(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield what arrives; raise upload_beyond_size for more than was announced, and what refuses a file's beginning.

        While it arrives, the disk is looked at.
        """
        while True:
            try:
                piece = await anext(pieces, None)
            except ClientDisconnect:
                self.ended_by = ProblemError(EVIDENCE_FORM_INVALID)  # nobody is left to read it
                return
            except ProblemError as too_slow:
                self.ended_by = too_slow
                return
            if piece is None:
                return
            if not piece:
                continue
            self.size += len(piece)
            if self._upload.received + self.size > self._upload.size:
                raise ProblemError(UPLOAD_BEYOND_SIZE, size=self._upload.size)
            self._digest.update(piece)
            self._look(piece)
            if self.size - self._looked_at >= LOOK_BYTES:
                self._looked_at = self.size
                await self._room.require_disk()
            yield piece

    def _look(self, piece: bytes) -> None:
        """Examine a file's beginning, until it is known whether it may be as large as it is announced."""
        if self._examiner is not None:
            self._examiner.look(piece)
            if (known := self._examiner.known_type) is not None:
                self._limits.require(known, self._upload.size)
                self._examiner = None


async def _store_part(
    taking: Taking, upload: UploadRow, arrival: Arrival, pieces: AsyncIterator[bytes]
) -> UploadRow:
    """Store a part if anything of it arrives; raise what ended it too early once it is stored."""
    content = arrival.content(pieces)
    first = await anext(content, None)
    if first is not None:
        part_id = uuid4()
        key = await taking.vault.put(part_id, _from(first, content))
        upload = await _add(taking, upload, PartRow(part_id, arrival.size, arrival.sha256, key))
    if arrival.ended_by is not None:
        raise arrival.ended_by
    return upload


async def _add(taking: Taking, upload: UploadRow, part: PartRow) -> UploadRow:
    """Add a part that is complete in the vault; raise upload_offset_wrong if another request was faster."""
    context = taking.context
    origin = taking.origin()

    async def work(connection: Connection) -> int | None:
        now = context.now()
        come = await uploads_store.insert_part(connection, upload.upload_id, upload.received, part, now)
        if come is not None:
            await taking.room.count(connection, origin, part.size)
        return come

    try:
        received = await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    except ProblemError:
        await taking.vault.delete(part.part_id)
        raise
    if received is None:
        await taking.vault.delete(part.part_id)
        async with context.database.connection() as connection:
            _, now_there = await find(connection, taking, upload.upload_id)
        raise offset_wrong(now_there.received)
    return replace(upload, received=received, moved_at=context.now())


async def _put_together(taking: Taking, report: ReportRow, upload: UploadRow) -> EvidenceRow:
    context = taking.context
    async with context.database.connection() as connection:
        parts = await uploads_store.list_parts(connection, upload.upload_id)
    await taking.room.require_disk(upload.size)  # for a moment it is there twice
    labels = unseal_labels(upload.sealed, context.keys, upload.upload_id)
    stored = await store_file(
        taking,
        report,
        _joined(taking.vault, parts),
        named=lambda: labels.file_name or "",
        grow=lambda _: None,
    )
    if upload.sha256 is not None and stored.sha256 != upload.sha256:
        await taking.vault.delete(stored.evidence_id)
        raise ProblemError(EVIDENCE_DIGEST_WRONG)
    said = replace(stored, labels=labels, said_made_at=upload.said_made_at)
    row, _ = await keep(taking, said, came_by=upload.upload_id)
    await _delete_parts(taking, upload.upload_id)
    return row


async def give_up(taking: Taking, upload_id: UUID) -> bool:
    """Delete an upload with what has arrived of it; return False if there is no such upload."""
    async with taking.context.database.connection() as connection:
        report = await reporters.own_report(connection, taking.reporter, taking.report_id)
        is_there = await uploads_store.delete_upload(connection, report.number, report.report_id, upload_id)
    if is_there:
        await _delete_parts(taking, upload_id)
    return is_there


def offset_wrong(received: int) -> ProblemError:
    """Return the problem of a part that does not begin where the upload ends."""
    return ProblemError(UPLOAD_OFFSET_WRONG, headers={"Upload-Offset": str(received)}, offset=received)


def _too_many_parts() -> ProblemError:
    size = megabytes(PART_BYTES)
    return ProblemError(
        TOO_MUCH_EVIDENCE,
        reason_zh=f"一次上传最多 {MOST_PARTS} 段，请放弃这次上传，重新开始，每段发送 {size} MB",
        reason_en=f"An upload has at most {MOST_PARTS} parts: give it up, begin anew, and send {size} MB at once",
    )


async def _delete_parts(taking: Taking, upload_id: UUID) -> None:
    async with taking.context.database.connection() as connection:
        parts = await uploads_store.delete_parts(connection, upload_id)
    for part_id in parts:
        await taking.vault.delete(part_id)


async def _joined(vault: Vault, parts: list[PartRow]) -> AsyncIterator[bytes]:
    """Yield the content of all parts, each checked against its own digest."""
    for part in parts:
        try:
            async with aclosing(await vault.open(part)) as content:
                async for chunk in content:
                    yield chunk
        except DamagedError:
            raise ProblemError(EVIDENCE_DAMAGED) from None


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
