"""Parts a call log into rows, within bounds that hold before anything is split; what is beyond them is named, not read."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

HEADER_WITHIN: Final = 10  # lines: some logs begin with a title, the owner's name or a period
MOST_LINES: Final = 100_000
MOST_CHARACTERS: Final = 8_192  # of a line: a row of a call log has some hundred
MOST_COLUMNS: Final = 128
MOST_LINES_A_ROW: Final = 10  # of cells in quotes with line breaks


class TooManyLinesError(Exception):
    """A log has more than MOST_LINES lines."""


class Row(NamedTuple):
    """The cells of a row; None if it is too long, has too many columns, or has a quote that is not closed.

    `line` is the number of its last line, from 1; of a row without cells that of its first.
    """

    line: int
    cells: Sequence[str] | None


def read_rows(text: str) -> Iterator[Row]:
    """Yield the rows of a log; raise TooManyLinesError behind the last line that is read.

    After a row that is beyond the bounds, reading goes on with the line after its first: the work for each line is bounded.
    """
    delimiter = _delimiter(text)
    source = io.StringIO(text, newline="")
    again: deque[str] = deque()
    line = 0
    while first := again.popleft() if again else source.readline():
        if line >= MOST_LINES:
            raise TooManyLinesError
        line += 1
        if _is_beyond(first, delimiter):
            yield Row(line, None)
        elif '"' not in first:
            yield Row(line, first.rstrip("\r\n").split(delimiter))
        else:
            used = [first]
            cells = _quoted(used, again, source, delimiter)
            if cells is None:
                again.extendleft(reversed(used[1:]))
            else:
                line += len(used) - 1
            yield Row(line, cells)


def _quoted(used: list[str], again: deque[str], source: io.StringIO, delimiter: str) -> Sequence[str] | None:
    """Return the cells of a row with quotes, which may go on in the next lines; those it takes are added to `used`."""

    def lines() -> Iterator[str]:
        yield used[0]
        while len(used) < MOST_LINES_A_ROW and (line := again.popleft() if again else source.readline()):
            used.append(line)
            if _is_beyond(line, delimiter):
                return
            yield line

    try:
        return next(csv.reader(lines(), delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _is_beyond(line: str, delimiter: str) -> bool:
    return len(line) > MOST_CHARACTERS or line.count(delimiter) >= MOST_COLUMNS


def _delimiter(text: str) -> str:
    """Return the sign that the first line with any of them has most of."""
    for line in text[: HEADER_WITHIN * MOST_CHARACTERS].splitlines()[:HEADER_WITHIN]:
        if most := max(map(line.count, ",;\t")):
            return next(sign for sign in ",;\t" if line.count(sign) == most)
    return ","
