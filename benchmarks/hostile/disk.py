"""A disk that is full and freed again, while people report and apps look numbers up."""

import errno
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.crowd import Crowd, Kept, kept, reporting
from benchmarks.hostile.living import Host, living
from benchmarks.hostile.looking import Looks, looking
from benchmarks.rig import Measurement, wait_until

LOOK_UPS = 200  # a second
SEED = 20
SIZE = "768m"  # of the disk, which is in memory
FULL_FOR_SECONDS = (1.0, 4.0)
CALM_SECONDS = 1.0
MOST_SECONDS = 10.0
GIVEN_UP_SECONDS = 60.0
LOOK_SECONDS = 0.05
PIECES = (16 * 1024 * 1024, 256 * 1024, 4096)
WHAT = "disk full and freed"
FLOOR = f"nothing acknowledged lost; back within {MOST_SECONDS:.0f} s; every look-up answered"


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds until reports were taken again, and how many were acknowledged while the disk was full."""

    back_after: float
    acknowledged: int


def measure(rounds: int, *, seed: int = SEED) -> list[Measurement]:
    """Fill the disk of a data directory so often."""
    with small_disk() as disk:
        if disk is None:
            reason = "no file system can be mounted here: run as root, with CAP_SYS_ADMIN"
            return [Measurement(WHAT, FLOOR, "not measured", is_met=False, detail=reason)]
        chance = random.Random(seed)
        with living(disk / "data") as host:
            crowd, ballast = Crowd(host.port, host.tokens), disk / "ballast"
            with looking(host.lookup_port, host.key, per_second=LOOK_UPS) as looks, reporting(crowd):
                done = [
                    _round(host, crowd, ballast, chance.uniform(*FULL_FOR_SECONDS)) for _ in range(rounds)
                ]
            wait_until(host.is_ready, seconds=GIVEN_UP_SECONDS)
            found = kept(host.rigged, crowd)
            starts = host.starts
    return [_row(crowd, found, looks, done, f"{starts - 1} restarts of the supervisor; seed {seed}")]


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """Yield a file system of its own that is small; None where it cannot be mounted."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-bench-disk-") as name:
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", name]
        if os.geteuid() != 0 or subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
            yield None
            return
        try:
            (Path(name) / "data").mkdir()
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def _round(host: Host, crowd: Crowd, ballast: Path, seconds: float) -> Round:
    time.sleep(CALM_SECONDS)
    fill(ballast)
    filled_at = time.time()
    before = len(crowd.acknowledged)
    while time.time() < filled_at + seconds:  # what others free meanwhile is taken as well
        fill(ballast)
        time.sleep(LOOK_SECONDS)
    acknowledged = len(crowd.acknowledged) - before
    ballast.unlink()
    freed_at = time.time()
    with suppress(TimeoutError):
        wait_until(lambda: crowd.last_sent_at() > freed_at and host.is_ready(), seconds=GIVEN_UP_SECONDS)
    return Round(time.time() - freed_at, acknowledged)


def fill(ballast: Path) -> None:
    """Make a file larger until not one page is left on its disk."""
    with ballast.open("ab") as file:
        for piece in PIECES:
            while True:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break


def _row(crowd: Crowd, found: Kept, looks: Looks, done: list[Round], more: str) -> Measurement:
    longest, while_full = max(one.back_after for one in done), sum(one.acknowledged for one in done)
    statuses = ", ".join(
        f"{count:,} × {status or 'none'}" for status, count in sorted(crowd.statuses.items())
    )
    return Measurement(
        what=f"{WHAT}, {len(done)} times, at {crowd.per_second:.0f} reports and {LOOK_UPS} look-ups a second",
        floor=FLOOR,
        measured=f"{found}; back after {longest:.1f} s at most; {looks.refused} look-ups not answered",
        is_met=found.is_whole and longest <= MOST_SECONDS and looks.refused == 0 and bool(crowd.acknowledged),
        detail=f"{len(crowd.acknowledged):,} acknowledged of {crowd.sent:,}, {while_full} while it was full; "
        f"answers: {statuses}; {len(looks.milliseconds):,} look-ups, {looks.repeated} tried again; {more}",
    )
