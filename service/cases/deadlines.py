"""The deadlines of a filing: computed from its events and the catalogue, never stored as facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final

from service.cases.statuses import FilingStatus, standing_places
from service.rules.channels import Deadline
from service.working_days import DueDay, after_calendar_days, after_working_days

#: Events from which a channel's time limits run; a supplement starts them again from the beginning.
_CLOCKS: Final = (FilingStatus.FILED, FilingStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class FilingEvent:
    """One event of a filing. Events are appended and never changed."""

    event: FilingStatus
    happened_on: date
    recorded_at: datetime
    query_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that is running.

    `is_certain` tells whether the holidays of all its years are known; `extended_to` are the last days if it is extended.
    """

    deadline: Deadline
    since: date
    on: date
    is_certain: bool
    extended_to: tuple[date, ...]


def standing(events: Sequence[FilingEvent]) -> list[FilingEvent]:
    """Return the events of a filing that count: all but those recorded in error."""
    return [events[place] for place in standing_places([event.event for event in events])]


def due_of(events: Sequence[FilingEvent], deadlines: Sequence[Deadline]) -> list[Due]:
    """Return the deadlines that run after the newest event that counts, the nearest first.

    There are none while a supplement is outstanding.
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
    """Return the event whose deadlines run, and the day since when; None before any event."""
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
