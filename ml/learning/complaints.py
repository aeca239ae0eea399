"""A history of complaints, and what of it was known of every number on a day: the examples of a model.

A complaint needs no truth beside it. What is learned is whether a number will be reported again, by how many
further complaints within a horizon: the label that needs no human, and that says nothing of guilt.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.blocks import BLOCK_WINDOWS_DAYS, Activity, Blocks, activity_of, neighbours_of, sum_blocks
from ml.day_rows import DayRow
from ml.signals import FEATURES, Signals, compute_signals, sub_block_of
from ml.words import UNLEARNED_KINDS

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


class ComplaintCount(NamedTuple):
    """Complaints about one number of one day and cluster: a `DayRow` without what a feed never tells."""

    day: int
    cluster: int
    reports: int
    automated: int


@dataclass(frozen=True, slots=True)
class Record:
    """All complaints about one number, by day."""

    kind: str
    cells: tuple[ComplaintCount, ...]

    @property
    def last_day(self) -> int:
        """Of the newest complaint."""
        return self.cells[-1].day

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Day and complaints of each cell up to a day."""
        return [(cell.day, cell.reports) for cell in self.cells if cell.day <= until]

    def rows(self, *, until: int) -> list[DayRow]:
        """What a service would have kept of it on a day."""
        return [_day_row(cell) for cell in self.cells if cell.day <= until]

    def count_between(self, start: int, stop: int) -> int:
        """Complaints of the days from `start` on and before `stop`."""
        return sum([cell.reports for cell in self.cells if start <= cell.day < stop])


class AnyRecord(Protocol):
    """All that is known of one number, whatever it was learned from."""

    @property
    def kind(self) -> str:
        """Of the number."""

    @property
    def last_day(self) -> int:
        """Of the newest report."""

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Day and reports, in parts, as known on a day."""

    def rows(self, *, until: int) -> list[DayRow]:
        """What was known on a day."""

    def count_between(self, start: int, stop: int) -> int:
        """Reports of the days from `start` on and before `stop`."""


@dataclass(frozen=True, slots=True)
class History:
    """Records by number, and the days that the reports span."""

    records: Mapping[str, AnyRecord]
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
            if one.kind in UNLEARNED_KINDS:
                continue
            kinds[one.number] = one.kind
            cell = counts.setdefault(one.number, {}).setdefault((one.day, one.cluster), [0, 0])
            cell[0] += 1
            cell[1] += one.is_automated
        if not counts:
            raise ValueError("no complaint is about a number that can be scored")
        records = {}
        for number in list(counts):
            cells = counts.pop(number)  # so that both never stand side by side whole
            records[number] = Record(
                kinds[number], tuple([ComplaintCount(*key, *known) for key, known in sorted(cells.items())])
            )
        first = min([record.cells[0].day for record in records.values()])
        return cls(records, first, max([record.last_day for record in records.values()]))


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
    activity, blocks = activity_on(history, today)
    numbers = [number for number, own in activity.items() if own.active]
    signals = np.array(
        [signals_of(history, number, activity[number], blocks, today=today) for number in numbers]
    ).reshape(len(numbers), len(FEATURES))
    coming = np.array(
        [history.records[number].count_between(as_of, as_of + horizon_days) for number in numbers]
    )
    return Examples(as_of, numbers, signals, coming)


def activity_on(history: History, today: int) -> tuple[dict[str, Activity], Blocks]:
    """The own activity of all numbers reported in the sixty days to the end of a day, and that of their blocks."""
    oldest = today - max(BLOCK_WINDOWS_DAYS)
    own = {
        number: activity_of(record.days(until=today), today=today)
        for number, record in history.records.items()
        if record.last_day > oldest
    }
    return own, sum_blocks(own.items())


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


_SHARED: Final[dict[str, History]] = {}


def _shared_examples(as_of: int, horizon_days: int) -> Examples:
    return examples_at(_SHARED["history"], as_of, horizon_days=horizon_days)


def signals_of(history: History, number: str, own: Activity, blocks: Blocks, *, today: int) -> Signals:
    """A number's signals at the end of a day, beside its own activity and that of its blocks."""
    record = history.records[number]
    return compute_signals(
        record.rows(until=today),
        kind=record.kind,
        today=today,
        sub_block=sub_block_of(number, record.kind),
        neighbours=neighbours_of(number, own, blocks),
    )


def _day_row(cell: ComplaintCount) -> DayRow:
    return DayRow(
        day=cell.day,
        cluster=cell.cluster,
        reports=cell.reports,
        reporters=cell.reports,
        automated=cell.automated,
    )
