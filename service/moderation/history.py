"""What was reported about a number week by week, for those who decide about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ml.day_rows import DayRow
from service.database import Connection
from service.days import date_of, day_of
from service.scoring.store import list_known

WEEKS: Final = 12
DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Week:
    """The reports of seven days that begin on `since`, and how many reporters called the number legitimate in them."""

    since: date
    accusing: int
    legitimate: int


async def history_of(connection: Connection, number: str, now: datetime) -> list[Week]:
    """Return the newest twelve weeks of a number, the oldest first; without the time of an earlier owner."""
    known = (await list_known(connection, [number])).get(number)
    return weeks_of(known.rows if known else [], day_of(now))


def weeks_of(rows: Sequence[DayRow], today: int) -> list[Week]:
    """Return twelve weeks, of which the last ends today."""
    first = today - WEEKS * DAYS + 1
    accusing, legitimate = [0] * WEEKS, [0] * WEEKS
    for row in rows:
        week = (row.day - first) // DAYS
        if 0 <= week < WEEKS:
            accusing[week] += row.reports - row.legitimate
            legitimate[week] += row.legitimate
    return [
        Week(date_of(first) + timedelta(days=DAYS * place), *counts)
        for place, counts in enumerate(zip(accusing, legitimate, strict=True))
    ]
