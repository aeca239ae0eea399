"""A service's own reports as a history to learn from: of every day exactly what was known on it."""

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
    """One stored report; days since 1970-01-01 in Asia/Shanghai, moments in seconds since then in UTC."""

    number: str
    kind: str
    day: int  # of the call
    minute: float  # of the call, as a moment
    recorded_at: float
    retracted_at: float | None
    cluster: int
    reporter: int
    is_simulated: bool
    added_at: Sequence[float] | None  # when supplements named further violations,
    added: Sequence[int] | None  # and their positions
    facts: ReportFacts  # without what supplements added

    def accuses(self) -> bool:
        """Return whether it is of the opinion that its number is abusive."""
        return self.facts.opinion == "abusive"

    def facts_at(self, end: float) -> ReportFacts:
        """Return its facts with the violations that supplements had added until a moment."""
        added = [
            place
            for added_at, place in zip(self.added_at or (), self.added or (), strict=True)
            if added_at < end
        ]
        if not added:
            return self.facts
        return self.facts._replace(violations={*(self.facts.violations or ()), *added})


@dataclass(frozen=True, slots=True)
class EventRecord:
    """All reports about one number."""

    kind: str
    events: tuple[ReportEvent, ...]
    epochs: tuple[Epoch, ...] = ()

    @property
    def last_day(self) -> int:
        """On which the newest became known."""
        return day_at(max([event.recorded_at for event in self.events]))

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Day and reports against the number, as known on a day; of earlier owners too, as blocks count them."""
        end = end_of(until)
        return [(event.day, 1) for event in self.events if event.accuses() and _is_known(event, end)]

    def rows(self, *, until: int) -> list[DayRow]:
        """The rows that scoring read on a day: what came or was retracted later changes nothing of them.

        A burst that was held on it is left out, as by `service.scoring.assess`.
        """
        end = end_of(until)
        first = max([day for decided_at, day in self.epochs if decided_at < end], default=0)
        counted = _counted(self.events, end)
        cells: defaultdict[tuple[int, int], tuple[list[ReportFacts], list[ReportFacts]]] = defaultdict(
            lambda: ([], [])
        )
        for place, event in enumerate(self.events):
            if event.day >= first and _is_known(event, end):
                cells[event.day, event.cluster][place not in counted].append(event.facts_at(end))
        rows = [
            fold(day, cluster, counted=first_ones, further=others)
            for (day, cluster), (first_ones, others) in sorted(cells.items())
        ]
        return list(outside_bursts(rows, today=until)[0])

    def count_between(self, start: int, stop: int) -> int:
        """Other reporters than before who report it from the day `start` on and before `stop`."""
        begin, end = end_of(start - 1), end_of(stop - 1)
        before = {event.reporter for event in self.events if event.recorded_at < begin}
        coming = {
            event.reporter for event in self.events if begin <= event.recorded_at < end and event.accuses()
        }
        return len(coming - before)


def history_of(events: Iterable[ReportEvent], epochs: Mapping[str, Sequence[Epoch]] | None = None) -> History:
    """A history of reports in any order, and of new owners by number.

    `ValueError` when no report is about a number that can be scored.
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
    """Places of the reports by which their reporters counted at a moment: one a reporter, the first that came.

    After a retraction the earliest call of those that are left counts (`count_reporter_again`).
    """
    by_reporter: defaultdict[int, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.recorded_at < end:
            by_reporter[event.reporter].append(place)
    chosen = [_counted_of(events, places, end) for places in by_reporter.values()]
    return {place for place in chosen if place is not None}


def _counted_of(events: Sequence[ReportEvent], places: Sequence[int], end: float) -> int | None:
    """Of one reporter's reports the place of the one that counted; None when all were retracted."""
    steps: list[
        tuple[float, bool, float, int]
    ] = []  # of those that came at once the earliest call is the first
    for place in places:
        event = events[place]
        steps.append((event.recorded_at, False, event.minute, place))
        if event.retracted_at is not None and event.retracted_at < end:
            steps.append((event.retracted_at, True, event.minute, place))
    left: dict[int, float] = {}
    counted: int | None = None
    for _, is_retraction, minute, place in sorted(steps):
        if not is_retraction:
            left[place] = minute
            counted = place if counted is None else counted
            continue
        del left[place]
        if place == counted:
            counted = min(left, key=left.__getitem__, default=None)
    return counted
