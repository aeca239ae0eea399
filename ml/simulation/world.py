"""The world in which the gate is attacked: who reports which numbers, when and with what evidence.

Honest people report collectors and are sometimes mistaken; hostile people earn standing by true reports and spend it
on false ones. All rates were chosen and are stated in `docs/scoring.md`, except the distribution of reports over
numbers, which follows the tail of the complaints to the US FTC of July and August 2020.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from ml.days import DAY_SECONDS
from ml.people.clusters import Account
from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK

YEAR_DAYS: Final = 365
TAIL_EXPONENT: Final = 1.7
"""P(n or more | 4 or more) = (n/4)^-1.7: 0.31 for 8 or more (FTC: 0.30), 0.065 for 20 or more (FTC: 0.055)."""
MOST_REPORTS: Final = 200
MOST_TRIES: Final = 20  # to find somebody who has joined and has not reported the number yet
LIFETIME_DAYS: Final = (7, 14, 30, 60)  # mean days before a collector drops a number, chosen at random
EVIDENCE: Final = (BARE_LOG, MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK)
HOUSEHOLDS: Final = ((1, 2, 4), (0.8, 0.15, 0.05))  # sizes and shares; a household shares its device


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """What is assumed of a world. Shares are of honest reports unless the comment says otherwise.

    The randomness of a world depends on the text of its plan: renaming a field changes all results.
    """

    targets: int = 1_000  # expected collectors' numbers with four or more honest reports in the measured days
    burn_in_days: int = 360  # in which standing is earned before anything is measured
    measured_days: int = 90
    reports_a_year: float = 34.0  # numbers that the mean reporter reports
    activity_shape: float = 0.5  # of a gamma distribution: a tenth of the people make 44 % of the reports
    evidence: tuple[float, float, float] = (0.6, 0.3, 0.1)  # bare log, message or recording, payment trail
    mistaken: float = 0.02  # share that is against harmless numbers
    mistaken_again: float = 0.2  # probability that one more mistaken report hits the same number
    adjudicated: float = 0.15  # share of numbers with two or more reporters
    disputed: float = 0.3  # share of harmless numbers with a visible verdict; the disputes are upheld
    hostile_share: float = 0.0  # share of all reporters
    hostile_reports: tuple[float, float, float] = (0.5, 0.25, 0.25)  # true, false, in a collector's favour
    accusers: int = 8  # false reports that agree on one harmless number within ten days
    # worlds that differ in these alone are drawn from the same randomness
    carrier_share: float = field(default=0.05, repr=False)  # share of households behind a carrier's networks
    carrier_networks: int = field(default=20, repr=False)  # that give many subscribers the same address

    @property
    def days(self) -> int:
        """The days of the world: burn-in and measured days."""
        return self.burn_in_days + self.measured_days


class WorldPerson(NamedTuple):
    """A reporter."""

    place: int  # in World.people
    joined_day: int  # may be before the first day
    is_hostile: bool


class WorldReport(NamedTuple):
    """One report; the time is in days since the world began."""

    at: float
    number: int  # index in World.numbers
    person: int  # index in World.people
    abusive: bool
    evidence: float  # weight of the evidence


class WorldNumber(NamedTuple):
    """A number and the truth about it."""

    place: int  # in World.numbers
    is_abusive: bool
    first_day: int


@dataclass(frozen=True, slots=True)
class World:
    """People and their accounts, numbers, and reports in order of time; everything is referred to by its index."""

    plan: WorldPlan
    people: list[WorldPerson]
    accounts: list[Account]
    numbers: list[WorldNumber]
    filings: list[WorldReport]


def draw_world(plan: WorldPlan, rng: Random) -> World:
    """Return a world drawn from `rng`; the same plan and seed give the same world."""
    return _Draw(plan, rng).world()


def draw_reports(rng: Random) -> int:
    """Draw how many honest people report one collector's number: one or more, with the tail of the FTC's complaints."""
    return min(int((1.0 - rng.random()) ** (-1.0 / TAIL_EXPONENT)), MOST_REPORTS)


class _Draw:
    """A world while it is being drawn."""

    def __init__(self, plan: WorldPlan, rng: Random) -> None:
        self._plan, self._rng = plan, rng
        self._hostile_ratio = plan.hostile_share / (1.0 - plan.hostile_share)
        self._numbers: list[WorldNumber] = []
        self._filings: list[WorldReport] = []
        self._people: list[WorldPerson] = []
        self._accounts: list[Account] = []
        self._honest_weights: list[float] = []
        self._hostile_weights: list[float] = []

    def world(self) -> World:
        plan, rng = self._plan, self._rng
        with_four = 4.0**-TAIL_EXPONENT
        collectors = round(plan.targets / with_four * plan.days / plan.measured_days)
        counts = [draw_reports(rng) for _ in range(collectors)]
        self._draw_people(round(sum(counts) / plan.reports_a_year * YEAR_DAYS / plan.days))
        for count in counts:
            self._draw_collector(count)
        self._draw_mistakes(round(sum(counts) * plan.mistaken))
        self._draw_accusations(round(sum(counts) * self._hostile_ratio * plan.hostile_reports[1]))
        self._filings.sort()
        return World(plan, self._people, self._accounts, self._numbers, self._filings)

    def _draw_people(self, honest: int) -> None:
        """Draw households of honest people, then hostile people, who take care to share nothing."""
        rng = self._rng
        households = 0
        while len(self._people) < honest:
            households += 1
            network = (
                f"carrier {rng.randrange(self._plan.carrier_networks)}"
                if rng.random() < self._plan.carrier_share
                else f"home {households}"
            )
            for _ in range(rng.choices(*HOUSEHOLDS)[0]):
                self._add_person(f"device {households}", network, is_hostile=False)
        for number in range(math.ceil(len(self._people) * self._hostile_ratio)):
            self._add_person(f"hostile {number}", f"hostile {number}", is_hostile=True)
        self._honest_weights = self._activity(is_hostile=False)
        self._hostile_weights = self._activity(is_hostile=True)

    def _add_person(self, device: str, network: str, *, is_hostile: bool) -> None:
        rng, index = self._rng, len(self._people)
        joined = rng.uniform(-YEAR_DAYS, 0.7 * self._plan.days)
        self._people.append(WorldPerson(index, int(joined // 1), is_hostile))
        self._accounts.append(Account(index, int(joined * DAY_SECONDS), device, network))

    def _activity(self, *, is_hostile: bool) -> list[float]:
        """Draw the cumulative weights with which people of one side report; those of the other side have weight 0."""
        shape = self._plan.activity_shape
        return list(
            accumulate(
                self._rng.gammavariate(shape, 1.0) if person.is_hostile == is_hostile else 0.0
                for person in self._people
            )
        )

    def _draw_collector(self, honest_reports: int) -> None:
        """Draw one number of a collector and the reports about it over its lifetime, including hostile ones."""
        rng = self._rng
        first = rng.randrange(self._plan.days)
        number = self._add_number(first, is_abusive=True)
        last = min(first + 1.0 + rng.expovariate(1.0 / rng.choice(LIFETIME_DAYS)), float(self._plan.days))
        true_share, _, defence_share = self._plan.hostile_reports
        camouflage = self._binomial(honest_reports, self._hostile_ratio * true_share)
        defence = self._binomial(honest_reports, self._hostile_ratio * defence_share)
        self._file(number, (first, last), honest_reports, weights=self._honest_weights)
        self._file(number, (first, last), camouflage, weights=self._hostile_weights)
        self._file(number, (first, last), defence, weights=self._hostile_weights, abusive=False)

    def _draw_mistakes(self, reports: int) -> None:
        """Draw harmless numbers that are reported by mistake, few of them more than once."""
        rng = self._rng
        while reports > 0:
            count = 1
            while rng.random() < self._plan.mistaken_again:
                count += 1
            first = rng.randrange(self._plan.days)
            number = self._add_number(first, is_abusive=False)
            self._file(
                number, (first, min(first + 30.0, self._plan.days)), count, weights=self._honest_weights
            )
            reports -= count

    def _draw_accusations(self, reports: int) -> None:
        """Draw harmless numbers that hostile people agree to accuse."""
        for _ in range(reports // self._plan.accusers):
            first = self._rng.randrange(self._plan.days)
            number = self._add_number(first, is_abusive=False)
            span = (first, min(first + 10.0, self._plan.days))
            self._file(number, span, self._plan.accusers, weights=self._hostile_weights)

    def _add_number(self, first_day: int, *, is_abusive: bool) -> int:
        self._numbers.append(WorldNumber(len(self._numbers), is_abusive, first_day))
        return len(self._numbers) - 1

    def _file(
        self,
        number: int,
        span: tuple[float, float],
        reports: int,
        *,
        weights: list[float],
        abusive: bool = True,
    ) -> None:
        """Draw reports of a number by different people who have joined by then, at any time of the span."""
        rng, filed = self._rng, set[int]()
        for _ in range(reports):
            at = rng.uniform(*span)
            for _ in range(MOST_TRIES):
                (person,) = rng.choices(self._people, cum_weights=weights)
                if person.joined_day < at and person.place not in filed:
                    break
            else:
                continue  # a small world may have nobody left who can report
            filed.add(person.place)
            (evidence,) = rng.choices(EVIDENCE, self._plan.evidence)
            self._filings.append(WorldReport(at, number, person.place, abusive, evidence))

    def _binomial(self, count: int, probability: float) -> int:
        return sum(self._rng.random() < probability for _ in range(count))
