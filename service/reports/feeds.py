"""Reads complaint files of other services into rows of `reports`.

The feed of the US Federal Trade Commission comes in two shapes: its official daily file, and a history of three
columns. It names no reporters, so each complaint counts as another reporter's, and clusters are consumers' area codes. Its
times are local to consumers whose time zone is unknown: only the day is kept, so that quiet hours are not guessed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic import ValidationError

from ml.trust import BARE_LOG
from service.days import CHINA
from service.edge.problems import FieldError, ProblemError
from service.edge.validation import field_errors, number_message
from service.numbers.parse import Number, NumberError, parse_number
from service.reports.feed_lines import (
    Rejected,
    cells_of,
    complaint_day,
    complaint_moment,
    fitted,
    header_of,
    is_blank,
    latest_day,
    quoted_as_needed,
)
from service.reports.intake import partner_author, prepare
from service.reports.line_facts import FeedError
from service.reports.schemas import PartnerReport
from service.reports.sources_store import Source
from service.reports.store import NewReport
from service.reports.when import check_time
from service.secrets import KeyRing

NOON = timedelta(hours=12)
FTC_HISTORY = ("created_date", "number", "consumer_area_code")
FTC_DAILY = (
    "Company_Phone_Number", "Created_Date", "Violation_Date", "Consumer_City", "Consumer_State",
    "Consumer_Area_Code", "Subject", "Recorded_Message_Or_Robocall",
)  # fmt: skip
#: What the column Recorded_Message_Or_Robocall says -> who called.
CALLER_OF = {"Y": "automated", "N": "human"}
#: Columns of the csv format: the fields of a partner's report; violations are separated by spaces.
CSV_COLUMNS = tuple(PartnerReport.model_fields)
REQUIRED_COLUMNS = ("number", "occurred_at", "reporter")


class Reader(Protocol):
    """Turns lines into rows; it gets every line in order, also those that are only skipped."""

    def skip(self, lines: Sequence[str]) -> None:
        """Note lines that an earlier run imported."""

    def read(self, lines: Sequence[str], first: int) -> tuple[list[NewReport], list[Rejected]]:
        """Return the rows of these lines, and the rejected ones; `first` is the number of the first line."""


def open_reader(name: str, header: str, source: Source, keys: KeyRing) -> tuple[Reader, bool]:
    """Return the reader of a format (ftc, csv, ndjson), and whether the first line was a header.

    Raises FeedError if the first line is not of that format.
    """
    if name == "ndjson":
        if not header.lstrip("\ufeff \t").startswith("{"):
            raise FeedError("第一行不是 JSON 对象 / the first line is not a JSON object")
        return PartnerReader(source, keys, _from_json), False
    if name != "csv":
        return FtcReader(source, *complaint_fields(header)), True
    columns, separator = header_of(header)
    unknown = [column for column in columns if column not in CSV_COLUMNS]
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    if unknown or missing:
        raise FeedError(
            f"列不正确 / wrong columns: unknown {unknown or 'none'}; missing {missing or 'none'}; "
            f"known {', '.join(CSV_COLUMNS)}",
            "columns",
        )
    return PartnerReader(source, keys, lambda line: _from_csv(columns, cells_of(line, separator))), True


def complaint_fields(header: str) -> "tuple[Callable[[str], ComplaintLine], str]":
    """Return what reads the lines of an FTC file with this header, and what separates their cells.

    Raises FeedError, as the reader does for a bad line.
    """
    columns, separator = header_of(header)
    if columns == FTC_HISTORY:
        return (lambda line: _history_fields(cells_of(line, separator))), separator
    if columns == FTC_DAILY:
        return (lambda line: _daily_fields(cells_of(line, separator))), separator
    raise FeedError(
        f"列不正确 / the columns are neither {', '.join(FTC_HISTORY)} nor {', '.join(FTC_DAILY)}", "columns"
    )


class ComplaintLine(NamedTuple):
    """One line of a complaint feed."""

    number: str
    created: str
    day: str
    area_code: str
    caller: str | None
    subject: str | None


class FtcReader:
    """Reads complaints without reporters: a line's content and repetition say which complaint it is."""

    def __init__(self, source: Source, fields: Callable[[str], ComplaintLine], separator: str) -> None:
        self._source = source
        self._fields = fields
        self._separator = separator
        self._seen: set[int] = set()
        self._repeats: dict[int, int] = {}

    def skip(self, lines: Sequence[str]) -> None:
        """Count the complaints of lines imported before, so that repetitions continue from there."""
        for line in lines:
            self._identity(line)

    def read(self, lines: Sequence[str], first: int) -> tuple[list[NewReport], list[Rejected]]:
        """Return one row for each complaint; a blank number is a withheld one."""
        rows: list[NewReport] = []
        rejected: list[Rejected] = []
        latest = latest_day()
        for position, line in enumerate(lines, start=first):
            if is_blank(line):
                continue
            try:
                complaint = self._fields(line)
                day = complaint_day(complaint.day, latest)
                created = complaint_moment(complaint.created, latest)
                number = parse_number(complaint.number, "US")
                rows.append(self._row(self._identity(line), complaint, number, (day, created)))
            except NumberError as error:
                reason = " / ".join(number_message(error))
                rejected.append(Rejected(position, line, reason, f"number_{error.problem}"))
            except FeedError as error:
                rejected.append(Rejected(position, line, str(error), error.kind))
        return rows, rejected

    def _row(
        self, identity: bytes, complaint: ComplaintLine, number: Number, when: tuple[date, datetime]
    ) -> NewReport:
        occurred_at = _noon_in_china(when[0])
        # by position: by name, each of millions of lines would take a tenth longer
        return NewReport(
            number.key, identity[:16], occurred_at, UUID(bytes=identity[16:]),
            self._source.source_id, _area_cluster(self._source.name, complaint.area_code), number.kind.value,
            None, self._source.simulated, "voice", occurred_at, False, when[1],
            None, None, complaint.caller, None, None, None, complaint.subject, "abusive", None,
            self._source.weight, BARE_LOG, True,
        )  # fmt: skip

    def _identity(self, line: str) -> bytes:
        """Return 32 bytes that are the same whenever the same complaint is imported, from whatever file."""
        content = f"{self._source.name}\n{quoted_as_needed(line, self._separator)}".encode(
            "utf-8", "surrogateescape"
        )
        digest = hashlib.blake2b(content, digest_size=32).digest()
        short = int.from_bytes(digest[:8], "little")
        if short not in self._seen:
            self._seen.add(short)
            return digest
        repeat = self._repeats[short] = self._repeats.get(short, 0) + 1
        return hashlib.blake2b(b"%d\n" % repeat + content, digest_size=32).digest()


