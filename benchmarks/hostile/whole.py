"""All of it: attacks, overload, failures."""

from benchmarks import export_kills
from benchmarks.hostile import attacked, disk, kills, mid_request, mid_work, overload, restore, rights
from benchmarks.rig import Measurement

SHORT_SECONDS, FULL_SECONDS = 10.0, 60.0
SHORT_KILLS, FULL_KILLS = 8, 200
SHORT_MID_KILLS, FULL_MID_KILLS = 1, 20
SHORT_FULL_DISKS, FULL_FULL_DISKS = 3, 20
SHORT_PIECES, FULL_PIECES = 3, 50
SHORT_EXAMPLES, FULL_EXAMPLES = 300, 10_000


def measure(*, is_full: bool = False) -> list[Measurement]:
    """Measure everything, briefly or for as long as the claims need."""
    seconds = FULL_SECONDS if is_full else SHORT_SECONDS
    return [
        *attacked.measure(seconds),
        *overload.measure(10 * seconds if is_full else seconds),
        *failures(is_full=is_full),
    ]


def failures(*, is_full: bool) -> list[Measurement]:
    """Measure what is left of the service when parts of it fail."""
    return [
        *kills.measure(FULL_KILLS if is_full else SHORT_KILLS),
        *mid_request.measure(FULL_MID_KILLS if is_full else SHORT_MID_KILLS),
        *mid_work.measure(FULL_MID_KILLS if is_full else SHORT_MID_KILLS),
        *(export_kills.measure() if is_full else ()),  # `make bench` has them anyway
        *disk.measure(FULL_FULL_DISKS if is_full else SHORT_FULL_DISKS),
        *restore.measure(FULL_PIECES if is_full else SHORT_PIECES),
        *rights.measure(FULL_EXAMPLES if is_full else SHORT_EXAMPLES),
    ]
