"""Training examples from a simulated crowd: what was known about a number on a day, and what it really was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ml.day_rows import DayRow
from ml.signals import Signals, compute_signals
from ml.simulation.crowd import Crowd, CrowdPlan, day_rows

SLICE_SHARES: Final = (0.6, 0.2, 0.2)  # shares of the time for fitting, calibrating and testing
MOST_REPORTED_DAYS: Final = 4  # per number, so that a number reported for months does not count fifty times
MOST_IDLE_DAYS: Final = 45  # days after the last report at which a quiet day is drawn


@dataclass(frozen=True, slots=True)
class Example:
    """One number as of the end of one day."""

    number: str
    kind: str
    day: int
    signals: Signals
    rows: Sequence[DayRow]
    is_abusive: bool


def draw_examples(crowd: Crowd, plan: CrowdPlan, rng: Random) -> tuple[list[Example], ...]:
    """Return the examples to fit, to calibrate and to test, each slice of a later time than the one before.

    A number belongs only to the slice of its first report, so no number is both learned from and tested. Its examples
    are some of the days on which it was reported, when the service scores it, and one quiet day after them.
    """
    slices: tuple[list[Example], ...] = tuple([] for _ in SLICE_SHARES)
    rows_of = day_rows(crowd.events, crowd.reporters)
    spans = _spans(plan)
    for truth in crowd.truths:
        rows = rows_of.get(truth.number)
        if rows is None:
            continue
        first = min(row.day for row in rows)
        index = next(index for index, span in enumerate(spans) if first in span)
        for day in _days(rows, spans[index], rng):
            slices[index].append(
                Example(
                    number=truth.number,
                    kind=truth.kind,
                    day=day,
                    signals=compute_signals(rows, kind=truth.kind, today=day),
                    rows=rows,
                    is_abusive=truth.is_abusive(day),
                )
            )
    return slices


def _spans(plan: CrowdPlan) -> list[range]:
    """Return the days of each slice."""
    spans: list[range] = []
    start, share_before = plan.first_day, 0.0
    for share in SLICE_SHARES:
        share_before += share
        stop = plan.first_day + round(plan.days * share_before)
        spans.append(range(start, stop))
        start = stop
    return spans


def _days(rows: Sequence[DayRow], span: range, rng: Random) -> list[int]:
    """Return some of the days of a span on which a number was reported, and a later quiet day if it is in the span."""
    reported = sorted({row.day for row in rows if row.day in span})
    days = sorted(rng.sample(reported, min(MOST_REPORTED_DAYS, len(reported))))
    quiet = reported[-1] + rng.randint(1, MOST_IDLE_DAYS)
    return [*days, quiet] if quiet in span else days
