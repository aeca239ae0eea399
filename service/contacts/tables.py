"""Turns a file into the tables in it, whatever it is: a text with separators, HTML, XML, JSON, a spreadsheet."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from service.contacts.headings import Column, Header, header_of
from service.contacts.markup import MarkupError, html_rows, xml_records
from service.contacts.rows import (
    HEADER_WITHIN,
    MOST_CHARACTERS,
    MOST_LINES,
    Row,
    TooManyLinesError,
    delimiters,
    read_rows,
)
from service.contacts.sheets import sheet_tables
from service.spreadsheets import SpreadsheetError

MOST_TABLES: Final = 2_000  # of a sheet or page: some carriers write a header for each page
MOST_TITLE: Final = 4_000  # characters in front of a header that are searched for a year
_HTML: Final = re.compile(r"(?s).*?<(?:html|table|tr|td|th|!doctype html|body|div)\b", re.IGNORECASE)
#: A page that is declared as XML, as some carriers write them.
_PAGE: Final = re.compile(r"\s*<\?xml\b[^>]*>\s*<(?:!doctype html|html|table)\b", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d{3}")  # rows of calls have them, headers do not
_XML: Final = re.compile(
    r"\s*(?:<\?xml\b|<(?:calls|smses|calllogs?|call_logs?|alllogs|logs?|callhistory|records?|backup|root)\b)",
    re.IGNORECASE,
)
#: What `adb shell content query` prints, and pages of Google Takeout about one call each.
_ROW: Final = re.compile(r"\s*Row: \d+ \w+=")
_FIELD: Final = re.compile(r"(?:^|, )(\w+)=(.*?)(?=, \w+=|$)")
TAKEOUT: Final = re.compile(r'(?s).*?class="(?:[\w ]+ )?haudio\b')
_TAKEN: Final = {
    "number": re.compile(r'href="tel:([^"<>]{0,40})"'),
    "date": re.compile(r'class="published"\s+title="([^"<>]{0,60})"'),
    "duration": re.compile(r'class="duration"\s+title="([^"<>]{0,40})"'),
    "type": re.compile(r'class="fn">([^<>]{0,60})<'),
}
_JSON: Final = re.compile(r"\s*[\[{]")
#: Elements of SMS Backup & Restore that are messages and name nobody who called.
_MESSAGES: Final = frozenset({"sms", "mms"})


class Table(NamedTuple):
    """The rows of a table with a header; `titles` are the texts in front of it, and `sheet` counts tables from 1."""

    sheet: int
    line: int
    header: Header
    titles: Sequence[str]
    rows: Sequence[Row]
    is_cut: bool = False

    def cell(self, cells: Sequence[str], column: Column) -> str:
        """Return a row's cell in a column, empty if it has none."""
        place = self.header.places.get(column)
        return cells[place] if place is not None and place < len(cells) else ""


def read_tables(text: str | None, content: bytes) -> list[Table]:
    """Return the tables of a file that have the header of a call log; none if there are none.

    `text` is the decoded content, None for a spreadsheet. Raise SpreadsheetError or MarkupError for a damaged file.
    """
    if text is None:
        return _of_sheets(content)
    begin = text[:8_192]
    for pattern, read in _READERS:
        if pattern.match(begin):
            return read(text)
    for sign in delimiters(text):
        if tables := _found(_with_headers(1, read_rows(text, sign))):
            return tables
    return []


def _of_xml(text: str) -> list[Table]:
    try:
        records = xml_records(text)
    except MarkupError:
        return []
    return [table._replace(is_cut=records.is_cut) for table in _of_records(records.found)]


def _of_sheets(content: bytes) -> list[Table]:
    found: list[Table] = []
    for sheet, rows in enumerate(sheet_tables(content), start=1):
        found += _found(_with_headers(sheet, rows))
    return found


def _found(tables: Iterator[Table]) -> list[Table]:
    found = list(islice(tables, MOST_TABLES))
    if found and next(tables, None) is not None:
        found[-1] = found[-1]._replace(is_cut=True)
    return found


