"""Histories of complaints, and the examples made from what was known of every number on a day.

Complaints come without a truth. What can be learned from them is whether a number will be reported again, by how many
further complaints within a horizon. This label needs no human, and says nothing about guilt.
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
    """One complaint of a feed."""

    number: str
    kind: str
    day: int  # since 1970-01-01
    cluster: int  # id of the cluster of reporters
    is_automated: bool = False


class ComplaintCount(NamedTuple):
    """The complaints about one number by one cluster on one day: what a feed knows of a `DayRow`."""

    day: int
    cluster: int
    reports: int
    automated: int


@dataclass(frozen=True, slots=True)
class ComplaintRecord:
    """All complaints about one number, by day."""

    kind: str
    cells: tuple[ComplaintCount, ...]

    @property
    def last_day(self) -> int:
        """The day of the newest complaint."""
        return self.cells[-1].day

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Return pairs of day and complaints, up to and including a day."""
        return [(cell.day, cell.reports) for cell in self.cells if cell.day <= until]

    def rows(self, *, until: int) -> list[DayRow]:
        """Return the rows that a service would have kept at the end of a day."""
        return [_day_row(cell) for cell in self.cells if cell.day <= until]

    def count_between(self, start: int, stop: int) -> int:
        """Return the number of complaints on the days from `start` on and before `stop`."""
        return sum([cell.reports for cell in self.cells if start <= cell.day < stop])


class NumberRecord(Protocol):
    """The history of one number, from complaints or from a service's own reports."""

    @property
    def kind(self) -> str:
        """The kind of the number."""

    @property
    def last_day(self) -> int:
        """The day of the newest report."""

    def days(self, *, until: int) -> list[tuple[int, int]]:
        """Return pairs of day and reports known at the end of a day; a day may appear several times."""

    def rows(self, *, until: int) -> list[DayRow]:
        """Return the rows known at the end of a day."""

    def count_between(self, start: int, stop: int) -> int:
        """Return the number of reports on the days from `start` on and before `stop`."""


@dataclass(frozen=True, slots=True)
class History:
    """Records by number, and the days that the reports span."""

    records: Mapping[str, NumberRecord]
    first_day: int
    last_day: int

    @classmethod
    def of(cls, complaints: Iterable[Complaint]) -> History:
        """Return the history of complaints in any order; raise ValueError if none is about a number that can be scored.

        Feeds do not identify reporters: each complaint counts as a different reporter, unseasoned and without weight.
        """
        counts: dict[str, dict[tuple[int, int], list[int]]] = {}
        kinds: dict[str, str] = {}
        for complaint in complaints:
            if complaint.kind in UNLEARNED_KINDS:
                continue
            kinds[complaint.number] = complaint.kind
            cells_of_number = counts.setdefault(complaint.number, {})
            cell = cells_of_number.setdefault((complaint.day, complaint.cluster), [0, 0])
            cell[0] += 1
            cell[1] += complaint.is_automated
        if not counts:
            raise ValueError("no complaint is about a number that can be scored")
        records = {}
        for number in list(counts):
            cells = counts.pop(number)  # frees memory while the records are built
            records[number] = ComplaintRecord(
                kinds[number], tuple([ComplaintCount(*key, *known) for key, known in sorted(cells.items())])
            )
        first = min([record.cells[0].day for record in records.values()])
        return cls(records, first, max([record.last_day for record in records.values()]))


@dataclass(frozen=True, slots=True)
class Examples:
    """Numbers as of one day, with their signals and what came after it."""

    as_of: int  # the first day of the horizon
    numbers: list[str]
    signals: Matrix  # numbers by ml.signals.FEATURES
    coming: Counts  # complaints about each number within the horizon


def examples_at(history: History, as_of: int, *, horizon_days: int) -> Examples:
    """Return all numbers reported in the fourteen days before `as_of`, with their signals at the end of the day before."""
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
    """Return the activity of all numbers reported in the last sixty days, by number, and that of their blocks."""
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
    """Yield `examples_at` for several days, in their order, computed by several processes that share the history."""
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
    """Return the signals of a number at the end of a day, given its own activity and that of its blocks."""
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
