"""The scenes of a simulated crowd: who calls whom, and what is reported about it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from ml.days import CHINA_SECONDS, DAY_SECONDS, QUIET_FROM, QUIET_UNTIL
from ml.decay import SILENCE_DAYS
from ml.simulation.crowd import (
    Character,
    CrowdPlan,
    NumberTruth,
    Role,
    SimulatedReport,
    SimulatedReporter,
)
from ml.simulation.narratives import institution_name, write_abusive, write_legitimate
from ml.simulation.styles import HOSTILE, ROLE_STYLES, SIMULATED, Style, draw_gang_style
from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK

KIND: Final = "mobile"
BLOCK_SIZE: Final = 1_000  # seven digits follow +861979; a gang rotates its numbers within one block
HARMLESS_BLOCKS: Final = range(2_000)
GANG_BLOCKS: Final = range(2_000, 10_000)

_HARMLESS_ROLES: Final[tuple[Role, ...]] = ("courier", "shop", "reminder", "private")
_ROLE_WEIGHTS: Final = (0.25, 0.3, 0.2, 0.25)
_INCIDENTS: Final = ("mistake", "nuisance", "brigade")
_INCIDENT_WEIGHTS: Final = (0.66, 0.31, 0.03)
_WORKING_HOURS: Final = range(QUIET_UNTIL, QUIET_FROM)
_QUIET_HOURS: Final = (22, 22, 23, 0, 5, 6, 7, 7)


@dataclass(frozen=True, slots=True)
class _Gang:
    """A group of collectors who act together."""

    block: int
    style: Style
    institution: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """The part of a report that is decided before its details are drawn."""

    number: str
    day: int
    reporter: SimulatedReporter
    style: Style
    institution: str | None = None
    opinion: Literal["abusive", "legitimate"] = "abusive"


class Scene:
    """The people of one simulation; the methods draw numbers and the reports about them."""

    def __init__(self, plan: CrowdPlan, rng: Random, reporters: Sequence[SimulatedReporter]) -> None:
        self._plan = plan
        self._rng = rng
        self._reporters = reporters
        self._people: dict[Character, list[SimulatedReporter]] = {"honest": [], "careless": [], "hostile": []}
        ring_of: dict[int, list[SimulatedReporter]] = {}
        for reporter in reporters:
            self._people[reporter.character].append(reporter)
            if reporter.character == "hostile":
                ring_of.setdefault(reporter.cluster, []).append(reporter)
        self._rings = list(ring_of.values())

    def gang(self, block: int) -> Iterator[tuple[NumberTruth, list[SimulatedReport]]]:
        """Yield the numbers of one gang: a few at a time, each dropped after some days for another of the block."""
        rng, plan = self._rng, self._plan
        gang = _Gang(block, draw_gang_style(rng), institution_name(rng.randint(1, 400)))
        start = plan.first_day + rng.randrange(plan.days)
        end = min(start + rng.randint(20, 200), plan.end_day)
        unused = iter(rng.sample(range(BLOCK_SIZE), BLOCK_SIZE))
        mean_days = rng.choice((7, 14, 30, 60))  # before a number is dropped
        for _line in range(rng.randint(2, 7)):
            day = start
            while day < end:
                released = min(day + 1 + int(rng.expovariate(1 / mean_days)), end)
                yield self._collector(gang, _number(block * BLOCK_SIZE + next(unused)), range(day, released))
                day = released + rng.randint(0, 3)

    def harmless(self, suffix: int) -> tuple[NumberTruth, list[SimulatedReport]]:
        """Draw one harmless number and the reports against it: by mistake, because of a nuisance, or by a ring."""
        rng = self._rng
        role = rng.choices(_HARMLESS_ROLES, _ROLE_WEIGHTS)[0]
        truth = NumberTruth(_number(suffix), KIND, role, abusive_from=None, reissued_on=None)
        day = self._plan.first_day + rng.randrange(self._plan.days)
        incident = rng.choices(_INCIDENTS, _INCIDENT_WEIGHTS)[0]
        if incident == "brigade":
            events = self._brigade(truth.number, day)
        else:
            reports = 1 if incident == "mistake" else 2 + int(rng.expovariate(1 / 1.8))
            events = self._complaints(truth.number, day, style=ROLE_STYLES[role], reports=reports)
        if rng.random() < 0.2:
            people = rng.sample(self._people["honest"], rng.randint(1, 3))
            events += self._in_favour(truth.number, day + rng.randint(0, 5), people)
        return truth, events

    def _collector(self, gang: _Gang, number: str, days: range) -> tuple[NumberTruth, list[SimulatedReport]]:
        """Draw one number of a gang and the reports about it: by victims, friends of the gang, and about a next owner."""
        rng = self._rng
        events = self._campaign(gang, number, days)
        if events and rng.random() < 0.06:
            ring = rng.choice(self._rings)
            events += self._in_favour(number, rng.choice(days), rng.sample(ring, min(3, len(ring))))
        reissued_on = None
        if (
            rng.random() < 0.25
            and (day := days.stop + SILENCE_DAYS + rng.randint(0, 60)) < self._plan.end_day
        ):
            reissued_on = day
            if rng.random() < 0.3:
                style = ROLE_STYLES["private"]
                events += self._complaints(number, day + rng.randint(0, 30), style=style, reports=1)
        truth = NumberTruth(
            number=number,
            kind=KIND,
            role="collector",
            abusive_from=days.start,
            reissued_on=reissued_on,
            gang=gang.block,
        )
        return truth, events

    def _campaign(self, gang: _Gang, number: str, days: range) -> list[SimulatedReport]:
        """Draw the reports while a gang uses a number; a fifth is by people who have reported it before."""
        rng = self._rng
        volume = rng.lognormvariate(-1.4, 1.0)  # reports per day: the median number gets one in four days
        called: list[SimulatedReporter] = []
        events: list[SimulatedReport] = []
        for day in days:
            for _ in range(_poisson(volume, rng)):
                reporter = (
                    rng.choice(called) if called and rng.random() < 0.2 else rng.choice(self._reporters)
                )
                called.append(reporter)
                events.append(self._event(_Draft(number, day, reporter, gang.style, gang.institution)))
        return events

    def _complaints(
        self, number: str, first_day: int, *, style: Style, reports: int
    ) -> list[SimulatedReport]:
        """Draw reports of a harmless number by people who are disturbed or mistaken, over some weeks."""
        events: list[SimulatedReport] = []
        day = first_day
        for _ in range(reports):
            people = self._people["careless"] if self._rng.random() < 0.5 else self._reporters
            events.append(self._event(_Draft(number, day, self._rng.choice(people), style)))
            day += int(self._rng.expovariate(1 / 4))
        return events

    def _brigade(self, number: str, day: int) -> list[SimulatedReport]:
        """Draw reports of a harmless number by a ring within two days, which make it look like a collector's."""
        ring = self._rng.choice(self._rings)
        members = self._rng.sample(ring, self._rng.randint(min(3, len(ring)), len(ring)))
        return [
            self._event(_Draft(number, day + self._rng.randint(0, 1), member, HOSTILE)) for member in members
        ]

    def _in_favour(self, number: str, day: int, people: Sequence[SimulatedReporter]) -> list[SimulatedReport]:
        """Draw reports that call a number legitimate."""
        style = ROLE_STYLES["courier"]
        return [self._event(_Draft(number, day, person, style, opinion="legitimate")) for person in people]

    def _event(self, draft: _Draft) -> SimulatedReport:
        """Draw everything about a report that its draft leaves open."""
        rng, style = self._rng, draft.style
        is_message = rng.random() < style.message
        is_connected = not is_message and rng.random() < style.connected
        complains = draft.opinion == "abusive"
        violations = _draw_violations(style, rng) if complains else ()
        institution = draft.institution if complains and rng.random() < 0.6 else None
        if complains:
            narrative = write_abusive(rng, violations=violations, institution=institution)
        else:
            narrative = write_legitimate(rng)
        return SimulatedReport(
            number=draft.number,
            kind=KIND,
            reporter=draft.reporter.index,
            cluster=draft.reporter.cluster,
            occurred_at=_draw_moment(draft.day, style, rng),
            medium="sms" if is_message else "voice",
            duration_seconds=_draw_duration(is_connected, rng) if not is_message else None,
            connected=None if is_message else is_connected,
            caller=None if is_message else _draw_caller(style, rng),
            relation=_draw_relation(style, rng) if complains else None,
            violations=violations,
            opinion=draft.opinion,
            evidence_weight=MESSAGE_OR_RECORDING if is_message else _draw_evidence(style, rng),
            narrative=narrative,
            claimed_institution=institution,
        )


