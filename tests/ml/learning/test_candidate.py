"""A model trained on a history is judged on what it has not seen, and may serve only where it is better."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
import skops.io

from ml.classifier import Classifier, parse_classifier
from ml.drift import calibration_error
from ml.learning.candidate import (
    DecidedNumber,
    Slice,
    TrainedModel,
    compare_models,
    ece_by_chance,
    slices_of_decisions,
    slices_of_repeats,
    train_model,
)
from ml.learning.card import draw_reliability, write_trained_card
from ml.learning.complaints import Complaint, History, examples_at
from ml.learning.forecast import ForecastQuestion, HistoryTooShortError
from tests.places import ROOT

DAYS = 90


def busy_and_quiet(days: int = DAYS) -> History:
    """Some numbers are reported nearly daily, most once: the past tells the future."""
    rng = Random(3)
    complaints = []
    for number in range(1500):
        is_busy = number % 5 == 0
        start = rng.randrange(days)
        for day in range(start, days):
            if day == start or (is_busy and rng.random() < 0.5):
                complaints.append(Complaint(f"+1555{number:07}", "international", day, rng.randrange(40)))
    return History.of(complaints)


@pytest.fixture(scope="module")
def slices() -> tuple[Slice, Slice, Slice]:
    return slices_of_repeats(
        busy_and_quiet(), DAYS, ForecastQuestion(), workers=1, progress=lambda _step: None
    )


@pytest.fixture(scope="module")
def trained(slices: tuple[Slice, Slice, Slice]) -> TrainedModel:
    return train_model(slices, question="reported-again", name="own", serving=None)


def test_it_finds_who_is_reported_again(trained: TrainedModel) -> None:
    assert trained.is_better, trained.verdict
    assert trained.figures["candidate"]["auc"] > 0.8
    assert trained.document["base_rate"] == pytest.approx(trained.held_out.labels.mean(), abs=0.15)


def test_decided_numbers_are_seen_with_their_neighbours() -> None:
    history = busy_and_quiet()
    today = 60
    decided = [DecidedNumber(f"+1555{number:07}", today + 1, number % 5 == 0) for number in range(1500)]
    examples = examples_at(history, today + 1, horizon_days=1)
    told = {
        number: signals.tolist() for number, signals in zip(examples.numbers, examples.signals, strict=True)
    }
    seen = np.concatenate([one.signals for one in slices_of_decisions(history, decided)]).tolist()
    compared = [told[one.number] == row for one, row in zip(decided, seen, strict=True) if one.number in told]
    assert len(compared) > 300
    assert all(compared)


def test_the_artefact_tells_what_the_tables_tell(trained: TrainedModel, tmp_path: Path) -> None:
    skops.io.dump(trained.trees, tmp_path / "model.skops")
    trusted = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    assert all(name.startswith(("sklearn.", "numpy.")) for name in trusted), trusted
    loaded = skops.io.load(tmp_path / "model.skops", trusted=trusted)
    classifier = parse_classifier(trained.document)
    told = [classifier.score(tuple(row)).log_odds for row in trained.held_out.signals.tolist()]
    assert np.abs(loaded.decision_function(trained.held_out.signals) - told).max() < 1e-9


def test_a_model_of_another_base_rate_is_asked_for_as_much_of_a_rise() -> None:
    document = {"question": "reported-again", "base_rate": 0.0125}
    shipped = json.loads((ROOT / "ml/models/default.json").read_text())
    rare: Classifier = parse_classifier(shipped | document)
    assert rare.consent(0.0125) == pytest.approx(0.2)
    assert rare.consent(0.05) == pytest.approx(0.51, abs=0.005)
    assert rare.consent(0.17) == pytest.approx(0.80, abs=0.005)
    assert parse_classifier(shipped).consent(0.37) == 0.37


def test_the_same_model_is_not_better_than_itself(
    slices: tuple[Slice, Slice, Slice], trained: TrainedModel
) -> None:
    again = train_model(
        slices, question="reported-again", name="own", serving=parse_classifier(trained.document)
    )
    assert not again.is_better
    assert again.document["version"] == trained.document["version"]


@pytest.mark.parametrize(
    ("candidate", "serving", "positives", "is_better"),
    [
        ((0.5, 0.01), (0.4, 0.01), 30, True),
        ((0.5, 0.01), (0.4, 0.01), 29, False),
        ((0.4, 0.01), (0.5, 0.01), 99, False),
        ((0.5, 0.05), (0.4, 0.01), 99, False),
        ((0.5, 0.01), None, 99, True),
    ],
)
def test_better_is_a_higher_precision_without_a_worse_calibration_on_enough_positives(
    candidate: tuple[float, float], serving: tuple[float, float] | None, positives: int, is_better: bool
) -> None:
    def figures(pair: tuple[float, float]) -> dict[str, float]:
        return {"average_precision": pair[0], "ece": pair[1], "ece_by_chance": 0.005}

    found, why = compare_models(figures(candidate), figures(serving) if serving else None, positives)
    assert (found, bool(why)) == (is_better, True)


def test_a_model_need_not_be_better_calibrated_than_one_that_answers_the_same() -> None:
    candidate = {"average_precision": 0.5, "ece": 0.05, "ece_by_chance": 0.005}
    serving = {"average_precision": 0.4, "ece": 0.06}
    assert compare_models(candidate, serving, 99, serving_ece=0.06)[0]
    assert not compare_models(candidate, serving, 99)[0]


def test_a_small_slice_is_not_blamed_for_what_chance_does() -> None:
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        probabilities = rng.uniform(0, 1, 300)
        errors.append(
            calibration_error(probabilities.tolist(), (rng.uniform(0, 1, 300) < probabilities).tolist())
        )
    assert np.mean(errors) == pytest.approx(ece_by_chance(rng.uniform(0, 1, 300)), rel=0.1)


def test_too_short_a_history_says_how_long_it_must_be() -> None:
    with pytest.raises(HistoryTooShortError, match="needs 4 weeks"):
        slices_of_repeats(busy_and_quiet(30), 30, ForecastQuestion(), workers=1, progress=lambda _step: None)


def test_too_few_decisions_are_said_to_be_too_few() -> None:
    decided = [DecidedNumber(f"+1555{n:07}", 60, n % 5 == 0) for n in range(150)]
    with pytest.raises(HistoryTooShortError, match=r"200 numbers .* there are 150, 30 of them"):
        slices_of_decisions(busy_and_quiet(), decided)


def test_decisions_are_learned_from_as_of_the_day_before() -> None:
    history = busy_and_quiet()
    # every other one of the busy ones is left out: what is learned from need not have the usual share
    decided = [DecidedNumber(f"+1555{n:07}", 80 + n % 9, n % 5 == 0) for n in range(0, 1000) if n % 10 != 5]
    known = [one for one in decided if history.records[one.number].days(until=one.day - 1)]
    found = train_model(slices_of_decisions(history, known), question="abusive", name="own", serving=None)
    assert found.document["base_rate"] == 0.2
    assert found.figures["candidate"]["auc"] > 0.8
    card = write_trained_card(found, data="a test", period="of days", serving=None)
    assert "a person would find the number abusive" in card
    assert found.document["version"] in card
    assert draw_reliability(found).count("<circle") >= 2
