"""Reads texts, mails and call logs beside the event loop: as much as strangers send, within bounds and a time of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.contacts.call_log import has_call_log_header, read_call_log
from service.contacts.counting import Contact
from service.contacts.rows import MOST_LINES, TooManyLinesError
from service.edge.problems import (
    BY_CODE,
    EVIDENCE_BEYOND_BOUNDS,
    TOO_MANY_AT_ONCE,
    FieldError,
    ProblemError,
)
from service.evidence.made import Made, made_of
from service.evidence.media import CALL_LOG, MAIL, TEXT, examine_text
from service.host.beside import Asker, Beside, BusyError, SpentError

#: A text of this size, such as a message, takes a millisecond or two; a process of its own would take longer to reach.
IN_A_THREAD: Final = 4096
READING_SECONDS: Final = (
    10.0  # the longest log of a telephone takes a tenth of it; one that is made to take more is refused
)
RETRY_SECONDS: Final = "5"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: its type, the calls of a call log, whether a text names the reported number, when it was made."""

    media_type: str
    calls: Sequence[Contact] = ()
    names_number: bool = False
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The problem of a text that is refused, as it travels between processes."""

    code: str
    fields: Sequence[FieldError]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A text as it came, and what it is about: the key of the reported number."""

    content: bytes
    file_name: str
    number: str
    now: datetime


async def read_beside(beside: Beside, sent: Sent, asker: Asker) -> Reading:
    """Return what a text, mail or call log of somebody says; raise the problem for which it is refused."""
    if len(sent.content) <= IN_A_THREAD:
        found = await asyncio.to_thread(read_text, sent)
    else:
        try:
            found = await beside.run(read_text, sent, asker=asker, seconds=READING_SECONDS)
        except BusyError:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
        except SpentError:
            raise _unread("读取它需要的时间或内存过多", "reading it takes too much time or memory") from None
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
        return _read(sent)
    except TooManyLinesError:
        error = _unread(f"它超过 {MOST_LINES} 行", f"it has more than {MOST_LINES} lines")
    except ProblemError as refused:
        error = refused
    return Refusal(error.problem.code, error.fields, {name: str(told) for name, told in error.values.items()})


def _read(sent: Sent) -> Reading:
    found = examine_text(sent.content)
    is_named_log = sent.file_name.lower().endswith(".csv")  # which then needs the headings of one
    if found.media_type == TEXT and (is_named_log or has_call_log_header(found.text)):
        return Reading(CALL_LOG, read_call_log(found.text, sent.number, now=sent.now))
    made = made_of(MAIL, sent.content, sent.now) if found.media_type == MAIL else None
    return Reading(found.media_type, names_number=found.names(sent.number), made=made)


def _unread(reason_zh: str, reason_en: str) -> ProblemError:
    """Return the problem of a file that is too large a task: the one place that decides what becomes of it."""
    return ProblemError(EVIDENCE_BEYOND_BOUNDS, reason_zh=reason_zh, reason_en=reason_en)
