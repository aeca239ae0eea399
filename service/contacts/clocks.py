"""Finds when a row's call began: in a column of times, or in those of days and clocks, in the zone that the row names."""

import re
from collections.abc import Sequence
from typing import Final

from service.contacts.headings import Column
from service.contacts.tables import Table
from service.contacts.times import Moment, Reading, read_moment
from service.contacts.zones import zone_in_cell

_MIDNIGHT: Final = re.compile(r"[\sTt_]+(?:0{1,2}:00(?::00(?:\.0+)?)?|12:00(?::00)?\s?[Aa][Mm])\s*$")
_BY_DAY: Final = re.compile(
    r"\s*(?:(?:0?[6-9]|1\d|2[0-3]):\d{2}:\d{2}|\D{0,3}[上下中晚早凌]|.{0,12}[aApP][mM])"
)


class RefusedError(Exception):
    """A row cannot be read: why, and the place of the column that is to blame, if one is."""

    def __init__(self, code: str, column: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.column = column


def moment_of(cells: Sequence[str], table: Table, reading: Reading) -> Moment:
    """Return when a call began: from the column of times, or that of days with that of clocks, or either alone."""
    column: Column = "time" if "time" in table.header.places else "date"
    first, second = table.cell(cells, column), table.cell(cells, "clock")
    if not reading.is_clock_sure:
        raise RefusedError("call_log_time", table.header.places["clock"])
    reading = _in_own_zone(cells, table, reading)
    day = _MIDNIGHT.sub("", first)  # a spreadsheet writes midnight beside a day that has none
    candidates = [first]
    if "clock" in table.header.places:
        candidates = [f"{day} {second}", *([first] if day == first else []), second]
    reason = ""
    for text in candidates:
        moment = read_moment(text, reading)
        if isinstance(moment, Moment):
            return moment
        reason = reason or moment
    raise RefusedError(reason, table.header.places[column])


def is_clock_sure(table: Table) -> bool:
    """Return whether the column of clocks holds no lengths: by its heading, or by an hour of the day that no call lasts."""
    if not table.header.is_clock_doubtful:
        return True
    place = table.header.places["clock"]
    return any(row.cells and place < len(row.cells) and _BY_DAY.match(row.cells[place]) for row in table.rows)


def _in_own_zone(cells: Sequence[str], table: Table, reading: Reading) -> Reading:
    """Return how a row's clock is read: in the zone that the row names."""
    try:
        zone = zone_in_cell(table.cell(cells, "zone"))
    except ValueError:
        raise RefusedError("call_log_time", table.header.places["zone"]) from None
    return reading if zone is None else reading._replace(zone=zone)
