"""Kills of every process of a host, in random order, while people report and apps look numbers up."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.hostile.crowd import Crowd, Kept, kept, reporting
from benchmarks.hostile.living import SUPERVISOR, Host, kill, living
from benchmarks.hostile.looking import Looks, looking
from benchmarks.rig import Measurement, wait_until

LOOK_UPS = 200  # a second
SEED = 12
EVERYTHING = "everything"
#: Without these there is no host to ask.
HOST = frozenset({SUPERVISOR, EVERYTHING})
CALM_SECONDS = (0.3, 1.5)  # of which each kill comes some random time after the recovery before
MOST_SECONDS = 10.0
GIVEN_UP_SECONDS = 60.0
LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Round:
    """One kill: what was killed, when, and the Unix time of each recovery, 0 if there was none."""

    what: str
    killed_at: float
    reporting_at: float = 0.0
    whole_at: float = 0.0

    @property
    def seconds(self) -> float:
        """Until reports were taken again, `/readyz` said so, and every process was there again."""
        return (self.whole_at or self.killed_at + GIVEN_UP_SECONDS) - self.killed_at


def measure(rounds: int, *, seed: int = SEED) -> list[Measurement]:
    """Kill so often; compare what was acknowledged with what is there."""
    chance = random.Random(seed)
    with living() as host:
        crowd = Crowd(host.port, host.tokens)
        names = sorted(host.processes())
        with looking(host.lookup_port, host.key, per_second=LOOK_UPS) as looks, reporting(crowd):
            time.sleep(1)
            done = [_round(host, crowd, what, chance, names) for what in _order(names, rounds, chance)]
            time.sleep(1)
        wait_until(host.is_ready, seconds=GIVEN_UP_SECONDS)
        found = kept(host.rigged, crowd)
    return [_kept_row(crowd, found, done, seed), _recovery_row(done), _look_up_row(looks, done)]


def _order(names: Sequence[str], rounds: int, chance: random.Random) -> Iterator[str]:
    """Yield what to kill: each kind as often as the others, in random order."""
    left: list[str] = []
    for _ in range(rounds):
        if not left:
            left = [*names, EVERYTHING]
            chance.shuffle(left)
        yield left.pop()


def _round(host: Host, crowd: Crowd, what: str, chance: random.Random, names: Sequence[str]) -> Round:
    time.sleep(chance.uniform(*CALM_SECONDS))
    processes = host.processes()
    victims = [pid for pids in processes.values() for pid in pids]
    if what != EVERYTHING:
        victims = [chance.choice(processes[what])]
    one = Round(what, time.time())
    kill(victims)
    while time.time() < one.killed_at + GIVEN_UP_SECONDS:
        if not one.reporting_at and crowd.last_sent_at() > one.killed_at and host.is_ready():
            one.reporting_at = time.time()
        if _is_whole(host, names, victims) and crowd.last_sent_at() > one.killed_at and host.is_ready():
            one.whole_at = time.time()
            one.reporting_at = one.reporting_at or one.whole_at
            break
        time.sleep(LOOK_SECONDS)
    return one


def _is_whole(host: Host, names: Sequence[str], victims: Sequence[int]) -> bool:
    """Whether every kind of process is there, and none that was killed."""
    processes = host.processes()
    there = {pid for pids in processes.values() for pid in pids}
    return all(processes.get(name) for name in names) and not there & set(victims)


def _kept_row(crowd: Crowd, found: Kept, done: Sequence[Round], seed: int) -> Measurement:
    repeated = sum(one.tries > 1 for one in crowd.acknowledged)
    statuses = ", ".join(
        f"{count:,} × {status or 'none'}" for status, count in sorted(crowd.statuses.items())
    )
    return Measurement(
        what=f"acknowledged reports after {len(done)} kills at {crowd.per_second:.0f} reports a second",
        floor="each there exactly once",
        measured=str(found),
        is_met=found.is_whole and crowd.given_up == 0 and bool(crowd.acknowledged),
        detail=f"{len(crowd.acknowledged):,} acknowledged of {crowd.sent:,}, {repeated} when repeated with their key, "
        f"{crowd.given_up} with a key never; answers: {statuses}; seed {seed}",
    )


def _recovery_row(done: Sequence[Round]) -> Measurement:
    slowest = {
        what: max(one.seconds for one in done if one.what == what) for what in {one.what for one in done}
    }
    longest = max(one.seconds for one in done)
    answering = max((one.reporting_at or one.killed_at + GIVEN_UP_SECONDS) - one.killed_at for one in done)
    told = ", ".join(f"{what} {seconds:.1f}" for what, seconds in sorted(slowest.items()))
    return Measurement(
        what="recovery from a kill: reports taken, ready, every process there again",
        floor=f"≤ {MOST_SECONDS:.0f} s each",
        measured=f"longest {longest:.1f} s",
        is_met=longest <= MOST_SECONDS,
        detail=f"reports alone {answering:.1f} s; longest of each, in seconds: {told}",
    )


def _look_up_row(looks: Looks, done: Sequence[Round]) -> Measurement:
    """Compare look-ups that failed twice with when there was no host."""
    unanswered = [
        (due, ended)
        for due, ended in looks.refused_at
        if not any(
            one.what in HOST and due < one.killed_at + one.seconds and ended > one.killed_at for one in done
        )
    ]
    guilty = sorted({_last_before(done, ended) for _, ended in unanswered})
    while_down = looks.refused - len(unanswered)
    return Measurement(
        what=f"look-ups, {LOOK_UPS} a second, meanwhile",
        floor="each answered at the first try or at one on a new connection, unless the host is down",
        measured=f"{len(unanswered)} not answered",
        is_met=not unanswered and bool(looks.milliseconds),
        detail=f"{len(looks.milliseconds):,} look-ups, {looks.repeated} tried again, {while_down} while the host was down; "
        f"longest {looks.longest / 1000:.1f} s; unanswered after kills of: {', '.join(guilty) or 'none'}",
    )


def _last_before(done: Sequence[Round], moment: float) -> str:
    return next((one.what for one in reversed(done) if one.killed_at <= moment), "nothing")
