"""What of a listed number's reports an explanation may be computed from: of a side with few people on it, nothing.

Whoever lists a number with groups of an own source knows what these weigh. The rest of an explanation would then be
the report of a single person, or the vote of the number's owner.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ml.day_rows import DayRow


class ToldRows(NamedTuple):
    """Rows without what too few people say, and on which sides there are enough."""

    rows: Sequence[DayRow]
    has_accusers: bool
    has_opposers: bool


def told_rows(rows: Sequence[DayRow], *, min_reporters: int) -> ToldRows:
    """Return what may be told: each side of the crowd and of vetted sources only if it has `min_reporters` people.

    Reporters of sources that nobody vetted count for neither side: such a source may have invented them. What it says
    itself is told, unless it opposes where few others do.
    """
    firm = [row for row in rows if row.is_vetted]
    has_accusers = sum([row.reporters - row.legitimate for row in firm]) >= min_reporters
    has_opposers = sum([row.legitimate for row in firm]) >= min_reporters
    told = [row if has_opposers else _without_opposers(row) for row in rows]
    if not has_accusers:
        told = [_without_accusers(row) if row.is_vetted else row for row in told]
    return ToldRows(told, has_accusers, has_opposers)


def _without_opposers(row: DayRow) -> DayRow:
    return row._replace(
        reports=row.reports - row.legitimate,
        reporters=row.reporters - row.legitimate,
        legitimate=0,
        seasoned_against=0.0,
        fresh_against=0.0,
    )


def _without_accusers(row: DayRow) -> DayRow:
    return row._replace(
        reports=row.legitimate, reporters=row.legitimate, seasoned_for=0.0, fresh_for=0.0
    )  # trust reads nothing else
