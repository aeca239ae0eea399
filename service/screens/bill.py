"""Reads a bill with headed columns from a screen: the same headings as those of call logs that are files."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import NamedTuple

from service.contacts.cells import NOT_GIVEN, Kind, read_kind, read_length
from service.contacts.clocks import RefusedError, moment_of
from service.contacts.headings import Header, header_of
from service.contacts.tables import Table
from service.contacts.times import Reading
from service.contacts.years import year_finder
from service.days import CHINA
from service.screens.calls import Call, Seen
from service.screens.lines import Line, bands
from service.screens.shown import Shown, read_shown
from service.screens.told import Told
from service.screens.when import At


class Headed(NamedTuple):
    """A header that stands on a screen, with its lines, and the texts above it."""

    header: Header
    lines: Sequence[Line]
    titles: Sequence[str]


def find_header(lines: Sequence[Line]) -> Headed | None:
    """Return the header of a bill, None if no row of the screen is one."""
    titles: list[str] = []
    for row in bands(lines):
        if (header := header_of([one.text for one in row])) is not None:
            return Headed(header, row, titles)
        titles += [one.text for one in row]
    return None


def read_bill(headed: Headed, lines: Sequence[Line], seen: Seen) -> list[Call]:
    """Return the calls of a bill; a cell may have several lines."""
    header = headed.header
    place = header.places.get("number", header.places.get("caller", 0))
    below = [one for one in lines if one.top > max(line.bottom for line in headed.lines)]
    by_column: dict[int, list[Line]] = {}
    for line in below:
        by_column.setdefault(_column(line, headed.lines), []).append(line)
    anchors = sorted(
        (one for one in by_column.get(place, []) if read_shown(one.text)), key=lambda one: one.middle
    )
    table = Table(1, 1, header, headed.titles, ())
    reading = _reading(headed, seen)
    return [_call(mine, table, reading, place) for mine in _rows(anchors, by_column, header.width)]


def _rows(
    anchors: Sequence[Line], by_column: Mapping[int, Sequence[Line]], width: int
) -> list[list[list[Line]]]:
    """Return the cells of each row, of which each line goes to the nearest number."""
    rows: list[list[list[Line]]] = [[[] for _ in range(width)] for _ in anchors]
    for column, lines in by_column.items():
        for line in sorted(lines, key=lambda one: one.middle):
            if anchors:
                nearest = min(range(len(anchors)), key=lambda one: abs(anchors[one].middle - line.middle))
                rows[nearest][column].append(line)
    return rows


def _column(line: Line, heads: Sequence[Line]) -> int:
    return min(
        range(len(heads)),
        key=lambda one: (
            abs(heads[one].center - line.center)
            - max(0.0, min(line.right, heads[one].right) - max(line.left, heads[one].left))
        ),
    )


def _reading(headed: Headed, seen: Seen) -> Reading:
    taken = seen.taken
    at = taken if taken is None or isinstance(taken, datetime) else datetime.combine(taken, time(12), CHINA)
    years = year_finder(year=None, titles=headed.titles, reported_at=at, now=seen.now)
    return Reading(seen.now, year_of=years)


def _call(cells: Sequence[Sequence[Line]], table: Table, reading: Reading, place: int) -> Call:
    texts = [" ".join(one.text for one in cell) for cell in cells]
    lines = [line for cell in cells for line in cell]
    shown = read_shown(texts[place], is_doubtful=any(one.is_doubtful for one in cells[place]))
    shown = shown or Shown(texts[place], None, 1, ("number_unsure",))
    doubts = [*shown.doubts]
    at: At | None = None
    try:
        moment = moment_of(texts, table, reading)
        local = moment.at.astimezone(CHINA)
        at = At(local.date(), local.time(), moment.precision)
    except RefusedError as refused:
        doubts += ["year_unknown" if refused.code == "call_log_year" else "day_unknown", "time_missing"]
    told = _told(texts, table)
    if told.is_incoming is None:
        doubts.append("direction_unknown")
    if any(one.is_doubtful for cell in (*cells[:place], *cells[place + 1 :]) for one in cell):
        doubts += ["time_unsure", "length_unsure"]
    return Call(
        shown.text,
        shown.number,
        1,
        table.cell(texts, "time") or table.cell(texts, "date") or None,
        at,
        told,
        tuple(dict.fromkeys([*doubts, *told.doubts])),
        min(one.top for one in lines),
        max(one.bottom for one in lines),
    )


def _told(texts: Sequence[str], table: Table) -> Told:
    header = table.header
    said = [read_kind(texts[place], is_coded=False) for place in header.kinds]
    kinds = [*said, read_kind(table.cell(texts, "status"), is_coded=False)]
    found: list[Kind] = [one for one in kinds if one is not None]
    ways = {one.is_incoming for one in found} - {None}
    answered = {one.is_answered for one in found} - {None}
    written = table.cell(texts, "length")
    length = read_length(written, unit=header.seconds_a_unit) if "length" in header.places else NOT_GIVEN
    return Told(
        is_incoming=next(iter(ways)) if len(ways) == 1 else None,
        is_answered=next(iter(answered)) if len(answered) == 1 else None,
        seconds=length.seconds if length else None,
        doubts=() if length else ("length_unsure",),
    )
