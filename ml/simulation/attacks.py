"""The attack grid: all attacks on the crowd's gate, run over several seeds, and the goals their results must meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
        Attack("partners", "the holder of a partner's key invents groups of reporters", sieges.partners),
        Attack("whitewash", "collectors get confirmed numbers removed", evasions.whitewash),
        Attack("recycled", "a confirmed number is given to somebody else", evasions.recycled),
        Attack("retaliation", "a gang reports somebody who reported it", sieges.retaliation),
        Attack("rotation", "a collector rotates numbers inside a block", evasions.rotation),
        Attack("carriers", "most people sign up behind few networks of carriers", recall.carriers),
        Attack("sensitivity", "peace and hostility under other assumptions", recall.sensitivity),
    )
}
"""All attacks by name, in the order in which they are shown."""

MOST_FRESH_PROBABILITY: Final = 0.649
LEAST_PRECISION: Final = 0.99
MOST_RECALL_LOSS: Final = 0.10
MOST_CARRIER_LOSS: Final = 0.05
MOST_RING_SHARE: Final = 0.05
LEAST_CONFIRMED: Final = 0.90
LEAST_SUSPECTED: Final = 0.97


class Goal(NamedTuple):
    """A goal, and whether the worst of the settings it applies to meets it."""

    what: str
    wanted: str
    measured: float
    is_met: bool


class UnknownAttackError(Exception):
    """Raised for an attack that is not in `ATTACKS`."""


def run_grid(
    names: Sequence[str], *, seeds: int, targets: int, progress: Callable[[], None] = lambda: None
) -> list[Cell]:
    """Return the cells of these attacks, added up over seeds; call `progress` after each attack of each seed.

    Otherwise the function is pure: the same arguments give the same cells. Raise UnknownAttackError for the first
    unknown name.
    """
    for name in names:
        if name not in ATTACKS:
            raise UnknownAttackError(f"there is no attack {name!r}; the attacks are {', '.join(ATTACKS)}")
    cells: list[Cell] = []
    for number in range(seeds):
        seed = Seed(number, targets)
        for name in ATTACKS:
            if name in names:
                cells = add_up_cells([*cells, *ATTACKS[name].cells(seed)])
                progress()
    return sorted(cells, key=lambda cell: list(ATTACKS).index(cell.attack))


def judge_goals(cells: Sequence[Cell]) -> list[Goal]:
    """Return the goals that can be judged by these cells."""
    cells_of = {name: [cell for cell in cells if cell.attack == name] for name in ATTACKS}
    return [
        *_goals_of_fresh_accounts(cells_of["fresh"]),
        *_goals_of_hostility(cells_of["hostile"], cells_of["peace"]),
        *_goals_of_rings(cells_of["rings"]),
        *_goals_of_partners(cells_of["partners"]),
        *_goals_of_peace(cells_of["peace"]),
        *_goals_of_whitewashing(cells_of["whitewash"]),
        *_goals_of_carriers(cells_of["carriers"]),
    ]


def _goals_of_fresh_accounts(cells: Sequence[Cell]) -> Iterator[Goal]:
    if cells:
        yield _at_most("fresh accounts: confirmed", _highest(cells, "confirmed"), 0.0)
        highest = max(cell.highest_probability or 0.0 for cell in cells)
        yield _at_most("fresh accounts: highest trust", highest, MOST_FRESH_PROBABILITY)


def _goals_of_hostility(hostile: Sequence[Cell], peace: Sequence[Cell]) -> Iterator[Goal]:
    if hostile:
        precision = _lowest(hostile, "precision")
        yield _at_least("hostile reporters: precision of confirmed", precision, LEAST_PRECISION)
    if hostile and peace:
        loss = max((peace[0].shares["confirmed"].value or 0.0) - _lowest(hostile, "confirmed"), 0.0)
        yield _at_most("hostile reporters: loss of recall", loss, MOST_RECALL_LOSS)


def _goals_of_rings(cells: Sequence[Cell]) -> Iterator[Goal]:
    small = [cell for cell in cells if cell.setting.startswith(("1 aged", "2 aged"))]
    if small:
        confirmed = _highest(small, "confirmed")
        yield _at_most("aged rings of one and two clusters: confirmed", confirmed, MOST_RING_SHARE)


def _goals_of_partners(cells: Sequence[Cell]) -> Iterator[Goal]:
    unvetted = [cell for cell in cells if cell.setting.startswith("not vetted")]
    if unvetted:
        yield _at_most(
            "one unvetted partner with many groups: confirmed", _highest(unvetted, "confirmed"), 0.0
        )


def _goals_of_peace(cells: Sequence[Cell]) -> Iterator[Goal]:
    if cells:
        overall = cells[0].shares
        for name, least in (("confirmed", LEAST_CONFIRMED), ("suspected", LEAST_SUSPECTED)):
            yield _at_least(f"four or more honest reports: {name}", overall[name].value or 0.0, least)


def _goals_of_whitewashing(cells: Sequence[Cell]) -> Iterator[Goal]:
    if cells:
        yield _at_most("whitewashing: automatic removals", _highest(cells, "removed"), 0.0)


def _goals_of_carriers(cells: Sequence[Cell]) -> Iterator[Goal]:
    # the first cells are of the share that the other worlds assume, one for each number of networks
    usual, others = cells[: len(recall.CARRIER_NETWORKS)], cells[len(recall.CARRIER_NETWORKS) :]
    if cells:
        loss = max(_lowest(usual, "confirmed") - _lowest(others, "confirmed"), 0.0)
        yield _at_most("people behind carriers' networks: loss of recall", loss, MOST_CARRIER_LOSS)


def _highest(cells: Sequence[Cell], share: str) -> float:
    return max(cell.shares[share].value or 0.0 for cell in cells)


def _lowest(cells: Sequence[Cell], share: str) -> float:
    return min(cell.shares[share].value or 0.0 for cell in cells)


def _at_most(what: str, measured: float, limit: float) -> Goal:
    return Goal(what, f"<= {limit:g}", measured, measured <= limit)


def _at_least(what: str, measured: float, limit: float) -> Goal:
    return Goal(what, f">= {limit:g}", measured, measured >= limit)
