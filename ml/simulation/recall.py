"""How many collectors' numbers the gate finds: in peace, among hostile reporters, and under other assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ml.simulation.attack_grid import Cell, Seed, Share
from ml.simulation.history import LivedWorld, NumberState
from ml.simulation.world import WorldPlan

LEAST_REPORTS: Final = 4
HOSTILE_SHARES: Final = (0.1, 0.3, 0.5)
SENSITIVITY_SEEDS: Final = 2
CARRIER_SHARES: Final = (0.05, 0.5, 0.8)  # the first is what the other worlds assume
CARRIER_NETWORKS: Final = (20, 200, 2000)
REPORT_BANDS: Final = ((4, 4), (5, 5), (6, 9), (10, None))


def peace(seed: Seed) -> Iterator[Cell]:
    """Yield the results of the world that nobody attacks: overall, then by number of honest reports."""
    yield _cell("peace", "all", seed.peaceful)
    numbers = _targets(seed.peaceful)
    for least, most in REPORT_BANDS:
        chosen = [
            state
            for state in numbers
            if state.honest_reports >= least and (not most or state.honest_reports <= most)
        ]
        band = f"{least} or more" if most is None else f"{least} to {most}" if most > least else f"{least}"
        yield Cell("peace", f"{band} honest reports", _found(chosen))


def hostile(seed: Seed) -> Iterator[Cell]:
    """Yield the results if a tenth, three tenths and half of all reporters are hostile, in worlds half as large."""
    for share in HOSTILE_SHARES:
        plan = WorldPlan(targets=max(seed.targets // 2, 1), hostile_share=share)
        yield _cell("hostile", f"{share:.0%} of reporters", seed.history(plan))


def carriers(seed: Seed) -> Iterator[Cell]:
    """Yield the results if most people sign up behind few networks of carriers; first seeds only, worlds half as large."""
    if seed.number >= SENSITIVITY_SEEDS:
        return
    for share in CARRIER_SHARES:
        for networks in CARRIER_NETWORKS:
            plan = WorldPlan(
                targets=max(seed.targets // 2, 1), carrier_share=share, carrier_networks=networks
            )
            yield _cell("carriers", f"{share:.0%} of sign-ups behind {networks} networks", seed.history(plan))


def sensitivity(seed: Seed) -> Iterator[Cell]:
    """Yield the results under other assumptions, for the first seeds only, in worlds half as large."""
    if seed.number >= SENSITIVITY_SEEDS:
        return
    for assumption, plan in _VARIANTS:
        yield _cell("sensitivity", assumption, seed.history(replace(plan, targets=max(seed.targets // 2, 1))))


_VARIANTS: Final[tuple[tuple[str, WorldPlan], ...]] = (
    ("30 days of history", WorldPlan(burn_in_days=30)),
    ("90 days of history", WorldPlan(burn_in_days=90)),
    ("180 days of history", WorldPlan(burn_in_days=180)),
    ("15 reports a year by the mean reporter", WorldPlan(reports_a_year=15.0)),
    ("60 reports a year by the mean reporter", WorldPlan(reports_a_year=60.0)),
    ("everybody equally active", WorldPlan(activity_shape=20.0)),
    ("5 % of numbers adjudicated", WorldPlan(adjudicated=0.05)),
    ("30 % of numbers adjudicated", WorldPlan(adjudicated=0.3)),
    ("evidence: 95 % bare logs", WorldPlan(evidence=(0.95, 0.04, 0.01))),
    ("evidence: 30 % bare logs", WorldPlan(evidence=(0.3, 0.5, 0.2))),
    ("10 % of honest reports mistaken", WorldPlan(mistaken=0.1)),
    ("mistakes meet: 40 % hit the same number again", WorldPlan(mistaken_again=0.4)),
    ("30 % hostile who only lie", WorldPlan(hostile_share=0.3, hostile_reports=(0.0, 0.5, 0.5))),
    ("30 % hostile who mostly tell the truth", WorldPlan(hostile_share=0.3, hostile_reports=(0.8, 0.1, 0.1))),
    (
        "30 % hostile who only defend collectors",
        WorldPlan(hostile_share=0.3, hostile_reports=(0.5, 0.0, 0.5)),
    ),
    ("30 % hostile, 30 agreeing on a number", WorldPlan(hostile_share=0.3, accusers=30)),
)


def _cell(attack: str, setting: str, history: LivedWorld) -> Cell:
    """Return a cell with the recall of numbers with `LEAST_REPORTS` honest reports, and the precision of `confirmed`."""
    confirmed = [state for state in history.measured() if state.confirmed_at is not None]
    right = sum(state.number.is_abusive for state in confirmed)
    seasoned = sum(is_seasoned for _, is_seasoned in history.honest_evidence)
    return Cell(
        attack,
        setting,
        {
            **_found(_targets(history)),
            "precision": Share(right, len(confirmed)),
            "seasoned reports": Share(seasoned, len(history.honest_evidence)),
        },
    )


def _targets(history: LivedWorld) -> list[NumberState]:
    return [
        state
        for state in history.measured()
        if state.number.is_abusive and state.honest_reports >= LEAST_REPORTS
    ]


def _found(numbers: Sequence[NumberState]) -> dict[str, Share]:
    """Return the shares of numbers that were ever confirmed, and that were ever listed at all."""
    return {
        "confirmed": Share(sum(state.confirmed_at is not None for state in numbers), len(numbers)),
        "suspected": Share(sum(state.visible_at is not None for state in numbers), len(numbers)),
    }
