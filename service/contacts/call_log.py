"""Reads the calls and messages of one number from a log, and names every row of it that cannot be read.

What can be read is counted, what cannot is named; the file itself is evidence in any case. Nothing is guessed: a row whose
time, direction or number cannot be known is named with the reason, and a year or an order of day and month that the file
does not tell is asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from service.contacts.cells import NOT_GIVEN, Kind, plain, read_kind, read_length
from service.contacts.clocks import RefusedError, is_clock_sure, moment_of
from service.contacts.counting import Contact
from service.contacts.doubts import Copies, Found, doubt_of
from service.contacts.headings import Column
from service.contacts.named import is_of, lost_of, telephone_in
from service.contacts.rows import MOST_COLUMNS
from service.contacts.tables import Table, read_tables
from service.contacts.times import MOST_CELL, Order, Reading, orders_of
from service.contacts.told import Told, contacts_of
from service.contacts.years import year_finder
from service.contacts.zones import zone_in_titles
from service.days import CHINA

MOST_CALLS: Final = 5_000
MOST_UNREAD: Final = 50  # rows that are named; how many there are is told beside
_TOTAL: Final = re.compile(r"^(?:合计|总计|小计|共计|总共|汇总|本页|total|sum|subtotal|共\s*\d+)")
_PARTIES: Final[tuple[Column, ...]] = ("caller", "callee")
_YES: Final = dict.fromkeys(("1", "是", "y", "yes", "true"), True) | dict.fromkeys(
    ("0", "否", "n", "no", "false"), False
)


class Unread(NamedTuple):
    """A row that could not be read: its place in the file, the column if one is to blame, and why."""

    code: str
    line: int
    column: int | None = None
    sheet: int = 1


class About(NamedTuple):
    """What a log is read for: the key of the reported number, when it was reported, and what its owner told besides."""

    number: str
    now: datetime
    reported_at: datetime | None = None
    year: int | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class CallLog:
    """What a log tells of the number; `unread` has the first rows that could not be read, out of `unread_rows`."""

    calls: Sequence[Contact] = ()
    unread: Sequence[Unread] = ()
    unread_rows: int = 0

    @property
    def asks(self) -> Sequence[str]:
        """What its owner can tell so that more of it can be read."""
        return ("year",) if any(one.code == "call_log_year" for one in self.unread) else ()


def read_call_log(text: str | None, content: bytes, about: About) -> CallLog:
    """Return what a file tells of the number; `text` is its decoded content, None for a spreadsheet.

    Raise SpreadsheetError or MarkupError for a file that is damaged or beyond the bounds.
    """
    return read_of(read_tables(text, content), about)


def read_of(tables: Sequence[Table], about: About) -> CallLog:
    """Return what the tables of a file tell of the number."""
    if not tables:
        return CallLog(unread=[Unread("call_log_columns", 1)], unread_rows=1)
    calls: list[Told] = []
    unread: list[Unread] = []
    count = 0
    copies = Copies()
    for table in tables:
        told, missing = _read_table(table, about)
        new = copies.without(told)
        kept = new[: MOST_CALLS - len(calls)]
        calls += kept
        missing += [Unread("call_log_too_long", table.line)] * (len(new) - len(kept))
        count += len(missing)
        unread += missing[: MOST_UNREAD - len(unread)]
    if not calls and not unread:
        unread, count = [Unread("call_log_without_number", tables[0].line, sheet=tables[0].sheet)], 1
    return CallLog(contacts_of(calls), unread, count)


def _read_table(table: Table, about: About) -> tuple[list[Told], list[Unread]]:
    """Return the calls of a table, and what of it could not be read."""
    reading = _reading(table, about)
    found: list[Found] = []
    unread: list[Unread] = []
    for row in table.rows:
        if row.cells is None:
            unread.append(Unread("call_log_line", row.line, sheet=table.sheet))
            continue
        try:
            call = _read_row(row.cells, table, reading, about.number)
        except RefusedError as refused:
            column = None if refused.column is None else refused.column + 1
            unread.append(Unread(refused.code, row.line, column, table.sheet))
        else:
            if call is not None:
                found.append(Found(row.line, call, _own(row.cells, table, about.number)))
    if (doubt := doubt_of(found, table.header)) is not None:
        column = table.header.moment + 1
        unread += [Unread(doubt, one.line, column, table.sheet) for one in found]
        found = []
    if table.is_cut:
        line = table.rows[-1].line if table.rows else table.line
        unread.append(Unread("call_log_lines", line, sheet=table.sheet))
    return [one.call for one in found], unread


def _reading(table: Table, about: About) -> Reading:
    titles = [*table.titles, about.file_name]
    year_of = year_finder(year=about.year, titles=titles, reported_at=about.reported_at, now=about.now)
    zone = table.header.zone or zone_in_titles(table.titles) or CHINA
    order = _order(table, table.header.moment, about.now)
    return Reading(about.now, order=order, zone=zone, year_of=year_of, is_clock_sure=is_clock_sure(table))


def _own(cells: Sequence[str], table: Table, number: str) -> str | None:
    """Return the telephone that a row tells of besides the reported number."""
    places = table.header.places
    if "own" in places or "number" in places:
        return telephone_in(table.cell(cells, "own"))
    told = (telephone_in(table.cell(cells, column)) for column in _PARTIES)
    return next((one for one in told if one and one != number), None)


def _order(table: Table, place: int, now: datetime) -> Order | None:
    """Return the one order of day, month and year in which all dates of the table can be read, None if there are more."""
    fitting: frozenset[Order] = frozenset({"dmy", "mdy", "ymd"})
    for row in table.rows:
        if row.cells and place < len(row.cells) and (orders := orders_of(plain(row.cells[place]), now=now)):
            fitting &= orders
    return next(iter(fitting)) if len(fitting) == 1 else None


def _read_row(cells: Sequence[str], table: Table, reading: Reading, number: str) -> Told | None:
    """Return the call of a row, None if it is another number's; raise RefusedError if it cannot be read."""
    is_incoming = _way(cells, table, number)
    if is_incoming is None:
        return _shifted(cells, table, reading, number)
    if _is_total(cells):
        return None
    cells = [plain(cell) for cell in cells]
    return _call(cells, table, reading, is_incoming if isinstance(is_incoming, bool) else None)


