"""The simulated crowd: reproducible, marked, and nobody's."""

import re
from functools import cache
from random import Random
from typing import Any

import pytest

from ml.days import day_at
from ml.simulation.crowd import (
    Crowd,
    CrowdPlan,
    NumberTruth,
    SimulatedReport,
    SimulatedReporter,
    day_rows,
)
from ml.simulation.simulate import simulate_crowd
from ml.trust import is_seasoned, reporter_weight
from ml.words import VIOLATIONS

PLAN = CrowdPlan(first_day=20_000, days=200, gangs=12, harmless=400, reporters=400)


@cache
def crowd() -> Crowd:
    return simulate_crowd(PLAN, Random(7))


def test_the_same_seed_gives_the_same_crowd_and_another_another() -> None:
    assert simulate_crowd(PLAN, Random(7)) == crowd()
    assert simulate_crowd(PLAN, Random(8)) != crowd()


def test_every_number_is_of_a_prefix_that_nobody_was_given_and_has_one_truth() -> None:
    numbers = [truth.number for truth in crowd().truths]
    assert all(re.fullmatch(r"\+861979\d{7}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert {event.number for event in crowd().events} <= set(numbers)


def test_every_text_is_marked_and_long_enough_to_file() -> None:
    assert all(event.narrative.startswith("【模拟】") for event in crowd().events)
    assert all(15 <= len(event.narrative) <= 1000 for event in crowd().events)
    claimed = {event.claimed_institution for event in crowd().events} - {None}
    assert claimed
    assert all(name is not None and name.startswith("虚构") for name in claimed)


def test_events_lie_in_time_and_order_and_repeat_nothing() -> None:
    events = crowd().events
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    assert {day_at(event.occurred_at) for event in events} <= set(range(20_000, 20_200))
    keys = {(event.number, event.reporter, event.occurred_at // 60) for event in events}
    assert len(keys) == len(events)


def test_reports_fit_their_medium_and_opinion() -> None:
    for event in crowd().events:
        assert (event.medium == "sms") == (event.caller is None) == (event.connected is None)
        assert set(event.violations) <= set(VIOLATIONS)
        assert event.opinion == "abusive" or not event.violations
        assert crowd().reporters[event.reporter].cluster == event.cluster


def test_a_gang_rotates_through_one_block_and_harmless_numbers_lie_elsewhere() -> None:
    blocks = {truth.number[:-3] for truth in crowd().truths if truth.role == "collector"}
    assert len(blocks) == PLAN.gangs
    assert not blocks & {truth.number[:-3] for truth in crowd().truths if truth.role != "collector"}


def test_reporters_are_of_all_characters_and_rings_share_a_cluster() -> None:
    assert {reporter.character for reporter in crowd().reporters} == {"honest", "careless", "hostile"}
    hostile = [reporter.cluster for reporter in crowd().reporters if reporter.character == "hostile"]
    assert len(set(hostile)) <= len(hostile) / 4


def test_a_collectors_number_is_abusive_until_somebody_else_has_it() -> None:
    truth = NumberTruth("+8619790000001", "mobile", "collector", abusive_from=100, reissued_on=250)
    assert [truth.is_abusive(day) for day in (99, 100, 249, 250)] == [False, True, True, False]
    kept = NumberTruth("+8619790000001", "mobile", "collector", abusive_from=100, reissued_on=None)
    assert kept.is_abusive(9999)
    assert not NumberTruth("+8619790000001", "mobile", "shop", None, None).is_abusive(100)


@pytest.mark.parametrize(
    ("plan", "lack"),
    [
        (CrowdPlan(first_day=0, gangs=9_000), "numbers"),
        (CrowdPlan(first_day=0, harmless=3_000_000), "numbers"),
        (CrowdPlan(first_day=0, reporters=49), "reporters"),
    ],
)
def test_impossible_plans_are_refused(plan: CrowdPlan, lack: str) -> None:
    with pytest.raises(ValueError, match=lack):
        simulate_crowd(plan, Random(1))


def test_the_smallest_crowd_works() -> None:
    plan = CrowdPlan(first_day=20_000, days=30, gangs=1, harmless=60, reporters=50)
    assert simulate_crowd(plan, Random(3)).events


class TestDayRows:
    REPORTERS = (SimulatedReporter(0, 5, "honest", 4, 0, 400), SimulatedReporter(1, 5, "careless", 0, 0, 3))
    MIDNIGHT = 20_000 * 86_400 - 8 * 3600  # of day 20000 in Shanghai

    def event(self, *, reporter: int, at: int, **fields: Any) -> SimulatedReport:
        given: dict[str, Any] = {
            "medium": "voice",
            "duration_seconds": 20,
            "connected": True,
            "caller": "human",
            "relation": None,
            "violations": (),
            "opinion": "abusive",
            "evidence_weight": 0.5,
            **fields,
        }
        return SimulatedReport(
            number="+8619790000001",
            kind="mobile",
            reporter=reporter,
            cluster=5,
            occurred_at=at,
            narrative="【模拟】",
            claimed_institution=None,
            **given,
        )

    def test_a_reporter_counts_and_weighs_once_per_number(self) -> None:
        events = [self.event(reporter=0, at=self.MIDNIGHT + 40_000 + step * 90_000) for step in range(3)]
        rows = day_rows(events, self.REPORTERS)["+8619790000001"]
        assert [(row.day, row.reports, row.reporters) for row in rows] == [
            (20_000, 1, 1),
            (20_001, 1, 0),
            (20_002, 1, 0),
        ]
        assert [row.seasoned_for > 0 for row in rows] == [True, False, False]

    def test_weights_go_to_their_side_and_their_pool(self) -> None:
        events = [
            self.event(reporter=0, at=self.MIDNIGHT + 36_000, evidence_weight=1.5),
            self.event(reporter=1, at=self.MIDNIGHT + 37_000, opinion="legitimate"),
        ]
        (row,) = day_rows(events, self.REPORTERS)["+8619790000001"]
        assert is_seasoned(confirmed=4, overturned=0, account_days=400)
        assert row.seasoned_for == reporter_weight(confirmed=4, overturned=0) * 1.5
        assert row.fresh_against == reporter_weight(confirmed=0, overturned=0) * 0.5
        assert (row.fresh_for, row.seasoned_against, row.legitimate, row.evidence) == (0.0, 0.0, 1, 1)

    @pytest.mark.parametrize(("hour", "quiet"), [(0, 1), (7, 1), (8, 0), (21, 0), (22, 1), (23, 1)])
    def test_quiet_hours_are_those_of_shanghai(self, hour: int, quiet: int) -> None:
        event = self.event(reporter=0, at=self.MIDNIGHT + hour * 3600 + 1800)
        (row,) = day_rows([event], self.REPORTERS)["+8619790000001"]
        assert (row.day, row.quiet_hours) == (20_000, quiet)

    def test_traits_and_violations_are_counted(self) -> None:
        events = [
            self.event(
                reporter=0, at=self.MIDNIGHT + 36_000, violations=("threat", "fraud"), relation="third_party"
            ),
            self.event(reporter=1, at=self.MIDNIGHT + 37_000, violations=("threat",), caller="one_ring"),
        ]
        (row,) = day_rows(events, self.REPORTERS)["+8619790000001"]
        assert row.violations is not None
        assert (row.violations[VIOLATIONS.index("threat")], row.violations[VIOLATIONS.index("fraud")]) == (
            2,
            1,
        )
        assert (row.third_party, row.one_ring, row.connected, row.wrong_person) == (1, 1, 2, 0)
