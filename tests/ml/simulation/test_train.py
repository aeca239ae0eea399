"""Training on a small simulation, and the model that is shipped."""

import json
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from ml.classifier import DEFAULT_MODEL, load_classifier, parse_classifier, reasons
from ml.learning.fitting import FEW_POSITIVES, MONOTONE, fit_calibration
from ml.learning.measures import measure_probabilities
from ml.reasons import reason_of
from ml.signals import FEATURES
from ml.simulation.crowd import CrowdPlan
from ml.simulation.examples import Example, draw_examples
from ml.simulation.simulate import simulate_crowd
from ml.simulation.train import train_on_simulation

PLAN = CrowdPlan(first_day=20_000, days=200, gangs=20, harmless=1_200, reporters=800)


@cache
def slices() -> tuple[list[Example], ...]:
    return draw_examples(simulate_crowd(PLAN, Random(4)), PLAN, Random(5))


@cache
def trained() -> tuple[str, str]:
    return train_on_simulation(PLAN, seed=4)


def test_training_twice_gives_the_same_bytes() -> None:
    assert train_on_simulation(PLAN, seed=4) == trained()
    assert train_on_simulation(PLAN, seed=5)[0] != trained()[0]


def test_slices_follow_each_other_in_time_and_share_no_number() -> None:
    days = [[example.day for example in examples] for examples in slices()]
    assert max(days[0]) < min(days[1]) <= max(days[1]) < min(days[2])
    numbers = [{example.number for example in examples} for examples in slices()]
    assert not numbers[0] & numbers[1]
    assert not (numbers[0] | numbers[1]) & numbers[2]


def test_a_trained_model_finds_collectors_better_than_counting_reports() -> None:
    metrics = parse_classifier(json.loads(trained()[0])).metrics
    assert metrics["auc"] > 0.85
    assert metrics["auc"] > metrics["count_auc"] + 0.1
    assert metrics["brier"] < 0.6 * metrics["base_rate"] * (1 - metrics["base_rate"])


def test_monotone_features_have_monotone_tables() -> None:
    classifier = parse_classifier(json.loads(trained()[0]))
    for feature, table in zip(FEATURES, classifier.tables, strict=True):
        if direction := MONOTONE.get(feature):
            assert list(table.values) == sorted(table.values, reverse=direction < 0)


def test_every_feature_that_gives_reasons_is_held_monotone() -> None:
    assert {feature for feature in FEATURES if reason_of(feature)} <= set(MONOTONE)
    assert set(MONOTONE) <= set(FEATURES)


def test_many_positives_are_calibrated_isotonically_and_exactly() -> None:
    rng = np.random.default_rng(1)
    log_odds = rng.normal(size=5_000)
    labels = rng.random(5_000) < 1 / (1 + np.exp(-2 * log_odds))
    assert labels.sum() >= FEW_POSITIVES
    calibration = fit_calibration(log_odds, labels)
    isotonic = IsotonicRegression(y_min=1 / 5_002, y_max=1 - 1 / 5_002).fit(log_odds, labels)
    for place in range(0, 5_000, 50):
        assert calibration.probability(log_odds[place]) == pytest.approx(
            isotonic.predict([log_odds[place]])[0], abs=1e-6
        )


def test_few_positives_are_calibrated_by_a_sigmoid() -> None:
    rng = np.random.default_rng(2)
    log_odds = rng.normal(size=900)
    calibration = fit_calibration(log_odds, rng.random(900) < 1 / (1 + np.exp(-2 * log_odds)))
    assert len(calibration.log_odds) == 2
    assert calibration.probability(1.0) == pytest.approx(0.88, abs=0.04)


def test_measures_of_a_perfect_and_a_reversed_ranking() -> None:
    labels = np.array([True, True, False, False])
    assert measure_probabilities(labels, np.array([0.9, 0.8, 0.2, 0.1]))["auc"] == 1.0
    assert measure_probabilities(labels, np.array([0.1, 0.2, 0.8, 0.9]))["auc"] == 0.0


class TestShippedModel:
    def test_it_loads_and_says_that_it_knows_a_simulation_only(self) -> None:
        classifier = load_classifier()
        card = Path(DEFAULT_MODEL).with_suffix(".card.md").read_text(encoding="utf-8")
        assert classifier.version.startswith("simulation-")
        assert classifier.version in card
        assert "nothing about accuracy on Chinese collection calls" in card

    def test_its_card_states_its_metrics(self) -> None:
        card = Path(DEFAULT_MODEL).with_suffix(".card.md").read_text(encoding="utf-8")
        for name, value in load_classifier().metrics.items():
            assert f"| `{name}` | {value:.10g} |" in card

    def test_it_ranks_a_crowd_it_was_not_trained_on(self) -> None:
        classifier = load_classifier()
        examples = [example for examples in slices() for example in examples]
        labels = np.array([example.is_abusive for example in examples])
        scores = np.array([classifier.score(example.signals).probability for example in examples])
        metrics = measure_probabilities(labels, scores)
        assert metrics["auc"] > 0.88
        assert metrics["ece"] < 0.1

    def test_its_reasons_are_true_of_the_numbers_they_are_given_for(self) -> None:
        classifier = load_classifier()
        given: set[str] = set()
        for example in slices()[0]:
            named = dict(zip(FEATURES, example.signals, strict=True))
            codes = set(reasons(classifier.score(example.signals), top=99))
            given |= codes
            for code, holds in {
                "reported_repeatedly": named["days_active"] >= 2,
                "reported_recently": named["reports_90d"] >= 1,
                "independent_reporters": named["clusters"] >= 2,
                "night_calls": named["quiet_hours_share"] > 0,
                "third_parties_called": named["third_party_share"] > 0,
                "wrong_person_called": named["wrong_person_share"] > 0,
                "evidence_kept": named["evidence_share"] > 0,
                "severe_violations": named["severe_per_report"] > 0,
                "violations_named": named["violations_per_report"] > 0,
                "automated_calls": named["automated_share"] > 0,
                "one_ring_calls": named["one_ring_share"] > 0,
            }.items():
                assert holds or code not in codes, (code, named)
        assert len(given) >= 8
