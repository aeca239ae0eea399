"""What attacks are told and what they tell: one seed's world, and cells that add up over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import NamedTuple

from ml.bursts import HELD_DAYS, assess_outside_bursts
from ml.day_rows import DayRow
from ml.simulation.history import CONSENT, KIND, LivedWorld, live
from ml.simulation.world import WorldPlan, draw_world
from ml.trust import Thresholds, decide
from ml.words import PUBLISHED, Verdict


class Share(NamedTuple):
    """How many of how many cases."""

    found: int
    of: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of no cases."""
        return self.found / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one setting of an attack came to."""

    attack: str
    setting: str
    shares: dict[str, Share]
    highest_probability: float | None = None  # trust in any target that nobody else had reported


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack by name, what it is in a few words, and its cells of one seed."""

    name: str
    words: str
    cells: Callable[[Seed], Iterable[Cell]]


@dataclass
class Seed:
    """One seed: what is drawn from it, and its world without hostile people, lived through once."""

    number: int
    targets: int
    thresholds: Thresholds = field(default_factory=Thresholds)

    def random(self, purpose: str) -> Random:
        """Randomness of its own for each purpose, so that attacks can be left out without changing others."""
        return Random(f"{self.number} {purpose}")  # noqa: S311  a reproducible simulation, no secret

    def history(self, plan: WorldPlan) -> LivedWorld:
        """What becomes of a world of this plan."""
        world = draw_world(plan, self.random(f"world {plan}"))
        return live(world, self.random(f"life {plan}"), self.thresholds)

    @cached_property
    def peaceful(self) -> LivedWorld:
        """The world that nobody attacks."""
        return self.history(WorldPlan(targets=self.targets))


def merge(cells: Iterable[Cell]) -> list[Cell]:
    """Cells of the same attack and setting added up, in the order in which they first come."""
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
    """What the gate came to when a number's reports were in, and when the wait after a burst was over."""

    probability: float
    verdict: Verdict


def judge(rows: list[DayRow], *, day: int, thresholds: Thresholds) -> GateResult:
    """The worst that the gate makes of a number unknown before: highest trust, gravest verdict."""
    worst = GateResult(0.0, Verdict.UNKNOWN)
    for today in (day, day + HELD_DAYS + 1):
        trust, _ = assess_outside_bursts(rows, kind=KIND, today=today)
        verdict = decide(trust, CONSENT, thresholds, previous=worst.verdict, kind=KIND)
        gravest = worst.verdict if verdict == Verdict.UNKNOWN else verdict
        worst = GateResult(max(worst.probability, trust.probability), gravest)
    return worst


def listed(judged: Iterable[GateResult]) -> dict[str, Share]:
    """How many were confirmed, and how many suspected or confirmed."""
    verdicts = [found.verdict for found in judged]
    return {
        "confirmed": Share(verdicts.count(Verdict.CONFIRMED), len(verdicts)),
        "suspected": Share(sum(verdict in PUBLISHED for verdict in verdicts), len(verdicts)),
    }
