"""A simulated crowd's events and truths, and the rows that a service would keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ml.day_rows import DayRow, ReportFacts, fold
from ml.days import day_at, hour_at
from ml.scripts import script_of
from ml.trust import is_seasoned, reporter_weight
from ml.words import VIOLATIONS

Role = Literal["collector", "courier", "shop", "reminder", "private"]
Character = Literal["honest", "careless", "hostile"]


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    """How large a crowd to simulate, and when; the day in days since 1970-01-01, Asia/Shanghai."""

    first_day: int
    days: int = 300
    gangs: int = 120
    harmless: int = 9_000
    reporters: int = 8_000

    @property
    def end_day(self) -> int:
        """The first day after the simulation."""
        return self.first_day + self.days


@dataclass(frozen=True, slots=True)
class SimulatedReporter:
    """One simulated person; linked people share a `cluster`, the counts are the person's past elsewhere."""

    index: int
    cluster: int
    character: Character
    confirmed: int
    overturned: int
    account_days: int


@dataclass(frozen=True, slots=True)
class SimulatedReport:
    """One simulated report."""

    number: str  # E.164
    kind: str
    reporter: int  # index in Crowd.reporters
    cluster: int
    occurred_at: int  # seconds since 1970-01-01 UTC
    medium: Literal["voice", "sms"]
    duration_seconds: int | None  # None where there was no call to measure
    connected: bool | None
    caller: Literal["human", "automated", "one_ring"] | None  # None for messages
    relation: Literal["debtor", "third_party", "wrong_person"] | None
    violations: tuple[str, ...]  # ids of ml.words.VIOLATIONS in their order
    opinion: Literal["abusive", "legitimate"]
    evidence_weight: float
    narrative: str
    claimed_institution: str | None


@dataclass(frozen=True, slots=True)
class NumberTruth:
    """What a simulated number really is, which no reporter knows; days since 1970-01-01, Asia/Shanghai."""

    number: str
    kind: str
    role: Role
    abusive_from: int | None  # None: never
    reissued_on: int | None  # the day from which a former collector's number belongs to somebody else
    gang: int | None = None  # which collectors it is or was used by

    def is_abusive(self, day: int) -> bool:
        """Whether the number is in a collector's hands on a day, or still unused since."""
        if self.abusive_from is None or day < self.abusive_from:
            return False
        return self.reissued_on is None or day < self.reissued_on


@dataclass(frozen=True, slots=True)
class Crowd:
    """One simulation: events in order of time, one truth a number, reporters by index."""

    events: tuple[SimulatedReport, ...]
    truths: tuple[NumberTruth, ...]
    reporters: tuple[SimulatedReporter, ...]


def day_rows(
    events: Iterable[SimulatedReport], reporters: Sequence[SimulatedReporter]
) -> dict[str, list[DayRow]]:
    """The rows by number that a service keeps of reports given in order of time.

    A reporter counts, and weighs, once per number: by its first report.
    """
    cells: dict[tuple[str, int, int], tuple[list[ReportFacts], list[ReportFacts]]] = {}
    counted: set[tuple[str, int]] = set()
    for event in events:
        key = (event.number, day_at(event.occurred_at), event.cluster)
        pair = (event.number, event.reporter)
        cells.setdefault(key, ([], []))[pair in counted].append(_facts(event, reporters[event.reporter]))
        counted.add(pair)
    rows: dict[str, list[DayRow]] = {}
    for (number, day, cluster), (first, further) in cells.items():
        rows.setdefault(number, []).append(fold(day, cluster, counted=first, further=further))
    return rows


def _facts(event: SimulatedReport, reporter: SimulatedReporter) -> ReportFacts:
    past = {"confirmed": reporter.confirmed, "overturned": reporter.overturned}
    return ReportFacts(
        violations=[VIOLATIONS.index(violation) for violation in event.violations],
        is_seasoned=is_seasoned(**past, account_days=reporter.account_days),
        weight=reporter_weight(**past),
        evidence_weight=event.evidence_weight,
        medium=event.medium,
        caller=event.caller,
        connected=event.connected,
        hour=hour_at(event.occurred_at),
        relation=event.relation,
        opinion=event.opinion,
        script=script_of(event.narrative),
    )
