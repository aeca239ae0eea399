"""The gate: what a crowd can and cannot make of a number. The bounds hold for whatever is thrown at them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import DayRow
from ml.decay import SILENCE_DAYS, half_life_days
from ml.trust import (
    BARE_LOG,
    CLUSTER_CAP,
    FRESH_CAP_AGAINST,
    MESSAGE_OR_RECORDING,
    PRIOR_LOG_ODDS,
    Thresholds,
    Trust,
    assess_trust,
    decide,
    is_seasoned,
    reporter_weight,
)
from ml.words import DECIDED_BY_PEOPLE, KINDS, PROTECTED_KINDS, PUBLISHED, UNSCORED_KINDS, Verdict
from tests.ml.number_rows import TODAY, WEIGHTS, day_rows, repeatable, row

FRESH = reporter_weight(confirmed=0, overturned=0)
SEASONED = reporter_weight(confirmed=2, overturned=0)
THRESHOLDS = Thresholds()
STRONG = Trust(0.95, 0.80, 0.95, 3.0, TODAY, probability_past_fresh=0.95)
GONE = Trust(0.30, 0.25, 0.30, 3.0, TODAY - 200)


def trust_of(*rows: DayRow, kind: str = "mobile", today: int = TODAY) -> Trust:
    return assess_trust(rows, kind=kind, today=today)


def verdict_of(
    trust: Trust, classifier: float | None, *, previous: Verdict = Verdict.UNKNOWN, kind: str = "mobile"
) -> Verdict:
    return decide(trust, classifier, THRESHOLDS, previous=previous, kind=kind)


class TestReporters:
    @pytest.mark.parametrize(
        ("confirmed", "overturned", "weight"),
        [(0, 0, 0.7926), (2, 0, 1.7577), (10, 0, 3.0), (2, 1, 0.1150), (0, 1, 0.0)],
    )
    def test_weights_are_those_documented(self, confirmed: int, overturned: int, weight: float) -> None:
        assert reporter_weight(confirmed=confirmed, overturned=overturned) == pytest.approx(weight, abs=5e-5)

    @repeatable
    @given(confirmed=st.integers(0, 200), overturned=st.integers(0, 20))
    def test_credit_never_lowers_and_blame_never_raises_a_weight(
        self, confirmed: int, overturned: int
    ) -> None:
        weight = reporter_weight(confirmed=confirmed, overturned=overturned)
        assert 0.0 <= weight <= 3.0
        assert reporter_weight(confirmed=confirmed + 1, overturned=overturned) >= weight
        assert reporter_weight(confirmed=confirmed, overturned=overturned + 1) <= weight

    @pytest.mark.parametrize(("numbers", "share"), [(1, 1.0), (60, 1.0), (120, 0.5), (600, 0.1)])
    def test_beyond_the_budget_each_report_weighs_less(self, numbers: int, share: float) -> None:
        weight = reporter_weight(confirmed=10, overturned=0, recent_numbers=numbers)
        assert weight == pytest.approx(3.0 * share)

    def test_six_hundred_numbers_move_no_more_than_two_hundred_would(self) -> None:
        def moved(numbers: int) -> float:
            return sum(
                reporter_weight(confirmed=10, overturned=0, recent_numbers=n + 1) for n in range(numbers)
            )

        assert moved(60) == pytest.approx(180.0)
        assert moved(600) < 200 * 3.0

    @pytest.mark.parametrize(
        ("confirmed", "overturned", "account_days", "seasoned"),
        [(2, 0, 30, True), (1, 0, 900, False), (2, 0, 29.9, False), (2, 1, 900, False), (10, 1, 900, True)],
    )
    def test_seasoned_takes_credit_time_and_no_heavy_blame(
        self, confirmed: int, overturned: int, account_days: float, *, seasoned: bool
    ) -> None:
        assert is_seasoned(confirmed=confirmed, overturned=overturned, account_days=account_days) is seasoned


class TestBounds:
    @repeatable
    @given(rows=day_rows())
    def test_fresh_accounts_alone_never_reach_a_verdict(self, rows: list[DayRow]) -> None:
        fresh = [row._replace(seasoned_for=0.0) for row in rows]
        assert trust_of(*fresh).probability <= 0.649

    @repeatable
    @given(rows=day_rows(), seasoned=st.lists(WEIGHTS, min_size=1, max_size=5))
    def test_fresh_accounts_with_one_seasoned_cluster_stay_below_confirmed(
        self, rows: list[DayRow], seasoned: list[float]
    ) -> None:
        fresh = [row._replace(seasoned_for=0.0) for row in rows]
        cluster = [
            row(day=TODAY - age, cluster=99, seasoned_for=weight) for age, weight in enumerate(seasoned)
        ]
        trust = trust_of(*fresh, *cluster)
        assert trust.probability <= 0.892
        assert verdict_of(trust, 1.0) is not Verdict.CONFIRMED

    @repeatable
    @given(rows=day_rows(), weights=st.lists(st.tuples(WEIGHTS, WEIGHTS), min_size=1, max_size=5))
    def test_fresh_accounts_never_confirm_what_two_seasoned_clusters_report(
        self, rows: list[DayRow], weights: list[tuple[float, float]]
    ) -> None:
        fresh = [row._replace(seasoned_for=0.0) for row in rows]
        ring = [
            row(day=TODAY - age, cluster=cluster, seasoned_for=weight)
            for age, pair in enumerate(weights)
            for cluster, weight in zip((98, 99), pair, strict=True)
        ]
        trust = trust_of(*fresh, *ring)
        assert trust.third_seasoned == 0.0
        assert verdict_of(trust, 1.0) is not Verdict.CONFIRMED

    def test_a_third_seasoned_cluster_is_what_two_lack(self) -> None:
        crowd = [row(cluster=place, fresh_for=10.0) for place in range(1000)]
        ring = [row(cluster=-place, seasoned_for=1e9) for place in (1, 2)]
        assert trust_of(*crowd, *ring).probability == pytest.approx(0.9738, abs=5e-5)
        assert verdict_of(trust_of(*crowd, *ring), 1.0) is Verdict.SUSPECTED
        third = row(cluster=-3, seasoned_for=SEASONED * BARE_LOG)
        assert trust_of(third).probability > 0.0
        assert verdict_of(trust_of(*crowd, *ring, third), 1.0) is Verdict.CONFIRMED

    def test_the_bounds_are_approached_by_huge_crowds(self) -> None:
        crowd = [row(cluster=place, fresh_for=10.0) for place in range(1000)]
        assert trust_of(*crowd).probability == pytest.approx(0.6488, abs=5e-5)
        assert trust_of(*crowd, row(cluster=-1, seasoned_for=1e9)).probability == pytest.approx(
            0.8922, abs=5e-5
        )

    @repeatable
    @given(rows=day_rows(), extra=st.tuples(WEIGHTS, WEIGHTS))
    def test_one_cluster_never_moves_the_log_odds_beyond_its_cap(
        self, rows: list[DayRow], extra: tuple[float, float]
    ) -> None:
        before = trust_of(*rows)
        after = trust_of(*rows, row(cluster=99, seasoned_for=extra[0], fresh_for=extra[1]))
        assert _log_odds(after) - _log_odds(before) <= CLUSTER_CAP + 1e-6

    @repeatable
    @given(weights=st.lists(WEIGHTS, max_size=30))
    def test_fresh_opposition_is_capped(self, weights: list[float]) -> None:
        against = [
            row(cluster=place, legitimate=1, fresh_against=weight) for place, weight in enumerate(weights)
        ]
        lowest = 1 / (1 + math.exp(-PRIOR_LOG_ODDS + FRESH_CAP_AGAINST))
        assert trust_of(*against).probability >= lowest - 1e-12

    @repeatable
    @given(rows=day_rows(), kind=st.sampled_from(KINDS))
    def test_values_stay_in_their_ranges(self, rows: list[DayRow], kind: str) -> None:
        trust = trust_of(*rows, kind=kind)
        assert (
            0.0
            <= trust.probability_without_strongest
            <= trust.probability
            <= trust.probability_unopposed
            <= 1.0
        )
        assert 0.0 <= trust.effective_clusters <= 7.0 + 1e-9

    def test_even_a_thousand_seasoned_clusters_against_do_not_overflow(self) -> None:
        against = [row(cluster=place, legitimate=1, seasoned_against=50.0) for place in range(1000)]
        assert trust_of(*against).probability == 0.0


class TestMonotone:
    @repeatable
    @given(rows=day_rows(), data=st.data())
    def test_more_support_never_lowers_trust(self, rows: list[DayRow], data: st.DataObject) -> None:
        extra = row(
            day=TODAY - data.draw(st.integers(0, 400)),
            cluster=data.draw(st.integers(10, 12)),
            seasoned_for=data.draw(WEIGHTS),
            fresh_for=data.draw(WEIGHTS),
        )
        before, after = trust_of(*rows), trust_of(*rows, extra)
        assert after.probability >= before.probability - 1e-12
        assert after.probability_without_strongest >= before.probability_without_strongest - 1e-12

    @repeatable
    @given(rows=day_rows(), place=st.integers(0, 11), weight=WEIGHTS)
    def test_weightier_support_of_a_known_cluster_never_lowers_trust(
        self, rows: list[DayRow], place: int, weight: float
    ) -> None:
        if place >= len(rows) or rows[place].reports == rows[place].legitimate:
            return
        heavier = list(rows)
        heavier[place] = rows[place]._replace(seasoned_for=rows[place].seasoned_for + weight)
        assert trust_of(*heavier).probability >= trust_of(*rows).probability - 1e-12

    @repeatable
    @given(rows=day_rows(), weight=WEIGHTS)
    def test_opposition_never_raises_trust(self, rows: list[DayRow], weight: float) -> None:
        against = row(cluster=99, legitimate=1, seasoned_against=weight)
        assert trust_of(*rows, against).probability <= trust_of(*rows).probability + 1e-12

    @repeatable
    @given(rows=day_rows(opposed=False), days=st.integers(1, 500))
    def test_waiting_never_raises_unopposed_trust(self, rows: list[DayRow], days: int) -> None:
        known = [known for known in rows if known.day <= TODAY]
        assert trust_of(*known, today=TODAY + days).probability <= trust_of(*known).probability + 1e-12

    @repeatable
    @given(rows=day_rows(), data=st.data())
    def test_the_order_of_rows_changes_no_bit(self, rows: list[DayRow], data: st.DataObject) -> None:
        assert trust_of(*data.draw(st.permutations(rows))) == trust_of(*rows)

    @repeatable
    @given(rows=day_rows())
    def test_later_rows_are_ignored(self, rows: list[DayRow]) -> None:
        assert trust_of(*rows) == trust_of(*[known for known in rows if known.day <= TODAY])


class TestWorkedValues:
    def test_documented_probabilities(self) -> None:
        bare = FRESH * BARE_LOG
        assert trust_of().probability == pytest.approx(0.2)
        assert trust_of(row(fresh_for=bare)).probability == pytest.approx(0.2868, abs=5e-5)
        three = [row(cluster=place, fresh_for=bare) for place in range(3)]
        assert trust_of(*three).probability == pytest.approx(0.4323, abs=5e-5)
        assert trust_of(row(seasoned_for=2 * MESSAGE_OR_RECORDING)).probability == pytest.approx(
            0.4577, abs=5e-5
        )
        assert trust_of(kind="service_95").probability == pytest.approx(0.000335, abs=5e-7)

    @pytest.mark.parametrize(("age", "left"), [(0, 1.0), (30, 0.7071), (90, 0.3536), (180, 0.0460)])
    def test_documented_decay(self, age: int, left: float) -> None:
        aged = trust_of(row(day=TODAY - age, seasoned_for=1.0))
        assert aged.probability == pytest.approx(trust_of(row(seasoned_for=left)).probability, abs=5e-5)

    def test_two_equal_clusters_count_as_two(self) -> None:
        assert (
            trust_of(row(cluster=1, seasoned_for=0.7), row(cluster=2, seasoned_for=0.7)).effective_clusters
            == 2.0
        )

    def test_a_cluster_mixing_fresh_and_seasoned_counts_as_one(self) -> None:
        mixed = trust_of(row(seasoned_for=1e6, fresh_for=1e6))
        assert mixed.effective_clusters == 1.0
        assert mixed.probability == pytest.approx(trust_of(row(seasoned_for=1e6)).probability)

    def test_lines_of_organisations_forget_slower(self) -> None:
        assert half_life_days("fixed") == 180.0
        assert half_life_days("mobile") == half_life_days("sms_port") == 60.0
        assert half_life_days("international") == 30.0

    def test_a_report_after_long_silence_does_not_bring_the_past_back(self) -> None:
        old = [row(day=TODAY - 300, cluster=place, seasoned_for=9.0) for place in range(5)]
        new = row(day=TODAY, cluster=9, fresh_for=FRESH * BARE_LOG)
        past = _log_odds(trust_of(*old)) - PRIOR_LOG_ODDS
        assert past < 0.15
        assert _log_odds(trust_of(*old, new)) - _log_odds(trust_of(new)) == pytest.approx(past)

    def test_opposing_reports_do_not_keep_old_support_alive(self) -> None:
        old = row(day=TODAY - 200, seasoned_for=9.0)
        visits = [row(day=TODAY - age, cluster=7, legitimate=1) for age in range(0, 200, 40)]
        assert trust_of(old, *visits).probability == trust_of(old).probability

    def test_the_last_day_is_that_of_the_newest_report(self) -> None:
        assert trust_of().last_day is None
        assert trust_of(row(day=TODAY - 3), row(day=TODAY - 8), row(day=TODAY + 1)).last_day == TODAY - 3


class TestVerdicts:
    def test_both_the_gate_and_the_classifier_are_needed(self) -> None:
        assert verdict_of(STRONG, 0.80) is Verdict.CONFIRMED
        assert verdict_of(STRONG, 0.79) is Verdict.SUSPECTED
        assert verdict_of(STRONG, 0.49) is Verdict.UNKNOWN
        assert verdict_of(GONE, 1.0) is Verdict.UNKNOWN
        assert verdict_of(STRONG._replace(probability=0.66), 1.0) is Verdict.SUSPECTED
        assert verdict_of(STRONG._replace(probability=0.659), 1.0) is Verdict.UNKNOWN

    @pytest.mark.parametrize(
        "weak",
        [
            STRONG._replace(probability_without_strongest=0.69),
            STRONG._replace(effective_clusters=1.99),
            STRONG._replace(third_seasoned=0.39),
            STRONG._replace(probability=0.899),
        ],
    )
    def test_each_part_of_the_gate_holds_confirmed_back(self, weak: Trust) -> None:
        assert verdict_of(weak, 1.0) is Verdict.SUSPECTED

    def test_confirmed_is_left_only_below_its_lower_threshold(self) -> None:
        fading = STRONG._replace(probability=0.60, probability_unopposed=0.60, effective_clusters=1.0)
        assert verdict_of(fading, 0.1, previous=Verdict.CONFIRMED) is Verdict.CONFIRMED
        faded = fading._replace(probability=0.599, probability_unopposed=0.599, probability_past_fresh=0.599)
        assert verdict_of(faded, 1.0, previous=Verdict.CONFIRMED) is Verdict.UNKNOWN

    def test_opposing_reports_alone_do_not_take_confirmed_away(self) -> None:
        opposed = STRONG._replace(probability=0.2, probability_without_strongest=0.1)
        assert verdict_of(opposed, 1.0, previous=Verdict.CONFIRMED) is Verdict.CONFIRMED
        assert verdict_of(opposed, 1.0, previous=Verdict.SUSPECTED) is Verdict.SUSPECTED, "by fresh accounts"
        by_seasoned = opposed._replace(probability_past_fresh=0.2)
        assert verdict_of(by_seasoned, 1.0, previous=Verdict.SUSPECTED) is Verdict.UNKNOWN
        assert verdict_of(opposed, 1.0, previous=Verdict.UNKNOWN) is Verdict.UNKNOWN

    def test_reports_taken_back_do_not_take_confirmed_away(self) -> None:
        crowd = [row(cluster=place, seasoned_for=3.0) for place in range(4)]
        assert verdict_of(trust_of(*crowd), 1.0) is Verdict.CONFIRMED
        left = crowd[:1]
        assert trust_of(*left).probability_unopposed < THRESHOLDS.leave_confirmed
        assert verdict_of(trust_of(*left), 1.0, previous=Verdict.CONFIRMED) is Verdict.CONFIRMED
        later = trust_of(*left, today=TODAY + SILENCE_DAYS + 1)
        assert verdict_of(later, 1.0, previous=Verdict.CONFIRMED) is Verdict.UNKNOWN
        assert verdict_of(trust_of(), 1.0, previous=Verdict.CONFIRMED) is Verdict.UNKNOWN

    def test_decay_of_a_whole_crowd_takes_confirmed_away_before_a_long_silence(self) -> None:
        crowd = [row(cluster=place, seasoned_for=1.45) for place in range(4)]
        assert verdict_of(trust_of(*crowd), 1.0) is Verdict.CONFIRMED
        faded = trust_of(*crowd, today=TODAY + 89)
        assert faded.silent_days < SILENCE_DAYS
        assert faded.probability_unopposed < THRESHOLDS.leave_confirmed < faded.probability_undecayed
        assert verdict_of(faded, 1.0, previous=Verdict.CONFIRMED) is Verdict.UNKNOWN

    def test_without_a_classifier_nothing_new_is_published_and_the_old_stays(self) -> None:
        assert verdict_of(STRONG, None) is Verdict.UNKNOWN
        assert verdict_of(STRONG, None, previous=Verdict.SUSPECTED) is Verdict.SUSPECTED
        assert verdict_of(STRONG, None, previous=Verdict.CONFIRMED) is Verdict.CONFIRMED
        assert verdict_of(GONE, None, previous=Verdict.SUSPECTED) is Verdict.UNKNOWN

    @pytest.mark.parametrize("kind", sorted(PROTECTED_KINDS))
    def test_protected_kinds_are_published_by_people_only(self, kind: str) -> None:
        assert verdict_of(STRONG, 1.0, kind=kind) is Verdict.UNKNOWN
        if kind not in UNSCORED_KINDS:
            assert verdict_of(GONE, 0.0, kind=kind, previous=Verdict.CONFIRMED) is Verdict.CONFIRMED

    @pytest.mark.parametrize("kind", sorted(UNSCORED_KINDS))
    @pytest.mark.parametrize("previous", list(Verdict))
    def test_kinds_that_are_never_scored_stay_unknown(self, kind: str, previous: Verdict) -> None:
        assert verdict_of(STRONG, 1.0, kind=kind, previous=previous) is Verdict.UNKNOWN

    @pytest.mark.parametrize("previous", sorted(DECIDED_BY_PEOPLE))
    def test_reports_do_not_undo_what_people_decided(self, previous: Verdict) -> None:
        assert verdict_of(STRONG, 1.0, previous=previous) is previous
        assert verdict_of(GONE, 0.0, previous=previous) is previous

    def test_only_suspected_and_confirmed_are_listed(self) -> None:
        assert {Verdict.SUSPECTED, Verdict.CONFIRMED} == PUBLISHED


def _log_odds(trust: Trust) -> float:
    return math.log(trust.probability / (1 - trust.probability))
