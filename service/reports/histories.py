"""Reads a complaint file as a history to train on; nothing of it is stored."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from ml.learning.complaints import Complaint
from service.days import FIRST_DAY
from service.numbers.parse import parse_number
from service.reports.feed_lines import complaint_day, latest_day
from service.reports.feeds import complaint_fields
from service.reports.line_facts import FeedError, Flaw
from service.reports.line_file import LineFile

LINES_PER_STEP = 20_000


def read_history(path: Path, progress: Callable[[int], None]) -> Iterator[Complaint]:
    """Return the complaints of an FTC file, plain or gzip; raises FeedError if its columns are not of that format
    or the file is cut off.

    Lines that are not a complaint about a number are skipped, as the import skips them. `progress` is called with the
    number of bytes read.
    """
    number_of = lru_cache(maxsize=200_000)(_number)
    with ExitStack() as stack:
        lines = LineFile(path, stack)
        if lines.facts.flaw is Flaw.CUT_OFF:
            raise FeedError("文件不完整 / the file is cut off")
        texts, latest = iter(lines), latest_day()
        fields_of, _separator = complaint_fields(next(texts, ""))
        for position, text in enumerate(texts):
            if position % LINES_PER_STEP == 0:
                progress(lines.bytes_read)
            try:
                complaint = fields_of(text)
                key, kind = number_of(complaint.number)
                day = (complaint_day(complaint.day, latest) - FIRST_DAY).days
            except ValueError:
                continue
            yield Complaint(key, kind, day, _cluster(complaint.area_code), complaint.caller == "automated")


def _number(text: str) -> tuple[str, str]:
    number = parse_number(text, "US")
    return number.key, number.kind.value


@lru_cache(maxsize=4096)
def _cluster(area_code: str) -> int:
    return int(area_code) if area_code.isascii() and area_code.isdigit() else -1
