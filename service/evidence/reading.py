"""Reads texts, mails and call logs beside the event loop: as much as strangers send, within bounds and a time of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.contacts.call_log import About, CallLog, Unread, read_of
from service.contacts.counting import Contact
from service.contacts.headings import header_of
from service.contacts.rows import HEADER_WITHIN, delimiters
from service.contacts.sheets import SheetError, has_program, is_spreadsheet
from service.contacts.tables import read_tables
from service.edge.problems import (
    BY_CODE,
    EVIDENCE_BEYOND_BOUNDS,
    TOO_MANY_AT_ONCE,
    FieldError,
    ProblemError,
)
from service.evidence.media import (
    CALL_LOG,
    JSON,
    PROGRAM,
    TEXT,
    TEXT_BYTES,
    XLS,
    XLSX,
    XML,
    decoded,
    examine_text,
    is_mail,
    is_workbook,
    refused,
)
from service.host.beside import Asker, Beside, BusyError, SpentError

#: A text of this size, such as a message, takes a millisecond or two; a process of its own would take longer to reach.
IN_A_THREAD: Final = 4096
READING_SECONDS: Final = (
    10.0  # the longest log of a telephone takes a tenth of it; one that is made to take more is kept unread
)
TYPE_SECONDS: Final = 3.0
RETRY_SECONDS: Final = "5"
#: Files that are call logs by their names alone: kept also if nothing in them can be read.
_NAMED: Final[Mapping[str, str]] = {".csv": CALL_LOG, ".xls": XLS, ".xlsx": XLSX, ".et": XLS}
_MARKUP: Final = ("<",)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: its type, what a call log tells, and whether a text names the reported number."""

    media_type: str
    log: CallLog | None = None
    names_number: bool = False

    @property
    def calls(self) -> Sequence[Contact]:
        """The calls and messages of a call log."""
        return self.log.calls if self.log else ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The problem of a text that is refused, as it travels between processes."""

    code: str
    fields: Sequence[FieldError]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A text as it came, and what it is about: the key of the reported number, and what dates of a log may need."""

    content: bytes
    file_name: str
    number: str
    now: datetime
    reported_at: datetime | None = None
    year: int | None = None

    @property
    def about(self) -> About:
        """What a log is read for."""
        return About(self.number, self.now, self.reported_at, self.year, self.file_name)


async def read_beside(beside: Beside, sent: Sent, asker: Asker) -> Reading:
    """Return what a text, mail or call log of somebody says; raise the problem for which it is refused.

    A call log that takes more than there is for it is not refused: it is kept, unread.
    """
    try:
        if len(sent.content) <= IN_A_THREAD and not is_workbook(sent.content):
            found = await asyncio.to_thread(read_text, sent)
        else:
            try:
                found = await beside.run(read_text, sent, asker=asker, seconds=READING_SECONDS)
            except SpentError:
                found = await beside.run(read_type, sent, asker=asker, seconds=TYPE_SECONDS)
    except BusyError:
        raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
    except SpentError:
        raise _unread("读取它需要的时间或内存过多", "reading it takes too much time or memory") from None
    if isinstance(found, Refusal):
        raise ProblemError(BY_CODE[found.code], fields=found.fields, headers=None, **found.values)
    return found


def read_text(sent: Sent) -> Reading | Refusal:
    """Return what a text says, or why it is refused."""
    try:
        return _read(sent)
    except ProblemError as problem:
        return _refusal(problem)


def read_type(sent: Sent) -> Reading | Refusal:
    """Return what a file is whose reading takes too much: a call log that is kept unread, or why it is refused."""
    media_type = _workbook_type(sent.content) or _log_type(sent)
    if media_type is None:
        return _refusal(_unread("读取它需要的时间或内存过多", "reading it takes too much time or memory"))
    return Reading(media_type, CallLog(unread=[Unread("call_log_beyond", 1)], unread_rows=1))


def _refusal(error: ProblemError) -> Refusal:
    values = {name: str(told) for name, told in error.values.items()}
    return Refusal(error.problem.code, error.fields, values)


def _read(sent: Sent) -> Reading:
    if media_type := _workbook_type(sent.content):
        return Reading(media_type, _sheets(sent))
    if len(sent.content) > TEXT_BYTES and _log_type(sent) and not is_mail(sent.content):
        begin = sent.content[:TEXT_BYTES].rpartition(b"\n")[0]
        text = decoded(begin)
        return Reading(CALL_LOG, _cut(read_of(read_tables(text, begin), sent.about)) if text else _damaged())
    text = None if is_mail(sent.content) else decoded(sent.content[: TEXT_BYTES + 1])
    if text is not None and (tables := read_tables(text, sent.content)):
        return Reading(_type_of(text), read_of(tables, sent.about))
    named = _named(sent.file_name)
    if text is not None and named in (XLS, XLSX) and "<table" in text.lower():
        return Reading(XLS, read_of([], sent.about))
    found = examine_text(sent.content)
    if found.media_type == TEXT and named:
        return Reading(CALL_LOG, read_of([], sent.about))
    return Reading(found.media_type, names_number=found.names(sent.number))


def _sheets(sent: Sent) -> CallLog:
    try:
        return read_of(read_tables(None, sent.content), sent.about)
    except SheetError:
        return _damaged()


def _damaged() -> CallLog:
    return CallLog(unread=[Unread("call_log_damaged", 1)], unread_rows=1)


def _cut(log: CallLog) -> CallLog:
    """Return what the beginning of a log tells, with a note that the rest of it was not read."""
    return CallLog(log.calls, [*log.unread, Unread("call_log_beyond", 1)], log.unread_rows + 1)


def _workbook_type(content: bytes) -> str | None:
    """Return the type of a spreadsheet; raise evidence_type_refused for one that has programs in it."""
    if not is_workbook(content) or not (is_spreadsheet(content) or _is_long_workbook(content)):
        return None
    if has_program(content):
        raise refused(PROGRAM)
    return XLSX if content.startswith(b"PK") else XLS


def _is_long_workbook(content: bytes) -> bool:
    """Return whether the beginning of a ZIP that was not kept whole is that of a workbook."""
    return len(content) > TEXT_BYTES and b"[Content_Types].xml" in content[:4096] and b"xl/" in content


def _named(file_name: str) -> str | None:
    name = file_name.lower()
    return next((media_type for extension, media_type in _NAMED.items() if name.endswith(extension)), None)


def _log_type(sent: Sent) -> str | None:
    """Return the type of a text that is a call log by its name or its first lines; None if it is none."""
    if named := _named(sent.file_name):
        return named
    begin = decoded(sent.content[:65_536].rpartition(b"\n")[0]) or ""
    lines = begin.splitlines()[:HEADER_WITHIN]
    signs = delimiters(begin)
    return CALL_LOG if any(header_of(line.split(sign)) for line in lines for sign in signs) else None


def _type_of(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")[:5].lower()
    if start.startswith(_MARKUP):
        is_xml = start.startswith(("<?xml", "<call", "<smse", "<alll", "<logs"))
        return XML if is_xml and "<table" not in text.lower() else XLS
    return JSON if start[:1] in ("[", "{") else CALL_LOG


def _unread(reason_zh: str, reason_en: str) -> ProblemError:
    """Return the problem of a file that is too large a task: the one place that decides what becomes of it."""
    return ProblemError(EVIDENCE_BEYOND_BOUNDS, reason_zh=reason_zh, reason_en=reason_en)
