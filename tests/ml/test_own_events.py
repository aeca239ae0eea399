"""Of every day exactly what was known on it: what comes later changes no bit."""

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from number_rows import TODAY, repeatable

from ml.complaints import examples_at
from ml.own_events import Event, history_of

NUMBER = "+8619790001234"


def event(**fields: Any) -> Event:
    plain = {
        "number": NUMBER, "kind": "mobile", "day": TODAY, "recorded_day": TODAY, "retracted_day": None, "cluster": 1,
        "reporter": 1, "is_counted": True, "is_seasoned": True, "weight": 2.0, "is_message": False, "caller": None,
        "is_connected": False, "hour": None, "relation": None, "has_evidence": False, "is_legitimate": False,
        "violations": None, "script": None,
    }  # fmt: skip
    return Event(**(plain | fields))


EVENTS = st.lists(
    st.builds(
        lambda day, delay, retracted, cluster, reporter, hour: event(
            day=day, recorded_day=day + delay, retracted_day=None if retracted is None else day + delay + retracted,
            cluster=cluster, reporter=reporter, hour=hour, violations=[0, 4], script=cluster,
        ),
        st.integers(TODAY - 60, TODAY + 20), st.integers(0, 5), st.none() | st.integers(1, 30),
        st.integers(1, 4), st.integers(1, 9), st.none() | st.integers(0, 23),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


@repeatable
@given(events=EVENTS, day=st.integers(TODAY - 60, TODAY))
def test_later_reports_and_retractions_change_no_bit_of_an_earlier_day(events: list[Event], day: int) -> None:
    known_then = [
        one._replace(retracted_day=None if (one.retracted_day or 0) > day else one.retracted_day)
        for one in events
        if one.recorded_day <= day
    ]
    if not known_then:
        return
    everything, then = history_of(events), history_of(known_then)
    assert everything.records[NUMBER].rows(until=day) == then.records[NUMBER].rows(until=day)
    full, partial = (examples_at(history, day + 1, horizon_days=7) for history in (everything, then))
    assert np.array_equal(full.signals, partial.signals)


def test_a_report_of_a_past_call_is_known_when_it_comes() -> None:
    record = history_of([event(day=TODAY - 5, recorded_day=TODAY)]).records[NUMBER]
    assert record.rows(until=TODAY - 1) == []
    assert [row.day for row in record.rows(until=TODAY)] == [TODAY - 5]


def test_a_retracted_report_was_known_until_it_was_retracted() -> None:
    record = history_of([event(retracted_day=TODAY + 2)]).records[NUMBER]
    assert [len(record.rows(until=day)) for day in (TODAY, TODAY + 1, TODAY + 2)] == [1, 1, 0]


def test_only_further_reporters_make_a_number_reported_again() -> None:
    events = [event(reporter=1), event(reporter=1, day=TODAY + 1, recorded_day=TODAY + 1, is_counted=False)]
    events += [event(reporter=n, day=TODAY + 2, recorded_day=TODAY + 2) for n in (2, 3)]
    events += [event(reporter=4, day=TODAY + 2, recorded_day=TODAY + 2, is_legitimate=True)]
    assert history_of(events).records[NUMBER].count_between(TODAY + 1, TODAY + 8) == 2


def test_weights_of_those_who_do_not_count_are_left_out() -> None:
    (row,) = history_of([event(), event(reporter=1, is_counted=False)]).records[NUMBER].rows(until=TODAY)
    assert (row.reports, row.reporters, row.seasoned_for) == (2, 1, 2.0)
    assert math.isclose(row.fresh_for, 0.0)
