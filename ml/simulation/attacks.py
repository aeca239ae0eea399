"""The attack grid: every attack on the crowd's gate, run over seeds, and what must hold of the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ml.simulation import evasions, recall, sieges
from ml.simulation.attack_grid import Attack, Cell, Seed, add_up_cells

ATTACKS: Final = {
    attack.name: attack
    for attack in (
        Attack("peace", "nobody attacks: what honest reports find", recall.peace),
        Attack("fresh", "fresh accounts accuse harmless numbers", sieges.fresh),
        Attack("hostile", "a share of all reporters is hostile", recall.hostile),
        Attack("rings", "aged accounts in few clusters accuse harmless numbers", sieges.rings),
        Attack("whitewash", "collectors get confirmed numbers removed", evasions.whitewash),
        Attack("recycled", "a confirmed number is given to somebody else", evasions.recycled),
        Attack("retaliation", "a gang reports somebody who reported it", sieges.retaliation),
        Attack("rotation", "a collector rotates numbers inside a block", evasions.rotation),
        Attack("sensitivity", "peace and hostility under other assumptions", recall.sensitivity),
    )
}
"""By name, in the order in which they are told."""

MOST_FRESH_PROBABILITY: Final = 0.649
LEAST_PRECISION: Final = 0.99
MOST_RECALL_LOSS: Final = 0.10
MOST_RING_SHARE: Final = 0.05
LEAST_CONFIRMED: Final = 0.90
LEAST_SUSPECTED: Final = 0.97


class Goal(NamedTuple):
    """What must hold, and whether it does; the worst of the settings is what counts."""

    what: str
    wanted: str
    measured: float
    is_met: bool


class UnknownAttackError(Exception):
    """An attack that is not in `ATTACKS`."""


def run_grid(
    names: Sequence[str], *, seeds: int, targets: int, progress: Callable[[], None] = lambda: None
) -> list[Cell]:
    """The cells of these attacks, added up over seeds; `progress` is called after each attack of each seed.

    Pure but for that: the same arguments give the same cells. `UnknownAttackError` names the first unknown one.
    """
    for name in names:
        if name not in ATTACKS:
            raise UnknownAttackError(f"there is no attack {name!r}; known are {', '.join(ATTACKS)}")
    cells: list[Cell] = []
    for number in range(seeds):
        seed = Seed(number, targets)
        for name in ATTACKS:
            if name in names:
                cells = add_up_cells([*cells, *ATTACKS[name].cells(seed)])
                progress()
    return sorted(cells, key=lambda cell: list(ATTACKS).index(cell.attack))


def judge_goals(cells: Sequence[Cell]) -> list[Goal]:
    """The goals on which these cells bear."""
    of: dict[str, list[Cell]] = {name: [cell for cell in cells if cell.attack == name] for name in ATTACKS}
    goals: list[Goal] = []
    if of["fresh"]:
        goals.append(_at_most("fresh accounts: confirmed", _worst(of["fresh"], "confirmed"), 0.0))
        highest = max(cell.highest_probability or 0.0 for cell in of["fresh"])
        goals.append(_at_most("fresh accounts: highest trust", highest, MOST_FRESH_PROBABILITY))
    if of["hostile"]:
        precision = min(cell.shares["precision"].value or 0.0 for cell in of["hostile"])
        goals.append(_at_least("hostile reporters: precision of confirmed", precision, LEAST_PRECISION))
    if of["hostile"] and of["peace"]:
        found = min(cell.shares["confirmed"].value or 0.0 for cell in of["hostile"])
        loss = max((of["peace"][0].shares["confirmed"].value or 0.0) - found, 0.0)
        goals.append(_at_most("hostile reporters: loss of recall", loss, MOST_RECALL_LOSS))
    small = [cell for cell in of["rings"] if cell.setting.startswith(("1 aged", "2 aged"))]
    if small:
        goals.append(
            _at_most(
                "aged rings of one and two clusters: confirmed", _worst(small, "confirmed"), MOST_RING_SHARE
            )
        )
    if of["peace"]:
        everybody = of["peace"][0].shares
        for name, least in (("confirmed", LEAST_CONFIRMED), ("suspected", LEAST_SUSPECTED)):
            goals.append(
                _at_least(f"four or more honest reports: {name}", everybody[name].value or 0.0, least)
            )
    if of["whitewash"]:
        goals.append(_at_most("whitewashing: automatic removals", _worst(of["whitewash"], "removed"), 0.0))
    return goals


def _worst(cells: Sequence[Cell], share: str) -> float:
    return max(cell.shares[share].value or 0.0 for cell in cells)


def _at_most(what: str, measured: float, limit: float) -> Goal:
    return Goal(what, f"<= {limit:g}", measured, measured <= limit)


def _at_least(what: str, measured: float, limit: float) -> Goal:
    return Goal(what, f">= {limit:g}", measured, measured >= limit)
