"""A simulated crowd: collectors, harmless numbers, and the people who report both, with the truth about each.

Nothing in it is real, and all of it is recognisably so: numbers are Chinese mobiles starting with 1979, which are
allocated to nobody, institutions are numbered and called 虚构 ("fictitious"), and texts start with 【模拟】
("simulated"). Rates were chosen, not measured.
"""

from __future__ import annotations

from random import Random
from typing import Final

from ml.days import end_of
from ml.simulation.crowd import (
    Character,
    Crowd,
    CrowdPlan,
    NumberTruth,
    SimulatedReport,
    SimulatedReporter,
)
from ml.simulation.scenes import BLOCK_SIZE, GANG_BLOCKS, HARMLESS_BLOCKS, Scene

__all__ = ["Crowd", "CrowdPlan", "NumberTruth", "SimulatedReport", "SimulatedReporter", "simulate_crowd"]

LEAST_REPORTERS: Final = 50  # so that some are careless and some form a ring
_HONEST_SHARE, _CARELESS_SHARE = 0.8, 0.12  # the rest is hostile and forms rings


def simulate_crowd(plan: CrowdPlan, rng: Random) -> Crowd:
    """Return a crowd drawn from `rng`; the same seed and plan give the same crowd.

    Raise ValueError if the plan asks for more numbers than 1979 has, or for too few reporters.
    """
    harmless_suffixes = range(len(HARMLESS_BLOCKS) * BLOCK_SIZE)
    if plan.gangs > len(GANG_BLOCKS) or plan.harmless > len(harmless_suffixes):
        raise ValueError(f"{plan} asks for more numbers than +861979 has")
    if plan.reporters < LEAST_REPORTERS:
        raise ValueError(f"{plan} asks for fewer reporters than {LEAST_REPORTERS}")
    reporters = _draw_reporters(plan, rng)
    scene = Scene(plan, rng, reporters)
    numbers = [number for block in rng.sample(GANG_BLOCKS, plan.gangs) for number in scene.gang(block)]
    numbers += [scene.harmless(suffix) for suffix in rng.sample(harmless_suffixes, plan.harmless)]
    return Crowd(
        events=_in_order([event for _, events in numbers for event in events], plan),
        truths=tuple([truth for truth, _ in numbers]),
        reporters=reporters,
    )


def _in_order(events: list[SimulatedReport], plan: CrowdPlan) -> tuple[SimulatedReport, ...]:
    """Return the events in order of time, without repetitions: a reporter, number and minute are one report."""
    events.sort(key=lambda event: (event.occurred_at, event.number, event.reporter))
    end = end_of(plan.end_day - 1)
    first_of = {
        (event.number, event.reporter, event.occurred_at // 60): event
        for event in reversed(events)
        if event.occurred_at < end
    }
    return tuple(reversed(first_of.values()))


def _draw_reporters(plan: CrowdPlan, rng: Random) -> tuple[SimulatedReporter, ...]:
    """Draw honest and careless people, mostly unlinked, then hostile rings whose members share a cluster."""
    reporters: list[SimulatedReporter] = []
    cluster = 0
    while len(reporters) < plan.reporters:
        character = _character(len(reporters) / plan.reporters)
        size = rng.randint(5, 20) if character == "hostile" else _household(rng)
        cluster += 1
        for _ in range(min(size, plan.reporters - len(reporters))):
            reporters.append(_draw_reporter(len(reporters), cluster, character=character, rng=rng))
    return tuple(reporters)


def _character(share_before: float) -> Character:
    """Return the character of the reporter before whom this share of reporters has been drawn."""
    if share_before < _HONEST_SHARE:
        return "honest"
    return "careless" if share_before < _HONEST_SHARE + _CARELESS_SHARE else "hostile"


def _household(rng: Random) -> int:
    """Draw how many honest or careless people share a device or a line."""
    return rng.choices((1, 2, 4), (0.8, 0.15, 0.05))[0]


def _draw_reporter(index: int, cluster: int, *, character: Character, rng: Random) -> SimulatedReporter:
    """Draw one reporter with a past: a third of the honest people have earned credit, few of the others."""
    has_credit = rng.random() < {"honest": 0.35, "careless": 0.1, "hostile": 0.02}[character]
    has_blame = rng.random() < {"honest": 0.01, "careless": 0.15, "hostile": 0.1}[character]
    return SimulatedReporter(
        index=index,
        cluster=cluster,
        character=character,
        confirmed=rng.randint(2, 12) if has_credit else 0,
        overturned=1 if has_blame else 0,
        account_days=rng.randint(31, 900) if has_credit else rng.randint(0, 200),
    )
