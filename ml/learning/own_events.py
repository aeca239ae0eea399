"""Histories of a service's own reports: for every day exactly what was known on that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ml.bursts import outside_bursts
from ml.day_rows import DayRow, ReportFacts, fold
from ml.days import day_at, end_of
from ml.learning.complaints import History
from ml.words import UNLEARNED_KINDS

Epoch: TypeAlias = tuple[float, int]
"""When a person decided that a number has a new owner, and the owner's first day."""


class ReportEvent(NamedTuple):
    """One stored report. Days are days since 1970-01-01 in Asia/Shanghai, moments are UTC seconds since 1970-01-01."""

    number: str
    kind: str
    day: int  # of the call
    minute: float  # of the call, as a moment
    recorded_at: float
    retracted_at: float | None
    cluster: int
    reporter: int
    is_simulated: bool
    added_at: Sequence[float] | None  # moments at which supplements added violations
    added: Sequence[int] | None  # positions of these violations in VIOLATIONS
    facts: ReportFacts  # without what supplements added

    def accuses(self) -> bool:
        """Whether the report says that its number is abusive."""
        return self.facts.opinion == "abusive"

    def facts_at(self, end: float) -> ReportFacts:
        """Return the facts of the report with the violations that supplements had added before a moment."""
        if self.added_at is None or self.added is None:
            return self.facts
        added = [position for at, position in zip(self.added_at, self.added, strict=True) if at < end]
        return self.facts._replace(violations={*(self.facts.violations or ()), *added})


@dataclass(frozen=True, slots=True)
class EventRecord:
    """All reports about one number."""

    kind: str
    events: tuple[ReportEvent, ...]
    epochs: tuple[Epoch, ...] = ()

    @property
    def last_day(self) -> int:
        """The day on which the newest report became known."""
        return day_at(max([event.recorded_at for event in self.events]))

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Return pairs of day and reports against the number, as known at the end of a day.

        Reports about earlier owners are included, because blocks count them.
        """
        end = end_of(until)
        return [(event.day, 1) for event in self.events if event.accuses() and _is_known(event, end)]

    def rows(self, *, until: int) -> list[DayRow]:
        """Return the rows that scoring read on a day; later reports and retractions do not change them.

        A burst that was held back on that day is left out, as in `service.scoring.assess`.
        """
        end = end_of(until)
        first = max([day for decided_at, day in self.epochs if decided_at < end], default=0)
        counted = _counted(self.events, end)
        cells: defaultdict[tuple[int, int], tuple[list[ReportFacts], list[ReportFacts]]] = defaultdict(
            lambda: ([], [])
        )
        for index, event in enumerate(self.events):
            if event.day >= first and _is_known(event, end):
                cells[event.day, event.cluster][index not in counted].append(event.facts_at(end))
        rows = [
            fold(day, cluster, counted=first_ones, further=others)
            for (day, cluster), (first_ones, others) in sorted(cells.items())
        ]
        return list(outside_bursts(rows, today=until)[0])

    def count_between(self, start: int, stop: int) -> int:
        """Return how many new reporters report the number on the days from `start` on and before `stop`."""
        begin, end = end_of(start - 1), end_of(stop - 1)
        before = {event.reporter for event in self.events if event.recorded_at < begin}
        coming = {
            event.reporter for event in self.events if begin <= event.recorded_at < end and event.accuses()
        }
        return len(coming - before)


def history_of(events: Iterable[ReportEvent], epochs: Mapping[str, Sequence[Epoch]] | None = None) -> History:
    """Return the history of reports in any order, with the new owners of numbers, by number.

    Raise ValueError if no report is about a number that can be scored.
    """
    by_number: defaultdict[str, list[ReportEvent]] = defaultdict(list)
    for event in events:
        if event.kind not in UNLEARNED_KINDS:
            by_number[event.number].append(event)
    if not by_number:
        raise ValueError("there are no reports of numbers that can be scored")
    records = {
        number: EventRecord(found[0].kind, tuple(found), tuple((epochs or {}).get(number, ())))
        for number, found in by_number.items()
    }
    moments = [event.recorded_at for found in by_number.values() for event in found]
    return History(records, day_at(min(moments)), day_at(max(moments)))


def _is_known(event: ReportEvent, end: float) -> bool:
    return event.recorded_at < end and (event.retracted_at is None or event.retracted_at >= end)


def _counted(events: Sequence[ReportEvent], end: float) -> set[int]:
    """Return the indices of the reports that counted at a moment: one per reporter, the first that was recorded.

    If that report is retracted, the one with the earliest call among those left counts (`count_reporter_again`).
    """
    by_reporter: defaultdict[int, list[int]] = defaultdict(list)
    for index, event in enumerate(events):
        if event.recorded_at < end:
            by_reporter[event.reporter].append(index)
    chosen = [_counted_of(events, indices, end) for indices in by_reporter.values()]
    return {index for index in chosen if index is not None}


def _counted_of(events: Sequence[ReportEvent], indices: Sequence[int], end: float) -> int | None:
    """Return which of one reporter's reports counted at a moment, or None if all had been retracted."""
    # moment, whether it is a retraction, call, index: among reports recorded at once the earliest call comes first
    steps: list[tuple[float, bool, float, int]] = []
    for index in indices:
        event = events[index]
        steps.append((event.recorded_at, False, event.minute, index))
        if event.retracted_at is not None and event.retracted_at < end:
            steps.append((event.retracted_at, True, event.minute, index))
    left: dict[int, float] = {}
    counted: int | None = None
    for _, is_retraction, minute, index in sorted(steps):
        if not is_retraction:
            left[index] = minute
            counted = index if counted is None else counted
            continue
        del left[index]
        if index == counted:
            counted = min(left, key=left.__getitem__, default=None)
    return counted
