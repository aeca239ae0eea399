"""Reads texts, mails and call logs beside the event loop: as much as strangers send, within bounds and a time of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.contacts.call_log import About, CallLog, Unread, read_of
from service.contacts.counting import Contact
from service.contacts.log_types import CALL_LOG, JSON, LOG_TYPES, XML
from service.contacts.tables import Table, read_tables
from service.edge.problems import (
    BY_CODE,
    EVIDENCE_BEYOND_BOUNDS,
    EVIDENCE_TOO_LARGE,
    TOO_MANY_AT_ONCE,
    FieldError,
    ProblemError,
    megabytes,
)
from service.evidence.made import Made, made_of
from service.evidence.media import MAIL, TEXT, TEXT_BYTES, Examined, examine_text, is_mail
from service.evidence.tables import begins_as_table
from service.host.beside import Asker, Beside, BusyError, SpentError
from service.spreadsheets import SpreadsheetError

#: A text of this size, such as a message, takes a millisecond or two; a process of its own would take longer to reach.
IN_A_THREAD: Final = 4096
READING_SECONDS: Final = (
    10.0  # the longest log of a telephone takes a tenth of it; one that is made to take more is kept unread
)
TYPE_SECONDS: Final = 3.0
TYPE_BYTES: Final = (
    64 * 1024
)  # of a text whose reading takes too much: whether it is a log, its beginning says
RETRY_SECONDS: Final = "5"
#: Names of tables: a text with one is a call log also if nothing in it can be read.
_NAMED: Final = (".csv", ".xls", ".xlsx", ".et")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: its type, what a call log tells, whether a text names the reported number, when it was made."""

    media_type: str
    log: CallLog | None = None
    names_number: bool = False
    made: Made | None = None

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

    @property
    def is_named_as_table(self) -> bool:
        """Whether its name is that of a table."""
        return self.file_name.lower().endswith(_NAMED)


async def read_beside(beside: Beside, sent: Sent, asker: Asker) -> Reading:
    """Return what a text, mail or call log of somebody says; raise the problem for which it is refused.

    A call log that takes more than there is for it is not refused: it is kept, unread.
    """
    try:
        if len(sent.content) <= IN_A_THREAD and not begins_as_table(sent.content):
            found = await asyncio.to_thread(read_text, sent)
        else:
            try:
                found = await beside.run(read_text, sent, asker=asker, seconds=READING_SECONDS)
            except SpentError:
                found = await beside.run(read_type, sent, asker=asker, seconds=TYPE_SECONDS)
    except BusyError:
        raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
    except SpentError:
        raise _unread() from None
    if isinstance(found, Refusal):
        raise ProblemError(BY_CODE[found.code], fields=found.fields, headers=None, **found.values)
    return found


async def made_beside(
    beside: Beside, media_type: str, fragment: bytes, now: datetime, asker: Asker
) -> Made | None:
    """Return when a recording or picture says it was made; None if it does not, or takes too long to say so."""
    if len(fragment) <= IN_A_THREAD:
        return await asyncio.to_thread(made_of, media_type, fragment, now) if fragment else None
    try:
        return await beside.run(made_of, media_type, fragment, now, asker=asker, seconds=READING_SECONDS)
    except (BusyError, SpentError):
        return None  # its reporter is asked instead


def read_text(sent: Sent) -> Reading | Refusal:
    """Return what a text says, or why it is refused."""
    try:
        is_cut = len(sent.content) > TEXT_BYTES and not is_mail(sent.content)
        return _read_beginning(sent) if is_cut else _read(sent)
    except ProblemError as problem:
        return _refusal(problem)


def read_type(sent: Sent) -> Reading | Refusal:
    """Return what a file is whose reading takes too much: a call log that is kept unread, or why it is refused."""
    is_packed = begins_as_table(sent.content)
    begin = sent.content if is_packed or len(sent.content) <= TYPE_BYTES else _beginning(sent, TYPE_BYTES)
    try:
        found = examine_text(begin)
        tables = [] if is_packed or found.media_type == MAIL else read_tables(found.text, begin)
    except ProblemError as problem:
        return _refusal(problem)
    media_type = _log_type(found, tables, sent)
    return _refusal(_unread()) if media_type is None else Reading(media_type, _of("call_log_beyond"))


def _refusal(error: ProblemError) -> Refusal:
    values = {name: str(told) for name, told in error.values.items()}
    return Refusal(error.problem.code, error.fields, values)


def _read(sent: Sent) -> Reading:
    found = examine_text(sent.content)
    if found.media_type == MAIL:
        made = made_of(MAIL, sent.content, sent.now)
        return Reading(MAIL, names_number=found.names(sent.number), made=made)
    try:
        tables = read_tables(None if begins_as_table(sent.content) else found.text, sent.content)
    except SpreadsheetError:
        return Reading(found.media_type, _of("call_log_damaged"))
    media_type = _log_type(found, tables, sent)
    if media_type is None:
        return Reading(found.media_type, names_number=found.names(sent.number))
    names_number = not tables and found.names(sent.number)  # what is no log after all may be a message
    return Reading(media_type, read_of(tables, sent.about), names_number=names_number)


def _read_beginning(sent: Sent) -> Reading:
    """Return what the beginning of a long log tells, and that the rest of it was not read; refuse what is no log."""
    too_large = ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(TEXT_BYTES))
    if begins_as_table(sent.content):
        raise too_large  # what else is in it cannot be seen from its beginning
    log = (reading := _read(replace(sent, content=_beginning(sent, TEXT_BYTES)))).log
    if log is None or (
        not sent.is_named_as_table and [one.code for one in log.unread] == ["call_log_columns"]
    ):
        raise too_large
    cut = CallLog(log.calls, [*log.unread, Unread("call_log_beyond", 1)], log.unread_rows + 1)
    return replace(reading, log=cut)


def _beginning(sent: Sent, size: int) -> bytes:
    """Return the whole lines at the beginning of a text, in any encoding."""
    begin = sent.content[:size].rpartition(b"\n")[0]
    return begin[: len(begin) // 2 * 2] if b"\0" in begin[:100] else begin  # two bytes a character


def _log_type(found: Examined, tables: Sequence[Table], sent: Sent) -> str | None:
    """Return the type of a file if it is a call log: by its type alone, by what is in it, or by its name."""
    if found.media_type in LOG_TYPES:
        return found.media_type
    if found.media_type != TEXT or not (tables or sent.is_named_as_table):
        return None
    are_records = bool(tables) and tables[0].line == 0  # and no rows below a header
    start = found.text.lstrip("\ufeff \t\r\n")[:1]
    return {"<": XML, "[": JSON, "{": JSON}.get(start, CALL_LOG) if are_records else CALL_LOG


def _of(code: str) -> CallLog:
    """Return a log of which nothing can be told but why."""
    return CallLog(unread=[Unread(code, 1)], unread_rows=1)


def _unread() -> ProblemError:
    """Return the problem of a file that is too large a task: the one place that decides what becomes of it."""
    return ProblemError(
        EVIDENCE_BEYOND_BOUNDS,
        reason_zh="读取它需要的时间或内存过多",
        reason_en="reading it takes too much time or memory",
    )
