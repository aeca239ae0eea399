"""A history of complaints, and what of it was known of every number on a day: the examples of a model.

A complaint needs no truth beside it. What is learned is whether a number will be reported again, by how many
further complaints within a horizon: the label that needs no human, and that says nothing of guilt.
"""

from __future__ import annotations

import multiprocessing
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.blocks import BLOCK_WINDOWS_DAYS, Activity, activity_of, neighbours_of, sum_blocks
from ml.signals import DayRow, compute_signals, sub_block_of
from ml.trust import UNSCORED_KINDS

CANDIDATE_DAYS: Final = 14
Matrix = NDArray[np.float64]
Counts = NDArray[np.int64]


class Complaint(NamedTuple):
    """One complaint: day since 1970-01-01, cluster of reporters, and what else a feed tells."""

    number: str
    kind: str
    day: int
    cluster: int
    is_automated: bool = False


@dataclass(slots=True)
class Record:
    """All complaints about one number, by day."""

    kind: str
    rows: list[DayRow] = field(default_factory=list)
    days: list[tuple[int, int]] = field(default_factory=list)  # (day, reports)


@dataclass(frozen=True, slots=True)
class History:
    """Records by number, and the days that the complaints span."""

    records: dict[str, Record]
    first_day: int
    last_day: int

    @classmethod
    def of(cls, complaints: Iterable[Complaint]) -> History:
        """Gathers complaints in any order; `ValueError` when there is none about a number that can be scored.

        A feed names no reporters: each complaint is taken for another one, unseasoned and without weight.
        """
        counts: dict[str, dict[tuple[int, int], list[int]]] = {}
        kinds: dict[str, str] = {}
        for one in complaints:
            if one.kind in UNSCORED_KINDS or one.kind == "impossible":
                continue
            kinds[one.number] = one.kind
            cell = counts.setdefault(one.number, {}).setdefault((one.day, one.cluster), [0, 0])
            cell[0] += 1
            cell[1] += one.is_automated
        if not counts:
            raise ValueError("no complaint is about a number that can be scored")
        records = {number: _record(kinds[number], cells) for number, cells in counts.items()}
        days = [record.days[place][0] for record in records.values() for place in (0, -1)]
        return cls(records, min(days), max(days))


@dataclass(frozen=True, slots=True)
class Examples:
    """Numbers as of one day: their signals, and how many complaints each got within the horizon after it."""

    as_of: int
    numbers: list[str]
    signals: Matrix  # numbers by ml.signals.FEATURES
    coming: Counts


def examples_at(history: History, as_of: int, *, horizon_days: int) -> Examples:
    """All numbers reported in the fourteen days before `as_of`, with the signals of the evening before it."""
    today = as_of - 1
    oldest = today - max(BLOCK_WINDOWS_DAYS)
    active = {
        number: activity_of(record.days, today=today)
        for number, record in history.records.items()
        if record.days[-1][0] > oldest
    }
    blocks = sum_blocks(active.items())
    numbers = [number for number, activity in active.items() if activity.active]
    signals = np.array([_signals(history, number, active[number], blocks, today=today) for number in numbers])
    coming = np.array(
        [count_between(history.records[number].days, as_of, as_of + horizon_days) for number in numbers]
    )
    return Examples(as_of, numbers, signals, coming)


def many_examples(
    history: History, days: Sequence[int], *, horizon_days: int, workers: int
) -> Iterator[Examples]:
    """`examples_at` for several days, in their order, on several processes that share the history."""
    context = multiprocessing.get_context("fork")  # the history is inherited, not copied
    _SHARED["history"] = history
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            yield from pool.map(_shared_examples, days, [horizon_days] * len(days))
    finally:
        _SHARED.clear()


def count_between(days: Sequence[tuple[int, int]], start: int, stop: int) -> int:
    """Complaints of the days from `start` on and before `stop`; days ascend."""
    places = [bisect_left(days, (day,)) for day in (start, stop)]
    return sum([count for _, count in days[places[0] : places[1]]])


_SHARED: Final[dict[str, History]] = {}


def _shared_examples(as_of: int, horizon_days: int) -> Examples:
    return examples_at(_SHARED["history"], as_of, horizon_days=horizon_days)


def _signals(
    history: History, number: str, own: Activity, blocks: dict[str, Activity], *, today: int
) -> tuple[float, ...]:
    record = history.records[number]
    return compute_signals(
        record.rows[: bisect_left(record.rows, (today + 1,))],
        kind=record.kind,
        today=today,
        sub_block=sub_block_of(number, record.kind),
        neighbours=neighbours_of(number, own, blocks),
    )


def _record(kind: str, cells: dict[tuple[int, int], list[int]]) -> Record:
    record = Record(kind)
    for (day, cluster), (reports, automated) in sorted(cells.items()):
        record.rows.append(
            DayRow(
                day, cluster, reports, reports, 0, automated, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, None
            )
        )
        if record.days and record.days[-1][0] == day:
            record.days[-1] = (day, record.days[-1][1] + reports)
        else:
            record.days.append((day, reports))
    return record