def _number(suffix: int) -> str:
    """Return a mobile number with the prefix 1979, which is allocated to nobody."""
    return f"+861979{suffix:07d}"


def _draw_moment(day: int, style: Style, rng: Random) -> int:
    """Draw the time of a call on a day, in UTC seconds."""
    hour = rng.choice(_QUIET_HOURS) if rng.random() < style.quiet_hours else rng.choice(_WORKING_HOURS)
    return day * DAY_SECONDS - CHINA_SECONDS + hour * 3600 + rng.randrange(3600)


def _draw_duration(is_connected: bool, rng: Random) -> int:
    return 1 + int(rng.expovariate(1 / 45)) if is_connected else 0


def _draw_caller(style: Style, rng: Random) -> Literal["human", "automated", "one_ring"]:
    draw = rng.random()
    if draw < style.one_ring:
        return "one_ring"
    return "automated" if draw < style.one_ring + style.automated else "human"


def _draw_relation(style: Style, rng: Random) -> Literal["debtor", "third_party", "wrong_person"] | None:
    draw = rng.random()
    if draw < style.third_party:
        return "third_party"
    if draw < style.third_party + style.wrong_person:
        return "wrong_person"
    return "debtor" if rng.random() < 0.5 else None


def _draw_violations(style: Style, rng: Random) -> tuple[str, ...]:
    return tuple(
        [violation for violation in SIMULATED if rng.random() < style.violations.get(violation, 0.0)]
    )


def _draw_evidence(style: Style, rng: Random) -> float:
    if rng.random() >= style.evidence:
        return BARE_LOG
    return PAYMENT_OR_CALL_BACK if rng.random() < 0.25 else MESSAGE_OR_RECORDING


def _poisson(mean: float, rng: Random) -> int:
    """Draw a Poisson count by Knuth's product of uniforms, which suits small means."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
