"""A number's weeks as moderators see them."""

from ml.day_rows import DayRow
from service.days import date_of
from service.moderation.history import DAYS, WEEKS, weeks_of

TODAY = 20_500


def row(day: int, reports: int, legitimate: int = 0) -> DayRow:
    return DayRow(day=day, cluster=1, reports=reports, reporters=1, legitimate=legitimate)


def test_days_fall_into_the_week_that_has_them_and_older_ones_into_none() -> None:
    first = TODAY - WEEKS * DAYS + 1
    rows = [
        row(first - 1, 9),
        row(first, 2),
        row(first + 6, 3, 1),
        row(first + 7, 4),
        row(TODAY, 5, 5),
        row(TODAY + 1, 9),
    ]
    weeks = weeks_of(rows, TODAY)
    assert [(week.accusing, week.legitimate) for week in weeks[:2]] == [(4, 1), (4, 0)]
    assert (weeks[-1].accusing, weeks[-1].legitimate) == (0, 5)
    assert weeks[0].since == date_of(first)
    assert len(weeks) == WEEKS
    assert sum(week.accusing for week in weeks) == 8
