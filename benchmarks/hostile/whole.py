"""All of it: attacks, overload, failures; briefly, or for as long as the claims need."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from benchmarks import export_kills
from benchmarks.hostile import attacked, disk, kills, mid_request, mid_work, overload, restore, rights
from benchmarks.rig import Measurement

#: By name: a part, how much of it is measured briefly, and in full. `export_kills` is in `make bench` anyway.
PARTS: Final[Mapping[str, tuple[Callable[[int], list[Measurement]], int, int]]] = {
    "attacks": (attacked.measure, 10, 60),  # seconds each
    "overload": (overload.measure, 10, 600),  # seconds
    "kills": (kills.measure, 8, 200),
    "mid-request": (mid_request.measure, 1, 20),  # kills of each kind
    "mid-work": (mid_work.measure, 1, 20),  # kills of each kind
    "exports": (lambda rounds: export_kills.measure() if rounds else [], 0, 1),
    "disk": (disk.measure, 3, 20),
    "restore": (restore.measure, 3, 50),  # pieces of evidence
    "rights": (rights.measure, 300, 10_000),  # generated requests
}


def measure(names: Iterable[str] = PARTS, *, is_full: bool = False) -> list[Measurement]:
    """Measure the named parts; raises KeyError for a name that is none."""
    parts = [PARTS[name] for name in names]
    return [one for part, brief, full in parts for one in part(full if is_full else brief)]
