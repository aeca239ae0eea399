"""Reads a returned file beside the event loop, within bounds of memory and a time of its own."""

import asyncio
from typing import Final

from service.edge.messages import MESSAGES
from service.edge.problems import INVALID_REQUEST, TOO_MANY_AT_ONCE, FieldError, ProblemError
from service.edge.validation import message
from service.host.beside import Asker, Beside, BusyError, SpentError
from service.outcomes.filled import ReadFile, read_file
from service.outcomes.sheets import SheetError
from service.spreadsheets import LEGACY_SPREADSHEET, OPEN_SPREADSHEET, SPREADSHEET, is_packed

#: A text of this size takes milliseconds; a spreadsheet of any size may unpack to more.
IN_A_THREAD: Final = 8 * 1024
FLAWS: Final = 2  # that are told for each outcome that a request may have: each is told in two languages
SECONDS: Final = 20.0
RETRY_SECONDS: Final = "5"
#: Media types of returned files; what a file is, its content decides.
MEDIA_TYPES: Final = (
    SPREADSHEET,
    LEGACY_SPREADSHEET,
    OPEN_SPREADSHEET,
    "application/x-ndjson",
    "text/csv",
)


async def read_beside(
    beside: Beside, content: bytes, asker: Asker, *, seconds: float = SECONDS, most: int | None = None
) -> ReadFile:
    """Return what a file says, of at most so many outcomes; raise the problem for which it cannot be read at all."""
    try:
        if len(content) <= IN_A_THREAD and not is_packed(content):
            found = await asyncio.to_thread(read_or_refuse, content, most)
        else:
            found = await beside.run(read_or_refuse, content, most, asker=asker, seconds=seconds)
    except BusyError:
        raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
    except SpentError:
        found = unreadable("读取它需要的时间或内存过多", "reading it takes too much time or memory")
    if isinstance(found, FieldError):
        raise ProblemError(INVALID_REQUEST, fields=[found])
    return found


def read_or_refuse(content: bytes, most: int | None = None) -> ReadFile | FieldError:
    """Return what a file says, or why it cannot be read, as it travels between processes."""
    try:
        read = read_file(content)
    except SheetError as error:
        return unreadable(error.zh, error.en)
    if most is not None and (len(read.answers) > most or len(read.flaws) > FLAWS * most):
        return FieldError("file", "too_long", *message("too_long", max_length=most))
    return read if read != ReadFile() else unreadable("没有任何一行", "it has no rows")


def unreadable(zh: str, en: str) -> FieldError:
    """Return what is wrong with a file as a whole."""
    in_chinese, in_english = MESSAGES["outcome_file"]
    return FieldError("file", "outcome_file", in_chinese.format(reason=zh), in_english.format(reason=en))