def _with_headers(sheet: int, rows: Iterator[Row]) -> Iterator[Table]:
    """Yield a table for each header: some carriers repeat it for each month."""
    header: Header | None = None
    titles: list[str] = []
    kept: list[Row] = []
    begin, is_cut = 0, False
    try:
        for row in rows:
            may_be = row.cells and (header is None or not any(map(_DIGITS.search, row.cells)))
            another = header_of(row.cells) if may_be and row.cells else None
            if another is not None:
                if header is not None:
                    yield Table(sheet, begin, header, tuple(titles), tuple(kept))
                header, begin, kept = another, row.line, []
            elif header is not None:
                kept.append(row)
            elif row.line > HEADER_WITHIN:
                return
            elif row.cells and sum(map(len, titles)) < MOST_TITLE:
                titles.append(" ".join(row.cells)[:1000])
    except TooManyLinesError:
        is_cut = True
    if header is not None:
        yield Table(sheet, begin, header, tuple(titles), tuple(kept), is_cut)


def _of_records(records: Sequence[tuple[int, Mapping[str, str]]]) -> list[Table]:
    """Return the table of records with names: those of one set of names, which XML and JSON write again for each."""
    names: dict[str, None] = {}
    for _, record in islice(records, 200):
        for name in record:
            if len(names) < 128:
                names.setdefault(name)
    messages = [one for one in records if one[1].get("element") in _MESSAGES]
    if messages:
        others = [one for one in records if one[1].get("element") not in _MESSAGES]
        return _messages(messages) + _of_records(others)
    columns = list(names)
    header = header_of(columns)
    if header is None:
        return []
    rows = [Row(line, [record.get(name, "") for name in columns]) for line, record in records]
    return [Table(1, 0, header, (), rows)]


def _messages(records: Sequence[tuple[int, Mapping[str, str]]]) -> list[Table]:
    """Return the table of a backup of messages: type 1 came in, 2 went out, others were never sent."""
    kinds = {"1": "received sms", "2": "sent sms outgoing", "132": "received mms", "128": "sent mms outgoing"}
    columns = ["number", "date", "type"]
    header = header_of(columns)
    rows = [
        Row(line, [record.get("address", ""), record.get("date", ""), kinds[kind]])
        for line, record in records
        if (kind := record.get("type") or record.get("m_type", "")) in kinds
    ]
    return [Table(1, 0, header, (), rows)] if header else []


def _json_tables(text: str) -> list[Table]:
    """Return a table for each array of objects, one for each kind of call perhaps, or for the objects of its lines."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = []
        for line in islice(text.splitlines(), MOST_LINES):
            try:
                document.append(json.loads(line))
            except (ValueError, RecursionError):
                return []
    found: list[Table] = []
    for sheet, objects in enumerate(islice(_arrays(document, 4), MOST_TABLES), start=1):
        records = [
            (line, {str(key): _plain(value) for key, value in islice(one.items(), 128)})
            for line, one in enumerate(objects[:MOST_LINES], start=1)
            if isinstance(one, dict)
        ]
        found += [table._replace(sheet=sheet) for table in _of_records(records)]
    return found


def _query_records(text: str) -> list[tuple[int, Mapping[str, str]]]:
    """Return the records that `adb shell content query` printed, one a line."""
    records: list[tuple[int, Mapping[str, str]]] = []
    for line, written in enumerate(islice(text.splitlines(), MOST_LINES), start=1):
        _, _, fields = written[:MOST_CHARACTERS].partition("Row: ")
        values = {
            name: "" if value == "NULL" else value for name, value in _FIELD.findall(fields.partition(" ")[2])
        }
        if values:
            records.append((line, values))
    return records


def _takeout_records(text: str) -> list[tuple[int, Mapping[str, str]]]:
    """Return the one call of a page of Google Takeout: its heading says what became of it."""
    page = text[:65_536]
    found = {name: pattern.search(page) for name, pattern in _TAKEN.items()}
    return [(1, {name: match[1].strip() if match else "" for name, match in found.items()})]


def _arrays(document: object, depth: int) -> Iterator[list[object]]:
    if isinstance(document, list):
        yield document
    elif isinstance(document, dict) and depth:
        for value in islice(document.values(), 64):
            yield from _arrays(value, depth - 1)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)[:MOST_CHARACTERS]


_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], list[Table]]], ...]] = (
    (TAKEOUT, lambda text: _of_records(_takeout_records(text))),
    (_PAGE, lambda text: _found(_with_headers(1, html_rows(text)))),
    (_XML, _of_xml),
    (_ROW, lambda text: _of_records(_query_records(text))),
    (_HTML, lambda text: _found(_with_headers(1, html_rows(text)))),
    (_JSON, _json_tables),
)

__all__ = ["MarkupError", "SpreadsheetError", "Table", "read_tables"]
