"""All of it: attacks, overload, failures."""

from benchmarks.hostile import attacked, overload
from benchmarks.rig import Measurement

SHORT_SECONDS, FULL_SECONDS = 10.0, 60.0


def measure(*, is_full: bool = False) -> list[Measurement]:
    """Measure everything, briefly or for as long as the claims need."""
    seconds = FULL_SECONDS if is_full else SHORT_SECONDS
    return [*attacked.measure(seconds), *overload.measure(10 * seconds if is_full else seconds)]
