"""A service's own reports as a history to learn from: of every day exactly what was known on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ml.complaints import History
from ml.signals import VIOLATIONS, DayRow
from ml.trust import UNSCORED_KINDS


class Event(NamedTuple):
    """One stored report; days since 1970-01-01 in Asia/Shanghai. Weights are those it was stored with."""

    number: str
    kind: str
    day: int  # of the call
    recorded_day: int
    retracted_day: int | None
    cluster: int
    reporter: int
    is_counted: bool  # its reporter counts for the number by it
    is_seasoned: bool
    weight: float  # of reporter and evidence together
    is_message: bool
    caller: str | None
    is_connected: bool
    hour: int | None  # of the call, where it is known
    relation: str | None
    has_evidence: bool
    is_legitimate: bool
    violations: Sequence[int] | None  # positions in ml.signals.VIOLATIONS
    script: int | None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """All reports about one number."""

    kind: str
    events: tuple[Event, ...]

    @property
    def last_day(self) -> int:
        """On which the newest became known."""
        return max([event.recorded_day for event in self.events])

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Day and reports against the number, as known on a day."""
        return [(event.day, 1) for event in self._known(until) if not event.is_legitimate]

    def rows(self, *, until: int) -> list[DayRow]:
        """The rows that the service had on a day: what came or was retracted later changes nothing of them."""
        cells: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
        for event in self._known(until):
            cells[event.day, event.cluster].append(event)
        return [_row(day, cluster, events) for (day, cluster), events in sorted(cells.items())]

    def count_between(self, start: int, stop: int) -> int:
        """Other reporters than before who report it from the day `start` on and before `stop`."""
        before = {event.reporter for event in self.events if event.recorded_day < start}
        coming = {
            event.reporter
            for event in self.events
            if start <= event.recorded_day < stop and not event.is_legitimate
        }
        return len(coming - before)

    def _known(self, day: int) -> list[Event]:
        return [
            event
            for event in self.events
            if event.recorded_day <= day and (event.retracted_day is None or event.retracted_day > day)
        ]


def history_of(events: Iterable[Event]) -> History:
    """A history of reports in any order; `ValueError` when none is about a number that can be scored."""
    by_number: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind not in UNSCORED_KINDS and event.kind != "impossible":
            by_number[event.number].append(event)
    if not by_number:
        raise ValueError("there are no reports of numbers that can be scored")
    records = {number: EventRecord(found[0].kind, tuple(found)) for number, found in by_number.items()}
    days = [event.recorded_day for found in by_number.values() for event in found]
    return History(records, min(days), max(days))


def _row(day: int, cluster: int, events: list[Event]) -> DayRow:
    """What the service sums up of one day and cluster (`insert_signals`)."""
    hours, violations = [0] * 12, [0] * len(VIOLATIONS)
    weights = {(seasoned, legitimate): 0.0 for seasoned in (True, False) for legitimate in (True, False)}
    for event in events:
        if event.hour is not None:
            hours[event.hour // 2] += 1
        for place in event.violations or ():
            violations[place] += 1
        if event.is_counted:
            weights[event.is_seasoned, event.is_legitimate] += event.weight
    scripts = sorted([event.script for event in events if event.script is not None])
    return DayRow(
        day=day,
        cluster=cluster,
        reports=len(events),
        reporters=sum([event.is_counted for event in events]),
        messages=sum([event.is_message for event in events]),
        automated=sum([event.caller == "automated" for event in events]),
        one_ring=sum([event.caller == "one_ring" for event in events]),
        connected=sum([event.is_connected for event in events]),
        quiet_hours=sum([event.hour is not None and not 8 <= event.hour <= 21 for event in events]),
        third_party=sum([event.relation == "third_party" for event in events]),
        wrong_person=sum([event.relation == "wrong_person" for event in events]),
        evidence=sum([event.has_evidence for event in events]),
        legitimate=sum([event.is_legitimate for event in events]),
        seasoned_for=weights[True, False],
        fresh_for=weights[False, False],
        seasoned_against=weights[True, True],
        fresh_against=weights[False, True],
        violations=violations if any(violations) else None,
        hours=hours if any(hours) else None,
        scripts=scripts[:64] or None,
    )
