"""What strangers, overload and failures do to the service; `python -m benchmarks.hostile --full` takes its time for it."""

from benchmarks.hostile import attacked
from benchmarks.rig import Measurement

SHORT_SECONDS, FULL_SECONDS = 10.0, 60.0


def measure(*, is_full: bool = False) -> list[Measurement]:
    """Measure everything, briefly or for as long as the claims need."""
    return attacked.measure(FULL_SECONDS if is_full else SHORT_SECONDS)
