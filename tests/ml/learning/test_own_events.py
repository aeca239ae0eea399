"""Of every day exactly what was known on it: what comes later changes no bit."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import ReportFacts
from ml.days import end_of
from ml.learning.complaints import examples_at
from ml.learning.own_events import ReportEvent, history_of
from tests.ml.number_rows import TODAY, repeatable

NUMBER = "+8619790001234"


def noon(day: int) -> float:
    """The moment at which a day in China is half over."""
    return end_of(day) - 43_200.0


def event(**fields: Any) -> ReportEvent:
    plain: dict[str, Any] = {
        "number": NUMBER, "kind": "mobile", "day": TODAY, "minute": noon(TODAY), "recorded_at": noon(TODAY),
        "retracted_at": None, "cluster": 1, "reporter": 1, "is_simulated": False, "added_at": None, "added": None,
    }  # fmt: skip
    said = {
        "violations": None, "is_seasoned": True, "weight": 2.0, "evidence_weight": 1.0, "medium": "voice", "caller": None,
        "connected": False, "hour": None, "relation": None, "opinion": "abusive", "script": None,
    }  # fmt: skip
    facts = ReportFacts(**{name: fields.pop(name, value) for name, value in said.items()})
    return ReportEvent(**(plain | fields), facts=facts)


EVENTS = st.lists(
    st.builds(
        lambda day, delay, retracted, cluster, reporter, hour: event(
            day=day, minute=noon(day), recorded_at=noon(day + delay),
            retracted_at=None if retracted is None else noon(day + delay + retracted),
            cluster=cluster, reporter=reporter, hour=hour, violations=[0, 4], script=cluster,
        ),
        st.integers(TODAY - 60, TODAY + 20), st.integers(0, 5), st.none() | st.integers(1, 30),
        st.integers(1, 4), st.integers(1, 9), st.none() | st.integers(0, 23),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


@repeatable
@given(events=EVENTS, day=st.integers(TODAY - 60, TODAY))
def test_later_reports_and_retractions_change_no_bit_of_an_earlier_day(
    events: list[ReportEvent], day: int
) -> None:
    end = end_of(day)
    known_then = [
        one._replace(retracted_at=None if (one.retracted_at or 0.0) >= end else one.retracted_at)
        for one in events
        if one.recorded_at < end
    ]
    if not known_then:
        return
    everything, then = history_of(events), history_of(known_then)
    assert everything.records[NUMBER].rows(until=day) == then.records[NUMBER].rows(until=day)
    full, partial = (examples_at(history, day + 1, horizon_days=7) for history in (everything, then))
    assert np.array_equal(full.signals, partial.signals)


def test_a_report_of_a_past_call_is_known_when_it_comes() -> None:
    record = history_of([event(day=TODAY - 5)]).records[NUMBER]
    assert record.rows(until=TODAY - 1) == []
    assert [row.day for row in record.rows(until=TODAY)] == [TODAY - 5]


def test_a_retracted_report_was_known_until_it_was_retracted() -> None:
    record = history_of([event(retracted_at=noon(TODAY + 2))]).records[NUMBER]
    assert [len(record.rows(until=day)) for day in (TODAY, TODAY + 1, TODAY + 2)] == [1, 1, 0]


def test_only_further_reporters_make_a_number_reported_again() -> None:
    events = [event(reporter=1), event(reporter=1, day=TODAY + 1, recorded_at=noon(TODAY + 1))]
    events += [event(reporter=n, day=TODAY + 2, recorded_at=noon(TODAY + 2)) for n in (2, 3)]
    events += [event(reporter=4, day=TODAY + 2, recorded_at=noon(TODAY + 2), opinion="legitimate")]
    assert history_of(events).records[NUMBER].count_between(TODAY + 1, TODAY + 8) == 2


def test_a_reporter_counts_by_one_report_and_after_its_retraction_by_another() -> None:
    early, late = noon(TODAY - 9), noon(TODAY - 1)
    first = event(
        day=TODAY - 1, minute=late, recorded_at=noon(TODAY - 3), retracted_at=noon(TODAY), weight=2.0
    )
    second = event(day=TODAY - 9, minute=early, recorded_at=noon(TODAY - 2), weight=3.0)
    record = history_of([first, second]).records[NUMBER]
    counted = {
        day: [(row.reporters, row.seasoned_for) for row in record.rows(until=day)]
        for day in (TODAY - 3, TODAY - 2, TODAY)
    }
    assert counted == {TODAY - 3: [(1, 2.0)], TODAY - 2: [(0, 0.0), (1, 2.0)], TODAY: [(1, 3.0)]}


def test_what_a_supplement_adds_is_known_once_it_was_added() -> None:
    one = event(violations=[0], added_at=[noon(TODAY + 2), noon(TODAY + 2)], added=[0, 4])
    record = history_of([one]).records[NUMBER]
    counts = [sum(record.rows(until=day)[0].violations or ()) for day in (TODAY + 1, TODAY + 2)]
    assert counts == [1, 2]


def test_the_past_of_a_recycled_number_is_known_until_somebody_decides_so() -> None:
    history = history_of(
        [event(), event(reporter=2, day=TODAY + 5)], {NUMBER: [(noon(TODAY + 9), TODAY + 3)]}
    )
    rows = [[row.day for row in history.records[NUMBER].rows(until=day)] for day in (TODAY + 8, TODAY + 9)]
    assert rows == [[TODAY, TODAY + 5], [TODAY + 5]]
