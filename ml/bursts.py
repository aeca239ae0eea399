"""Bursts: when many fresh accounts report a number at once, their reports are held back for a day.

Until then the earlier score stands. The delay gives cluster detection and people time to notice a brigade before it
accuses anybody. Honest waves of reports pass in the same way, a day later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ml.beta import beta_cumulative
from ml.day_rows import DayRow
from ml.trust import Trust, assess_trust

BURST_TAIL: Final = 1e-6
BURST_FRESH_SHARE: Final = 0.6
HELD_DAYS: Final = 1  # rows are per day, so this means 24 hours from the end of the burst's day
USUAL_DAYS: Final = 28  # the days before a burst whose reports show what is usual for the number
PRIOR_DAYS: Final = 7.0  # the days of ordinary reporting that every number is credited with
PRIOR_REPORTS: Final = 2.1  # the reports in these days: 0.3 a day
BURST_LEAST: Final = 5  # the quietest past has a mean of 0.06 a day; 5 or more then occur 6.7e-06 of the time
BURST_DISPERSION: Final = 0.5  # reports of a number come in groups: variance = mean + 2 mean^2


def negative_binomial_tail(count: int, *, mean: float, dispersion: float) -> float:
    """Return the probability of `count` or more events if the variance is mean + mean^2 / dispersion.

    With mean 0.3 and dispersion 0.5: 0.0612 for 2 or more, 1.5e-06 for 12 or more, 5.6e-07 for 13 or more.
    Source: the tail sum of the negative binomial is a regularised incomplete beta function (DLMF 8.17.24).
    """
    if count <= 0:
        return 1.0
    return beta_cumulative(mean / (mean + dispersion), count, dispersion)


def is_burst(reports: int, *, fresh: int, usual: float) -> bool:
    """Whether one day's reports, `fresh` of them by fresh accounts, are too many to be chance if the mean is `usual`."""
    if reports < BURST_LEAST or fresh <= BURST_FRESH_SHARE * reports:
        return False
    return negative_binomial_tail(reports, mean=usual, dispersion=BURST_DISPERSION) < BURST_TAIL


def burst_day(rows: Sequence[DayRow], *, today: int) -> int | None:
    """Return the first day, among those still held back, with a burst of supporting reports; ignore later rows.

    Reports of sources that nobody vetted are left out, as fresh or as seasoned ones: a partner that sends many could
    otherwise lift the hold on a crowd of fresh accounts, make such a crowd look usual, or have honest reports held.
    """
    reporters: dict[int, int] = {}  # by day
    fresh: dict[int, int] = {}
    for row in rows:
        if row.is_vetted and row.day <= today and row.reports > row.legitimate:
            reporters[row.day] = reporters.get(row.day, 0) + row.reporters
            # a row does not say how many of its reporters are fresh: the weights say which kind prevails
            if row.fresh_for >= row.seasoned_for:
                fresh[row.day] = fresh.get(row.day, 0) + row.reporters
    for day in range(today - HELD_DAYS, today + 1):
        if day in reporters and is_burst(
            reporters[day], fresh=fresh.get(day, 0), usual=_usual(reporters, day)
        ):
            return day
    return None


def _usual(reporters: Mapping[int, int], day: int) -> float:
    """Return the mean number of reports to expect on a day, from a number's reporters by day before it."""
    before = sum([count for earlier, count in reporters.items() if day - USUAL_DAYS <= earlier < day])
    past_days = min(max(day - min(reporters, default=day), 0), USUAL_DAYS)
    return (PRIOR_REPORTS + before) / (PRIOR_DAYS + past_days)


def outside_bursts(rows: Sequence[DayRow], *, today: int) -> tuple[Sequence[DayRow], int | None]:
    """Return the rows that count today, and the day of a burst that is held back, or None.

    Supporting reports from that day on wait; opposing ones count at once.
    """
    held_from = burst_day(rows, today=today)
    if held_from is None:
        return rows, None
    return [row for row in rows if row.day < held_from or row.reports == row.legitimate], held_from


def assess_outside_bursts(rows: Sequence[DayRow], *, kind: str, today: int) -> tuple[Trust, int | None]:
    """Return the trust in the rows that count today, and the day of a burst that is held back, or None.

    A number with such a burst must be scored again `HELD_DAYS` + 1 days after that day.
    """
    counted, held_from = outside_bursts(rows, today=today)
    return assess_trust(counted, kind=kind, today=today), held_from
