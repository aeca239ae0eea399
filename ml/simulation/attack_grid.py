"""The frame of the attack grid: the world of one seed, which attacks get, and the cells of results they return."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import NamedTuple

from ml.bursts import HELD_DAYS, assess_outside_bursts
from ml.day_rows import DayRow
from ml.simulation.history import CONSENT, KIND, LivedWorld, live_through
from ml.simulation.world import WorldPlan, draw_world
from ml.trust import Thresholds, decide
from ml.words import PUBLISHED, Verdict


class Share(NamedTuple):
    """A share of cases, as counts that can be added up over seeds."""

    found: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, between 0 and 1; None if there are no cases."""
        return self.found / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Cell:
    """The results of one setting of an attack."""

    attack: str
    setting: str
    shares: dict[str, Share]
    highest_probability: float | None = None  # of trust in any target that nobody else had reported


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: its name, a description, and the function that runs it on the world of one seed."""

    name: str
    words: str
    cells: Callable[[Seed], Iterable[Cell]]


@dataclass
class Seed:
    """One seed: its randomness, and its world without hostile people, which is lived through only once."""

    number: int
    targets: int
    thresholds: Thresholds = field(default_factory=Thresholds)

    def random(self, purpose: str) -> Random:
        """Return a generator of its own for each purpose, so that leaving out an attack does not change the others."""
        return Random(f"{self.number} {purpose}")  # noqa: S311  a reproducible simulation, no secret

    def history(self, plan: WorldPlan) -> LivedWorld:
        """Return what becomes of a world drawn by this plan."""
        world = draw_world(plan, self.random(f"world {plan}"))
        return live_through(world, self.random(f"life {plan}"), self.thresholds)

    @cached_property
    def peaceful(self) -> LivedWorld:
        """The world that nobody attacks."""
        return self.history(WorldPlan(targets=self.targets))


def add_up_cells(cells: Iterable[Cell]) -> list[Cell]:
    """Return the sums of cells of the same attack and setting, in the order in which they first appear."""
    merged: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        key = (cell.attack, cell.setting)
        merged[key] = _added(merged[key], cell) if key in merged else cell
    return list(merged.values())


def _added(first: Cell, second: Cell) -> Cell:
    shares = {
        name: Share(share.found + second.shares[name].found, share.of + second.shares[name].of)
        for name, share in first.shares.items()
    }
    known = [cell.highest_probability for cell in (first, second) if cell.highest_probability is not None]
    return Cell(first.attack, first.setting, shares, max(known, default=None))


class GateResult(NamedTuple):
    """The worst that the gate makes of an attacked number, at once or after a burst has been held back."""

    probability: float  # of trust
    verdict: Verdict


def worst_result(rows: list[DayRow], *, day: int, thresholds: Thresholds) -> GateResult:
    """Return the worst that the gate makes of a number that was unknown before: highest trust, gravest verdict.

    The number is scored on `day`, and again when a burst on that day is no longer held back.
    """
    worst = GateResult(0.0, Verdict.UNKNOWN)
    for today in (day, day + HELD_DAYS + 1):
        trust, _ = assess_outside_bursts(rows, kind=KIND, today=today)
        verdict = decide(trust, CONSENT, thresholds, previous=worst.verdict, kind=KIND)
        gravest = worst.verdict if verdict == Verdict.UNKNOWN else verdict
        worst = GateResult(max(worst.probability, trust.probability), gravest)
    return worst


def listed_shares(results: Iterable[GateResult]) -> dict[str, Share]:
    """Return the share of numbers that were confirmed, and of those that were suspected or confirmed."""
    verdicts = [result.verdict for result in results]
    return {
        "confirmed": Share(verdicts.count(Verdict.CONFIRMED), len(verdicts)),
        "suspected": Share(sum(verdict in PUBLISHED for verdict in verdicts), len(verdicts)),
    }
