"""The deadlines of a filing: computed from its events and the catalogue, never stored as facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final

from service.cases.statuses import FilingStatus, standing_places
from service.rules.channels import Channel
from service.rules.facts import Status
from service.rules.follow_ups import DayUnit, Deadline, DeadlineStart, FollowUp
from service.rules.situation import Matter
from service.working_days import DueDay, after_calendar_days, after_working_days

#: Events from which a channel's time limits run; a supplement starts them again from the beginning.
_CLOCKS: Final = (FilingStatus.FILED, FilingStatus.ACCEPTED, FilingStatus.REVIEW_ASKED)
#: Events by which a channel decides, or answers without settling it.
DECISIONS: Final = (FilingStatus.REJECTED, FilingStatus.ANSWERED, FilingStatus.ANSWERED_IN_PART)


@dataclass(frozen=True, slots=True)
class FilingEvent:
    """One event of a filing. Events are appended and never changed.

    `matter` is what the police make of it, `review` the follow-up of the channel that was asked for.
    """

    event: FilingStatus
    happened_on: date
    recorded_at: datetime
    query_code: str | None = None
    note: str | None = None
    matter: Matter | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """Where a filing stands: the event whose limits run, since when, the matter, and the review asked for last."""

    event: FilingStatus
    since: date
    matter: Matter
    review: str | None

    def fits(self, matter: Matter | None) -> bool:
        """Return whether something for a kind of matter may be meant."""
        return matter is None or self.matter in (matter, Matter.UNKNOWN)

    def is_sure_of(self, matter: Matter | None) -> bool:
        """Return whether it is known to be meant."""
        return matter is None or self.matter is matter


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that is running.

    `is_certain` tells whether its rule was read in the official text, the matter is known, and the holidays of all its years
    are; `extended_to` are the last days if it is extended.
    """

    deadline: Deadline
    since: date
    on: date
    is_certain: bool
    extended_to: tuple[date, ...]

    @property
    def last(self) -> date:
        """The last day if every extension is used."""
        return self.extended_to[-1] if self.extended_to else self.on


def standing(events: Sequence[FilingEvent]) -> list[FilingEvent]:
    """Return the events of a filing that count: all but those recorded in error."""
    return [events[place] for place in standing_places([event.event for event in events])]


def due_of(events: Sequence[FilingEvent], channel: Channel) -> list[Due]:
    """Return the deadlines that run after the newest event that counts, the nearest first.

    There are none while a supplement is outstanding.
    """
    phase = phase_of(events)
    if phase is None:
        return []
    found = [_due(deadline, phase) for deadline in _running(channel, phase)]
    return sorted(found, key=lambda due: (due.on, due.deadline.id))


def phase_of(events: Sequence[FilingEvent]) -> Phase | None:
    """Return where a filing stands after the events that count; None before any event."""
    stand = standing(events)
    if not stand:
        return None
    newest = stand[-1]
    event = newest.event
    if event is FilingStatus.SUPPLEMENTED:
        event = next(one.event for one in reversed(stand) if one.event in _CLOCKS)
    filed = max(place for place, one in enumerate(stand) if one.event is FilingStatus.FILED)
    round_ = stand[filed:]
    return Phase(
        event,
        newest.happened_on,
        next((one.matter for one in reversed(round_) if one.matter), Matter.UNKNOWN),
        next((one.review for one in reversed(round_) if one.review), None),
    )


def follow_ups_after(channel: Channel, phase: Phase, cause: str) -> list[FollowUp]:
    """Return what a person may do after a decision, or after silence (`overdue`), as far as it can be known."""
    return [
        one
        for one in channel.follow_ups
        if cause in one.after
        and one.follows == phase.review
        and phase.fits(one.matter)
        and one.is_in_force(phase.since)
    ]


def _running(channel: Channel, phase: Phase) -> Iterator[Deadline]:
    for deadline in channel.deadlines:
        if (
            deadline.event.value == phase.event.value
            and deadline.is_in_force(phase.since)
            and phase.fits(deadline.matter)
            and (deadline.review is None or deadline.review == phase.review)
        ):
            yield deadline
    if phase.event in DECISIONS:
        for follow_up in follow_ups_after(channel, phase, phase.event.value):
            if follow_up.days is not None:
                yield _limit_of(follow_up, follow_up.days, phase.event)


def _limit_of(follow_up: FollowUp, days: int, event: FilingStatus) -> Deadline:
    """Return the days in which a person may take a follow-up, as the deadline that they are."""
    return Deadline(
        id=follow_up.id,
        event=DeadlineStart(event.value),
        due=follow_up.name,
        by="person",
        days=days,
        unit=follow_up.unit,
        matter=follow_up.matter,
        status=follow_up.status,
        source=follow_up.source,
        verified_on=follow_up.verified_on,
        recorded_on=follow_up.recorded_on,
        effective_from=follow_up.effective_from,
        effective_to=follow_up.effective_to,
    )


def last_day(since: date, days: int, unit: DayUnit) -> DueDay:
    """Return the last of so many days, counted from the day after `since`."""
    count = after_working_days if unit == "working" else after_calendar_days
    return count(since, days)


def _due(deadline: Deadline, phase: Phase) -> Due:
    due = last_day(phase.since, deadline.days, deadline.unit)
    extended = [
        last_day(phase.since, deadline.days + more, deadline.unit) for more in accumulate(deadline.extensions)
    ]
    is_certain = (
        deadline.status is Status.VERIFIED
        and phase.is_sure_of(deadline.matter)
        and all(day.is_certain for day in (due, *extended))
    )
    return Due(deadline, phase.since, due.on, is_certain, tuple(day.on for day in extended))
