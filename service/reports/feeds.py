"""Reads complaint files of other services into rows of `reports`.

The feed of the US Federal Trade Commission comes in two shapes: its official daily file, and a history of three
columns. It names no reporters, so each complaint counts as another reporter's, and clusters are consumers' area codes. Its
times are local to consumers whose time zone is unknown: only the day is kept, so that quiet hours are not guessed.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic import ValidationError

from ml.trust import BARE_LOG
from service.days import CHINA
from service.edge.problems import ProblemError
from service.edge.validation import field_errors, is_storable, number_message
from service.numbers.parse import NumberError, parse_number
from service.reports.intake import partner_author, prepare
from service.reports.schemas import PartnerReport, check_occurred_at
from service.reports.sources_store import Source
from service.reports.store import NewReport
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


class FeedError(ValueError):
    """The file, or a line of it, does not have the format it was said to have; nothing of it was imported."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was not imported, and why."""

    line: int
    text: str
    reason: str


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
    columns = tuple(next(csv.reader([header.lstrip("\ufeff")]), ()))
    if name == "csv":
        unknown = [column for column in columns if column not in CSV_COLUMNS]
        missing = [column for column in REQUIRED_COLUMNS if column not in columns]
        if unknown or missing:
            raise FeedError(
                f"列不正确 / wrong columns: unknown {unknown or 'none'}; missing {missing or 'none'}; "
                f"known {', '.join(CSV_COLUMNS)}"
            )
        return PartnerReader(source, keys, lambda line: _from_csv(columns, line)), True
    return FtcReader(source, complaint_fields(header)), True


def complaint_fields(header: str) -> "Callable[[str], ComplaintLine]":
    """Return what reads the lines of an FTC file with this header; raises FeedError, as its result does for a bad line."""
    columns = tuple(next(csv.reader([header.rstrip("\r\n").lstrip("\ufeff")]), ()))
    if columns == FTC_HISTORY:
        return lambda line: _history_fields(_cells(line))
    if columns == FTC_DAILY:
        return lambda line: _daily_fields(_cells(line))
    raise FeedError(f"列不正确 / the columns are neither {', '.join(FTC_HISTORY)} nor {', '.join(FTC_DAILY)}")


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

    def __init__(self, source: Source, fields: Callable[[str], ComplaintLine]) -> None:
        self._source = source
        self._fields = fields
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
        tomorrow = (datetime.now(CHINA) + timedelta(days=1)).date().isoformat()
        for position, line in enumerate(lines, start=first):
            try:
                complaint = self._fields(line)
                if complaint.day > tomorrow:  # nowhere on earth is it later than that
                    raise FeedError("日期在将来 / the day is in the future")
                rows.append(self._row(self._identity(line), complaint))
            except NumberError as error:
                rejected.append(Rejected(position, line, " / ".join(number_message(error))))
            except ValueError as error:
                rejected.append(Rejected(position, line, f"不是一条投诉记录 / not a complaint: {error}"))
        return rows, rejected

    def _row(self, identity: bytes, complaint: ComplaintLine) -> NewReport:
        number = parse_number(complaint.number, "US")
        occurred_at = _noon_in_china(complaint.day)
        # by position: by name, each of millions of lines would take a tenth longer
        return NewReport(
            number.key, identity[:16], occurred_at, UUID(bytes=identity[16:]),
            self._source.source_id, _area_cluster(self._source.name, complaint.area_code), number.kind.value,
            None, self._source.simulated, "voice", occurred_at, False, _moment(complaint.created),
            None, None, complaint.caller, None, None, None, complaint.subject, "abusive", None,
            self._source.weight, BARE_LOG, True,
        )  # fmt: skip

    def _identity(self, line: str) -> bytes:
        """Return 32 bytes that are the same whenever the same complaint is imported, from whatever file."""
        content = f"{self._source.name}\n{line}".encode("utf-8", "surrogateescape")
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
            try:
                report = self._parse(line)
                check_occurred_at(report.occurred_at, now)
                author = partner_author(self._keys, self._source, report)
                rows.append(prepare(report, author, self._keys, now=now))
            except ValidationError as error:
                rejected.append(
                    Rejected(position, line, _told(field_errors(error.errors(include_url=False))))
                )
            except ProblemError as error:
                rejected.append(Rejected(position, line, _told(error.fields)))
            except ValueError as error:
                rejected.append(Rejected(position, line, str(error)))
        return rows, rejected


def _history_fields(cells: Sequence[str]) -> ComplaintLine:
    created, number, area_code = cells
    return ComplaintLine(
        number=number, created=created, day=created, area_code=area_code, caller=None, subject=None
    )


def _daily_fields(cells: Sequence[str]) -> ComplaintLine:
    number, created, violation, _city, _state, area_code, subject, robocall = cells
    return ComplaintLine(
        number=number,
        created=created,
        day=(violation or created)[:10],
        area_code=area_code,
        caller=CALLER_OF.get(robocall),
        subject=subject or None,
    )


def _from_json(line: str) -> PartnerReport:
    return PartnerReport.model_validate_json(line)


def _from_csv(columns: Sequence[str], line: str) -> PartnerReport:
    values = _cells(line)
    if len(values) != len(columns):
        raise FeedError(
            f"有 {len(values)} 格，应为 {len(columns)} 列 / {len(values)} cells where there are {len(columns)} columns"
        )
    cells: Mapping[str, Any] = {column: cell for column, cell in zip(columns, values, strict=True) if cell}
    return PartnerReport.model_validate(
        {"number": "", **cells, "violations": cells.get("violations", "").split()}
    )


def _cells(line: str) -> list[str]:
    if not is_storable(line):
        raise FeedError("含有不是文本的字节 / contains bytes that are not text")
    try:
        return next(csv.reader([line], strict=True), []) if '"' in line else line.split(",")
    except csv.Error as error:
        raise FeedError(str(error)) from error


def _told(errors: Iterable[Any]) -> str:
    return "; ".join(
        f"{error.field}: {error.zh} / {error.en}" if error.field else f"{error.zh} / {error.en}"
        for error in errors
    )


@lru_cache(maxsize=4096)
def _noon_in_china(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=CHINA) + NOON


@lru_cache(maxsize=4096)
def _moment(created: str) -> datetime:
    return datetime.fromisoformat(created).replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _area_cluster(source: str, area_code: str) -> int:
    digest = hashlib.blake2b(f"{source} {area_code}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def lines_of(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Return lines without their ends, `size` at a time."""
    batch: list[str] = []
    for text in texts:
        batch.append(text.rstrip("\r\n"))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
