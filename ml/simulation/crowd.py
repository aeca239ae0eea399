"""A simulated crowd's events and truths, and the rows that a service would keep of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ml.profiles import KEPT_SCRIPTS, PART_HOURS, PARTS_OF_DAY
from ml.scripts import script_of
from ml.signals import DayRow
from ml.trust import MESSAGE_OR_RECORDING, is_seasoned, reporter_weight
from ml.words import VIOLATIONS

SHANGHAI_SECONDS: Final = 8 * 3600  # ahead of UTC, without summer time
DAY_SECONDS: Final = 86_400
FIRST_HOUR, LAST_HOUR = 8, 21  # outside them a call falls into the quiet hours, 22:00 to 8:00

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
    violations: tuple[str, ...]  # ids of ml.signals.VIOLATIONS in their order
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


def shanghai_day(occurred_at: int) -> int:
    """The day in Asia/Shanghai, as days since 1970-01-01, of seconds since then in UTC."""
    return (occurred_at + SHANGHAI_SECONDS) // DAY_SECONDS


def day_rows(
    events: Iterable[SimulatedReport], reporters: Sequence[SimulatedReporter]
) -> dict[str, list[DayRow]]:
    """The rows by number that a service keeps of reports given in order of time.

    A reporter counts, and weighs, once per number: by its first report.
    """
    grouped: dict[tuple[str, int, int], list[tuple[SimulatedReport, bool]]] = {}
    counted: set[tuple[str, int]] = set()
    for event in events:
        key = (event.number, shanghai_day(event.occurred_at), event.cluster)
        pair = (event.number, event.reporter)
        grouped.setdefault(key, []).append((event, pair not in counted))
        counted.add(pair)
    rows: dict[str, list[DayRow]] = {}
    for (number, day, cluster), members in grouped.items():
        rows.setdefault(number, []).append(_day_row(day, cluster, members, reporters))
    return rows


def _day_row(
    day: int,
    cluster: int,
    members: list[tuple[SimulatedReport, bool]],
    reporters: Sequence[SimulatedReporter],
) -> DayRow:
    weights: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for event, counts in members:
        if counts:
            reporter = reporters[event.reporter]
            weights[event.opinion, _seasoned(reporter)] += _weight(reporter) * event.evidence_weight
    speaking = [event for event, counts in members if counts and event.opinion == "abusive"]
    violations = Counter(violation for event in speaking for violation in event.violations)
    hours = Counter(_hour(event.occurred_at) // PART_HOURS for event in speaking)
    scripts = [script for event in speaking if (script := script_of(event.narrative)) is not None]
    return DayRow(
        day=day,
        cluster=cluster,
        reports=sum(counts or event.opinion == "abusive" for event, counts in members),
        reporters=sum(counts for _, counts in members),
        messages=sum(event.medium == "sms" for event in speaking),
        automated=sum(event.caller == "automated" for event in speaking),
        one_ring=sum(event.caller == "one_ring" for event in speaking),
        connected=sum(event.connected is True for event in speaking),
        quiet_hours=sum(not FIRST_HOUR <= _hour(event.occurred_at) <= LAST_HOUR for event in speaking),
        third_party=sum(event.relation == "third_party" for event in speaking),
        wrong_person=sum(event.relation == "wrong_person" for event in speaking),
        evidence=sum(event.evidence_weight >= MESSAGE_OR_RECORDING for event in speaking),
        legitimate=sum(counts and event.opinion == "legitimate" for event, counts in members),
        seasoned_for=weights["abusive", True],
        fresh_for=weights["abusive", False],
        seasoned_against=weights["legitimate", True],
        fresh_against=weights["legitimate", False],
        violations=tuple(violations[violation] for violation in VIOLATIONS) if violations else None,
        hours=tuple(hours[part] for part in range(PARTS_OF_DAY)),
        scripts=tuple(sorted(scripts)[:KEPT_SCRIPTS]) or None,
    )


def _hour(occurred_at: int) -> int:
    return (occurred_at + SHANGHAI_SECONDS) % DAY_SECONDS // 3600


def _weight(reporter: SimulatedReporter) -> float:
    return reporter_weight(confirmed=reporter.confirmed, overturned=reporter.overturned)


def _seasoned(reporter: SimulatedReporter) -> bool:
    return is_seasoned(
        confirmed=reporter.confirmed, overturned=reporter.overturned, account_days=reporter.account_days
    )