class PartnerReader:
    """Reads reports with the partner's own reporters, as `POST /v1/reports:batch` takes them."""

    def __init__(self, source: Source, keys: KeyRing, parse: Callable[[str], PartnerReport]) -> None:
        self._source = source
        self._keys = keys
        self._parse = parse

    def skip(self, lines: Sequence[str]) -> None:
        """Do nothing: a report's own fields say which report it is."""

    def read(self, lines: Sequence[str], first: int) -> tuple[list[NewReport], list[Rejected]]:
        """Return one row for each report."""
        now = datetime.now(UTC)
        rows: list[NewReport] = []
        rejected: list[Rejected] = []
        for position, line in enumerate(lines, start=first):
            if is_blank(line):
                continue
            try:
                report = self._parse(line)
                check_time(report, now)
                author = partner_author(self._keys, self._source, report)
                rows.append(prepare(report, author, self._keys, now=now))
            except ValidationError as error:
                rejected.append(_rejected(position, line, field_errors(error.errors(include_url=False))))
            except ProblemError as error:
                rejected.append(_rejected(position, line, error.fields))
            except FeedError as error:
                rejected.append(Rejected(position, line, str(error), error.kind))
        return rows, rejected


def _history_fields(cells: Sequence[str]) -> ComplaintLine:
    created, number, area_code = fitted(cells, len(FTC_HISTORY))
    return ComplaintLine(
        number=number, created=created, day=created, area_code=area_code, caller=None, subject=None
    )


def _daily_fields(cells: Sequence[str]) -> ComplaintLine:
    number, created, violation, _city, _state, area_code, subject, robocall = fitted(cells, len(FTC_DAILY))
    return ComplaintLine(
        number=number,
        created=created,
        day=violation or created,
        area_code=area_code,
        caller=CALLER_OF.get(robocall),
        subject=subject or None,
    )


def _from_json(line: str) -> PartnerReport:
    return PartnerReport.model_validate_json(line)


def _from_csv(columns: Sequence[str], values: Sequence[str]) -> PartnerReport:
    told = zip(columns, fitted(values, len(columns)), strict=True)
    cells: Mapping[str, Any] = {column: cell for column, cell in told if cell}
    return PartnerReport.model_validate(
        {"number": "", **cells, "violations": cells.get("violations", "").split()}
    )


def _rejected(line: int, text: str, errors: Sequence[FieldError]) -> Rejected:
    return Rejected(line, text, _told(errors), f"{errors[0].field}:{errors[0].code}")


def _told(errors: Iterable[FieldError]) -> str:
    return "; ".join(
        f"{error.field}: {error.zh} / {error.en}" if error.field else f"{error.zh} / {error.en}"
        for error in errors
    )


@lru_cache(maxsize=4096)
def _noon_in_china(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + NOON


@lru_cache(maxsize=4096)
def _area_cluster(source: str, area_code: str) -> int:
    digest = hashlib.blake2b(f"{source} {area_code}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def lines_of(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    """Return lines, `size` at a time."""
    iterator = iter(lines)
    while batch := list(islice(iterator, size)):
        yield batch
