"""Reads tables out of HTML and XML: what carriers put into an `.xls`, and what backup apps write.

Neither parser resolves an entity that the document declares, nor opens anything: expat is stopped at the first declaration,
and HTML knows none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Final, NamedTuple
from xml.parsers import expat

from service.contacts.rows import MOST_CHARACTERS, MOST_COLUMNS, MOST_LINES, Row

MOST_DEPTH: Final = 64
MOST_RECORDS: Final = MOST_LINES
_SURROGATE: Final = re.compile(
    r"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|5[3-9]\d\d|[67]\d{3}));"
)


class MarkupError(Exception):
    """A document is not well formed, declares entities, or is beyond the bounds."""


class _Rows(HTMLParser):
    """Collects the rows of all tables of a page; a cell that spans columns is followed by empty ones.

    One that spans rows stands in each of them.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._down = 1
        self._spanning: dict[int, tuple[int, str]] = {}  # column -> rows that it still spans, and its text
        self._skips = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._skips += 1
        elif tag == "tr":
            self._end_cell()
            self._end_row()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._span = _count(dict(attrs).get("colspan"))
            self._down = _count(dict(attrs).get("rowspan"))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skips = max(0, self._skips - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()
            if tag == "table":
                self._end_row()
                self._spanning = {}

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skips:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        text = " ".join("".join(self._cell).split())[:MOST_CHARACTERS]
        self._cell = None
        if not self.rows:
            self.rows.append([])
        row = self.rows[-1]
        self._take_spanning(row)
        if self._down > 1 and len(row) < MOST_COLUMNS:
            for step in range(self._span):
                self._spanning[len(row) + step] = (self._down, "" if step else text)
        if len(row) < MOST_COLUMNS:
            row += [text] + [""] * (self._span - 1)

    def _take_spanning(self, row: list[str]) -> None:
        """Add the cells of earlier rows that reach into this one, before its own next cell."""
        while (place := len(row)) in self._spanning and place < MOST_COLUMNS:
            row.append(self._spanning[place][1])

    def _end_row(self) -> None:
        if self.rows:
            self._take_spanning(self.rows[-1])
        self._spanning = {
            place: (left - 1, text) for place, (left, text) in self._spanning.items() if left > 1
        }


def _count(text: str | None) -> int:
    """Return how many columns or rows a cell spans, at most as many as there may be columns."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 6
    return min(int(text or 1), MOST_COLUMNS) if is_number else 1


def html_rows(text: str) -> Iterator[Row]:
    """Yield the rows of the tables of a page, numbered from 1."""
    parser = _Rows()
    for begin in range(0, len(text), 65_536):
        parser.feed(text[begin : begin + 65_536])
        if len(parser.rows) > MOST_LINES:
            break
    else:
        parser.close()
    for line, cells in enumerate(parser.rows, start=1):
        yield Row(line, cells)


class Records(NamedTuple):
    """The records of a document with the number of each; `is_cut` if it breaks off or is beyond the bounds behind them."""

    found: Sequence[tuple[int, Mapping[str, str]]]
    is_cut: bool = False


def xml_records(text: str) -> Records:
    """Return the records of an XML: elements with attributes, or with children that hold text.

    Halves of surrogate pairs as character references, which backups of messages have for emoji, are left out. Raise
    MarkupError for what declares an entity or a type, is nested too deeply, or has no record.
    """
    reader = _Records()
    parser = expat.ParserCreate("utf-8")  # as it is encoded here, whatever it declares
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(_SURROGATE.sub("", text).encode("utf-8", "replace"), True)
    except expat.ExpatError:
        if not reader.found:
            raise MarkupError from None
        return Records(reader.found, is_cut=True)
    return Records(reader.found)


def _refuse(*_: object) -> int:
    raise MarkupError


class _Records:
    def __init__(self) -> None:
        self.found: list[tuple[int, Mapping[str, str]]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= MOST_DEPTH or len(self.found) >= MOST_RECORDS:
            raise MarkupError
        self._open.append((name, {key: value[:MOST_CHARACTERS] for key, value in attributes.items()}, []))

    def text(self, data: str) -> None:
        if self._open and len(self._open[-1][2]) < 64:
            self._open[-1][2].append(data)

    def end(self, name: str) -> None:
        _, record, texts = self._open.pop()
        text = "".join(texts).strip()[:MOST_CHARACTERS]
        if text and not record and self._open:
            self._open[-1][1].setdefault(name, text)
        elif len(record) > 2:
            self.found.append((len(self.found) + 1, {"element": name, **record}))
