"""A complaint file read as a history to learn from: nothing of it is stored."""

import gzip
import io
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from ml.complaints import Complaint
from service.numbers import parse_number
from service.reports.feeds import complaint_fields

UNIX_DAY = date(1970, 1, 1).toordinal()
LINES_PER_STEP = 20_000


def read_history(path: Path, progress: Callable[[int], None]) -> Iterator[Complaint]:
    """Complaints of an FTC file, plain or gzip; raises FeedError when its columns are not of that format.

    Lines that are no complaint about a number are passed over, as the import passes them over. `progress` is told
    how many bytes of the file were read.
    """
    number_of = lru_cache(maxsize=200_000)(_number)
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        content = gzip.GzipFile(fileobj=raw) if is_gzip else raw
        texts = io.TextIOWrapper(content, "utf-8", errors="surrogateescape", newline="\n")
        fields_of = complaint_fields(texts.readline())
        for position, text in enumerate(texts):
            if position % LINES_PER_STEP == 0:
                progress(raw.tell())
            try:
                complaint = fields_of(text.rstrip("\r\n"))
                key, kind = number_of(complaint.number)
                day = _day(complaint.day)
            except ValueError:
                continue
            yield Complaint(key, kind, day, _cluster(complaint.area_code), complaint.caller == "automated")


def _number(text: str) -> tuple[str, str]:
    number = parse_number(text, "US")
    return number.key, number.kind.value


@lru_cache(maxsize=4096)
def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal() - UNIX_DAY


@lru_cache(maxsize=4096)
def _cluster(area_code: str) -> int:
    return int(area_code) if area_code.isascii() and area_code.isdigit() else -1
