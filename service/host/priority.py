"""Which processes get the processor first: those that people wait for."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 10
AUTOGROUP: Final = Path("/proc/self/autogroup")


def give_way(autogroup: Path = AUTOGROUP) -> None:
    """Let other processes go before this one, which nobody waits for, and before all of its session.

    Where Linux schedules sessions as groups (`sched_autogroup_enabled`), the niceness of the group counts.
    """
    os.nice(NICENESS)
    with suppress(OSError):  # not on every system, and not in every container
        autogroup.write_text(str(NICENESS))
