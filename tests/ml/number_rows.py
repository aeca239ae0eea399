"""Rows as a service may keep them of one number, for hypothesis."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from ml.day_rows import SHARES, DayRow
from ml.profiles import PARTS_OF_DAY
from ml.words import VIOLATIONS

TODAY = 20_000

repeatable = settings(deadline=None)
"""For every property: however slow the machine."""

WEIGHTS = st.floats(0.0, 1e4)
SCRIPTS = (-(2**63), -7, 5, 8, 2**63 - 1)


@st.composite
def day_rows(draw: st.DrawFn, *, opposed: bool = True) -> list[DayRow]:
    """Up to a dozen rows of distinct days and clusters around `TODAY`, with counts that fit each other."""
    keys = draw(
        st.lists(
            st.tuples(st.integers(TODAY - 400, TODAY + 20), st.integers(-3, 3)), max_size=12, unique=True
        )
    )
    return [draw(_row(day, cluster, opposed=opposed)) for day, cluster in keys]


@st.composite
def _row(draw: st.DrawFn, day: int, cluster: int, *, opposed: bool) -> DayRow:
    reports = draw(st.integers(1, 40))
    reporters = draw(st.integers(0, reports))
    legitimate = draw(st.integers(0, reporters)) if opposed else 0
    counts = {name: draw(st.integers(0, reporters - legitimate)) for name in SHARES}
    supports, opposes = reports > legitimate, legitimate > 0
    return DayRow(
        day=day,
        cluster=cluster,
        reports=reports,
        reporters=reporters,
        **counts,
        legitimate=legitimate,
        seasoned_for=draw(WEIGHTS) if supports else 0.0,
        fresh_for=draw(WEIGHTS) if supports else 0.0,
        seasoned_against=draw(WEIGHTS) if opposes else 0.0,
        fresh_against=draw(WEIGHTS) if opposes else 0.0,
        violations=draw(st.none() | st.lists(st.integers(0, reports), max_size=len(VIOLATIONS))),
        hours=draw(st.none() | st.lists(st.integers(0, reports), max_size=PARTS_OF_DAY)),
        scripts=draw(st.none() | st.lists(st.sampled_from(SCRIPTS), max_size=reports)),
        is_vetted=True,
    )


def row(*, day: int = TODAY, cluster: int = 1, reports: int = 1, **fields: Any) -> DayRow:
    """One row of supporting reports by as many reporters, everything else nothing unless named."""
    blank = DayRow(day=day, cluster=cluster, reports=reports, reporters=reports)
    return blank._replace(**fields)
