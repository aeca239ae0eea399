"""The served model: what it refuses to load, how it scores, which reasons it gives."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml.classifier import (
    MODEL_FORMAT,
    Calibration,
    ModelError,
    Score,
    load_classifier,
    parse_classifier,
    reasons,
)
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION

NIGHT, REPORTS_7D = FEATURES.index("quiet_hours_share"), FEATURES.index("reports_7d")


def document() -> dict[str, Any]:
    """A small valid model: nights add up to 2, anything else nothing."""
    tables: list[dict[str, list[float]]] = [{"thresholds": [], "values": [0.0]} for _ in FEATURES]
    tables[NIGHT] = {"thresholds": [0.25, 0.5], "values": [-0.5, 1.0, 2.0]}
    return {
        "format": MODEL_FORMAT,
        "signals_version": SIGNALS_VERSION,
        "version": "test-1",
        "features": list(FEATURES),
        "intercept": -1.0,
        "tables": tables,
        "calibration": {"log_odds": [-10.0, 10.0], "calibrated": [-5.0, 5.0]},
        "environment": {"python": "3.11"},
        "metrics": {"auc": 0.9},
    }


def signals(**named: float) -> tuple[float, ...]:
    return tuple(named.get(feature, 0.0) for feature in FEATURES)


@pytest.mark.parametrize(
    ("share", "log_odds"), [(0.0, -1.5), (0.25, -1.5), (math.nextafter(0.25, 1), 0.0), (0.5, 0.0), (0.9, 1.0)]
)
def test_a_threshold_belongs_to_the_step_on_its_left(share: float, log_odds: float) -> None:
    score = parse_classifier(document()).score(signals(quiet_hours_share=share))
    assert score.log_odds == log_odds
    assert score.terms[NIGHT] == log_odds + 1.0
    assert score.probability == pytest.approx(1 / (1 + math.exp(-log_odds / 2)))


def test_a_score_takes_exactly_the_features() -> None:
    with pytest.raises(ValueError, match="signals"):
        parse_classifier(document()).score((0.0,) * (len(FEATURES) - 1))


def test_calibration_is_level_outside_its_points() -> None:
    calibration = Calibration((-1.0, 1.0), (0.0, math.log(3)))
    assert calibration.probability(-99.0) == 0.5
    assert calibration.probability(-1.0) == 0.5
    assert calibration.probability(1.0) == calibration.probability(99.0) == pytest.approx(0.75)


def _swap_features(model: dict[str, Any]) -> None:
    model["features"][0], model["features"][1] = model["features"][1], model["features"][0]


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("format", lambda model: model.update(format="dunwatch-additive-tables/2")),
        ("signals_version", lambda model: model.update(signals_version=SIGNALS_VERSION + 1)),
        ("features", _swap_features),
        ("features", lambda model: model["features"].pop()),
        ("version", lambda model: model.pop("version")),
        ("intercept", lambda model: model.update(intercept=math.nan)),
        ("intercept", lambda model: model.update(intercept=None)),
        ("tables", lambda model: model["tables"].pop()),
        ("tables.reports_7d", lambda model: model["tables"].__setitem__(REPORTS_7D, [])),
        ("tables.quiet_hours_share", lambda model: model["tables"][NIGHT]["values"].pop()),
        ("tables.quiet_hours_share", lambda model: model["tables"][NIGHT]["thresholds"].reverse()),
        ("tables.quiet_hours_share.values", lambda model: model["tables"][NIGHT].update(values=[0, 1, True])),
        ("calibration", lambda model: model.pop("calibration")),
        ("calibration", lambda model: model["calibration"].update(log_odds=[], calibrated=[])),
        ("calibration", lambda model: model["calibration"]["calibrated"].reverse()),
        ("calibration", lambda model: model["calibration"].update(calibrated=[-5.0, 1e9])),
        ("environment", lambda model: model.update(environment=None)),
        ("metrics", lambda model: model["metrics"].update(auc="good")),
        ("reference", lambda model: model.update(reference=None)),
        ("reference", lambda model: model.update(reference=[[[], [1.0]]])),
    ],
)
def test_a_model_that_does_not_fit_is_refused_by_the_name_of_the_part(
    part: str, damage: Callable[[dict[str, Any]], object]
) -> None:
    model = document()
    damage(model)
    with pytest.raises(ModelError) as caught:
        parse_classifier(model)
    assert caught.value.part == part
    assert str(caught.value).startswith(f"model {part}: ")


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_model_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        load_classifier(path)
    assert caught.value.part == "file"


def test_a_missing_model_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.json"):
        load_classifier(tmp_path / "none.json")


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    assert load_classifier(path) == parse_classifier(document())


def score_of(**terms: float) -> Score:
    return Score(0.5, 0.0, signals(**terms))


def test_reasons_add_up_features_of_one_code_and_come_strongest_first() -> None:
    score = score_of(reports_7d=0.3, reports_30d=0.3, quiet_hours_share=0.5, third_party_share=0.1)
    assert reasons(score) == ("reported_recently", "night_calls", "third_parties_called")
    assert reasons(score, top=1) == ("reported_recently",)


def test_features_that_lower_a_score_or_hardly_raise_it_are_no_reasons() -> None:
    assert reasons(score_of(reports_7d=0.04, quiet_hours_share=-2.0, connected_share=9.0)) == ()


def test_every_code_is_used_and_told_in_both_languages() -> None:
    assert {code for feature in FEATURES if (code := reason_of(feature))} == set(REASON_CODES)
    assert all(sentence.zh and sentence.en.endswith(".") for sentence in REASON_CODES.values())
