"""Parts a text with separators into rows, within bounds that hold before anything is split; what is beyond them is named."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

HEADER_WITHIN: Final = (
    30  # lines: some logs begin with a title, the owner's name, a period and their packages
)
MOST_LINES: Final = 100_000
MOST_CHARACTERS: Final = 8_192  # of a line: a row of a call log has some hundred
MOST_COLUMNS: Final = 128
MOST_LINES_A_ROW: Final = 10  # of cells in quotes with line breaks
_SIGNS: Final = ",;\t|"


class TooManyLinesError(Exception):
    """A log has more than MOST_LINES lines."""


class Row(NamedTuple):
    """The cells of a row; None if it is too long, has too many columns, or has a quote that is not closed.

    `line` is the number of its last line, from 1; of a row without cells that of its first.
    """

    line: int
    cells: Sequence[str] | None


def read_rows(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a log; raise TooManyLinesError behind the last line that is read.

    After a row that is beyond the bounds, reading goes on with the line after its first: the work for each line is bounded.
    A row whose quotes are not those of a CSV, as in `"张"三"`, is split as if it had none.
    """
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
                cells = _split_plainly(first, delimiter)
            else:
                line += len(used) - 1
            yield Row(line, cells)


def delimiters(text: str) -> Sequence[str]:
    """Return the signs that may separate cells, the likeliest first: which one does, the header shows."""
    begin = "\n".join(text[: HEADER_WITHIN * MOST_CHARACTERS].splitlines()[:HEADER_WITHIN])
    counts = {sign: begin.count(sign) for sign in _SIGNS}
    return sorted((sign for sign in _SIGNS if counts[sign]), key=lambda sign: -counts[sign]) or [","]


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


def _split_plainly(line: str, delimiter: str) -> Sequence[str] | None:
    """Return the cells of one line whose quotes no writer of CSV makes; None if a cell has a quote at one side only."""
    cells = line.rstrip("\r\n").split(delimiter)
    if any(cell == '"' or cell.startswith('"') != cell.endswith('"') for cell in cells):
        return None
    return [cell[1:-1] if len(cell) > 1 and cell.startswith('"') else cell for cell in cells]


def _is_beyond(line: str, delimiter: str) -> bool:
    return len(line) > MOST_CHARACTERS or line.count(delimiter) >= MOST_COLUMNS