class _AnyWay:
    """A row of the number whose direction its columns of numbers do not tell."""


def _way(cells: Sequence[str], table: Table, number: str) -> bool | _AnyWay | None:
    """Return whether a row's call came in as its numbers tell, _AnyWay if they do not; None if it is another number's."""
    if _tells_parties(table):
        if _names(cells, table, "caller", number):
            return True
        if _names(cells, table, "callee", number):
            return False
    return _AnyWay() if _names(cells, table, "number", number) else None


def _tells_parties(table: Table) -> bool:
    return all(column in table.header.places for column in _PARTIES)


def _shifted(cells: Sequence[str], table: Table, reading: Reading, number: str) -> Told | None:
    """Return the call of a row in which a name has the separator in it: its columns count from the end.

    A row that names the number elsewhere and does not fit so is refused.
    """
    extra = len(cells) - table.header.width
    place = table.header.places.get("number")
    if extra <= 0 or place is None or not any(map(str.strip, cells[table.header.width :])):
        return None
    if not any(is_of(cell, number) for cell in islice(cells, MOST_COLUMNS)):
        return None
    moved = [plain(cell) for cell in (*cells[:1], *cells[1 + extra :])]
    if not is_of(moved[place] if place < len(moved) else "", number):
        raise RefusedError("call_log_shifted")
    try:
        return _call(moved, table, reading, None)
    except RefusedError:
        raise RefusedError("call_log_shifted") from None


def _call(cells: Sequence[str], table: Table, reading: Reading, is_incoming: bool | None) -> Told:
    moment = moment_of(cells, table, reading)
    kind = _kind(cells, table, is_incoming)
    place = table.header.places.get("length")
    if place is None or kind.is_message:
        return Told(moment, kind, NOT_GIVEN)
    length = read_length(table.cell(cells, "length"), unit=table.header.seconds_a_unit)
    if length is None:
        raise RefusedError("call_log_length", place)
    if table.header.is_billed and (length.seconds or 0) % 60 == 0:
        length = length._replace(is_whole_minutes=True)
    return Told(moment, kind, length)


def _kind(cells: Sequence[str], table: Table, is_incoming: bool | None) -> Kind:
    """Return who called and what became of it: a column of states outweighs one of kinds in whether it was answered."""
    header = table.header
    kinds = [
        read_kind(cells[place], is_coded=place in header.coded)
        for place in header.kinds
        if place < len(cells)
    ]
    state = read_kind(table.cell(cells, "status"), is_coded=False)
    told = [kind for kind in kinds if kind is not None]
    way = _told_way(cells, table, told, state) if is_incoming is None else is_incoming
    said = {kind.is_answered for kind in told if kind.is_answered is not None}
    answered = said.pop() if len(said) == 1 else None
    if state is not None and state.is_answered is not None:
        answered = state.is_answered
    word = table.cell(cells, "answered").lower()
    plainly = _YES.get(word)
    if plainly is None and (kind := read_kind(word, is_coded=False)):
        plainly = kind.is_answered
    everything = [*told, *([state] if state else [])]
    is_elsewhere = any(kind.is_elsewhere for kind in everything)
    answered = answered if plainly is None else plainly
    if is_elsewhere and answered:
        answered = None
    return Kind(way, answered, any(kind.is_message for kind in everything), is_elsewhere)


def _told_way(cells: Sequence[str], table: Table, kinds: Sequence[Kind], state: Kind | None) -> bool:
    """Return whether a call came in; raise RefusedError if no column says so, or two contradict each other."""
    places = table.header.places
    made = _YES.get(table.cell(cells, "originated").lower())
    if made is not None:
        return not made
    ways = {kind.is_incoming for kind in kinds if kind.is_incoming is not None}
    if not ways and state is not None and state.is_incoming is not None:
        ways = {state.is_incoming}
    if len(ways) != 1:
        raise RefusedError("call_log_direction", places.get("kind", places.get("status")))
    return ways.pop()


def _names(cells: Sequence[str], table: Table, column: Column, number: str) -> bool:
    """Return whether a column names the number; raise RefusedError if it may, but part of the number is lost."""
    cell = table.cell(cells, column)
    if is_of(cell, number):
        return True
    if lost := lost_of(cell, number):
        raise RefusedError(lost, table.header.places[column])
    return False


def _is_total(cells: Sequence[str]) -> bool:
    first = next((cell for cell in cells if cell.strip()), "")
    return len(first) <= MOST_CELL and _TOTAL.match(first.strip().lower()) is not None
