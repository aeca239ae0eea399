"""Lines of screens that nobody drew: texts at places, as the reader would find them."""

from datetime import date, datetime

from service.days import CHINA
from service.screens.calls import Call, Seen, read_calls
from service.screens.lines import Line, Screen

WIDTH, HEIGHT = 1080, 2340
#: A Monday.
TAKEN = datetime(2026, 11, 30, 19, 25, tzinfo=CHINA)


def line(
    text: str, left: float, top: float, *, size: float = 50, red: bool = False, doubtful: bool = False
) -> Line:
    """A line of this size; Chinese letters are as wide as high, others half as wide."""
    width = sum(size if ord(letter) > 0x2E80 else size / 2 for letter in text)
    return Line(text, left, top, left + width, top + size, doubtful, red)


def right(text: str, top: float, *, size: float = 36, edge: float = 1000, doubtful: bool = False) -> Line:
    """A line that ends at the right edge."""
    made = line(text, 0, top, size=size, doubtful=doubtful)
    return made._replace(left=edge - made.right, right=edge)


def rows(
    *told: tuple[str, ...], top: float = 400, pitch: float = 160, red: tuple[int, ...] = ()
) -> list[Line]:
    """Rows of a number, what stands below it, and a time at the right."""
    found = []
    for place, (number, below, when) in enumerate(told):
        y = top + place * pitch
        found.append(line(number, 60, y, red=place in red))
        if below:
            found.append(line(below, 60, y + 65, size=36))
        if when:
            found.append(right(when, y + 25))
    return found


def screen(lines: list[Line]) -> Screen:
    return Screen(WIDTH, HEIGHT, lines)


def read(lines: list[Line], taken: datetime | date | None = TAKEN) -> list[Call]:
    return read_calls(lines, WIDTH, HEIGHT, Seen(taken, TAKEN))
