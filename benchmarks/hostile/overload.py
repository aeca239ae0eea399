"""What the service does under three times the load that it holds: who is served, how fast the rest is refused, memory."""

from collections.abc import Sequence
from statistics import quantiles

from benchmarks.hostile.attacked import Most, served
from benchmarks.hostile.looking import looking
from benchmarks.hostile.reporting import Answers, reports
from benchmarks.rig import Measurement

TIMES = 3.0
START_RATE, GROWTH, STEP_SECONDS = 100.0, 1.4, 4.0
HELD_SHARE = 0.99  # of the requests served, as long as the service holds a load
IDLE_SHARE = 0.2
MOST_REFUSING_MS = 50.0
MOST_SLOWER = 3.0
MOST_GROWTH_MB = 30.0


def measure(seconds: float) -> list[Measurement]:
    """Find the load that the service holds, then send three times as much for so many seconds."""
    with served(report_limit_per_hour=10**9, request_limit_per_second=10**6) as (target, host, key):
        held = _held(target.port, target.reporters)
        idle = reports(target.port, held * IDLE_SHARE, 10.0, target.reporters)
        with Most(host) as warm:
            reports(target.port, held * TIMES, 10.0, target.reporters)
        with Most(host) as most, looking(target.lookup_port, key, seconds) as looks:
            over = reports(target.port, held * TIMES, seconds, target.reporters)
    growth = most.megabytes - warm.megabytes
    slower = _p99(over.served) / _p99(idle.served)
    refusing = _p99(over.refused)
    measured = (
        f"503 within {refusing:.0f} ms (p99), served in {slower:.1f} × the idle p99, {growth:+.0f} MB, "
        f"{looks.refused} look-ups refused"
    )
    return [
        Measurement(
            what=f"overload, {TIMES:.0f} × the {held:,.0f} requests a second that it holds, {seconds:.0f} s",
            floor=f"503 within {MOST_REFUSING_MS:.0f} ms; p99 of the served ≤ {MOST_SLOWER:.0f} × idle; memory flat",
            measured=measured,
            is_met=refusing <= MOST_REFUSING_MS
            and slower <= MOST_SLOWER
            and growth <= MOST_GROWTH_MB
            and looks.refused == 0
            and over.without_connection == 0,
            detail=f"{_rate(over):,.0f} served a second; p99 {_p99(over.served):.0f} ms, idle {_p99(idle.served):.0f} ms; "
            f"look-ups p99.9 {looks.p999:.0f} ms; {over.without_connection} found no connection; statuses {over.statuses}",
        )
    ]


def _held(port: int, tokens: Sequence[str]) -> float:
    """Return the highest rate, in steps, at which nearly every request is served at once."""
    reports(port, START_RATE, STEP_SECONDS, tokens)  # opens what the first requests wait for
    held = rate = START_RATE
    while True:
        answers = reports(port, rate, STEP_SECONDS, tokens)
        asked = int(rate * STEP_SECONDS)
        if len(answers.served) < HELD_SHARE * asked or _p99(answers.served) > MOST_REFUSING_MS * 2:
            return held
        held, rate = rate, rate * GROWTH


def _p99(milliseconds: Sequence[float]) -> float:
    return quantiles(milliseconds, n=100)[98] if len(milliseconds) > 1 else 0.0


def _rate(answers: Answers) -> float:
    return len(answers.served) / answers.seconds
