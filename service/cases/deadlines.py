"""What is due next of a filing: worked out from its events and the catalogue, never stored as a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final

from service.cases.statuses import FilingStatus, standing_places
from service.rules.channels import Deadline
from service.working_days import DueDay, after_calendar_days, after_working_days

#: Events that set a channel's clock going; a supplement lets it run again from its beginning.
_CLOCKS: Final = (FilingStatus.FILED, FilingStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class FilingEvent:
    """One event of a filing, appended and never changed."""

    event: FilingStatus
    happened_on: date
    recorded_at: datetime
    query_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """By when something is due; `is_certain` where the holidays of every year on the way are known.

    `extended_to` are the days to which it may be put off.
    """

    deadline: Deadline
    since: date
    on: date
    is_certain: bool
    extended_to: tuple[date, ...]


def standing(events: Sequence[FilingEvent]) -> list[FilingEvent]:
    """The events of a filing that count: all but those recorded in error."""
    return [events[place] for place in standing_places([event.event for event in events])]


def due_of(events: Sequence[FilingEvent], deadlines: Sequence[Deadline]) -> list[Due]:
    """What is due after the newest event of a filing that stands, soonest first.

    Nothing while a supplement is outstanding.
    """
    phase = _phase(standing(events))
    if phase is None:
        return []
    event, since = phase
    found = [
        _due(deadline, since)
        for deadline in deadlines
        if deadline.event.value == event.value and deadline.is_in_force(since)
    ]
    return sorted(found, key=lambda due: (due.on, due.deadline.id))


def _phase(events: Sequence[FilingEvent]) -> tuple[FilingStatus, date] | None:
    """Which clock runs, and since when."""
    if not events:
        return None
    newest = events[-1]
    if newest.event is not FilingStatus.SUPPLEMENTED:
        return newest.event, newest.happened_on
    running = next(event.event for event in reversed(events) if event.event in _CLOCKS)
    return running, newest.happened_on


def _due(deadline: Deadline, since: date) -> Due:
    def after(days: int) -> DueDay:
        count = after_working_days if deadline.unit == "working" else after_calendar_days
        return count(since, days)

    due = after(deadline.days)
    extended = [after(deadline.days + more) for more in accumulate(deadline.extensions)]
    is_certain = all(day.is_certain for day in (due, *extended))
    return Due(deadline, since, due.on, is_certain, tuple(day.on for day in extended))
