"""A score with its reasons, in plain Python, as every scorer works it out."""

import statistics
import time
from random import Random

from benchmarks.rig import Measurement
from ml.classifier import load_classifier, reasons
from ml.simulation.crowd import CrowdPlan
from ml.simulation.examples import draw_examples
from ml.simulation.simulate import simulate_crowd

FLOOR_MICROSECONDS = 10.0
PLAN = CrowdPlan(first_day=20_000, days=200, gangs=40, harmless=2_000, reporters=1_500)
ROUNDS = 5


def measure() -> list[Measurement]:
    """p99 over the examples of a simulated crowd, each timed alone; the median of five rounds."""
    model = load_classifier()
    crowd = simulate_crowd(PLAN, Random(1))
    signals = [one.signals for part in draw_examples(crowd, PLAN, Random(2)) for one in part]
    rounds = []
    for _ in range(ROUNDS + 1):
        microseconds = []
        for values in signals:
            began = time.perf_counter_ns()
            reasons(model.score(values))
            microseconds.append((time.perf_counter_ns() - began) / 1000)
        rounds.append(statistics.quantiles(microseconds, n=100))
    p50, p99 = (statistics.median(one[place] for one in rounds[1:]) for place in (49, 98))
    detail = f"p50 {p50:.1f} µs; {len(model.active)} tables of the shipped model contribute"
    what = "a score with reasons, p99"
    return [
        Measurement(what, f"{FLOOR_MICROSECONDS:g} µs", f"{p99:.1f} µs", p99 <= FLOOR_MICROSECONDS, detail)
    ]


if __name__ == "__main__":
    for result in measure():
        print(result)
