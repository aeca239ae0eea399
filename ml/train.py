"""Trains the shipped model on the simulation: ``python -m ml.train`` writes the model and its card.

Runs are reproducible: the same code and packages write the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ml.classifier import (
    DEFAULT_MODEL,
    MODEL_FORMAT,
    MOST_LOG_ODDS,
    Calibration,
    Classifier,
    Table,
    parse_classifier,
)
from ml.compilation import DECIMALS, compile_trees
from ml.crowd import CrowdPlan
from ml.drift import Bins
from ml.evaluate import measure
from ml.examples import Example, draw_examples
from ml.model_card import write_card
from ml.reasons import reason_of
from ml.signals import FEATURES, SIGNALS_VERSION
from ml.simulate import simulate_crowd
from ml.trust import PUBLISHED, Thresholds, Verdict, assess_trust, decide

SEED: Final = 20_260_101
PLAN: Final = CrowdPlan(first_day=20_000, days=360, gangs=300, harmless=20_000, reporters=15_000)
REFERENCE_BINS: Final = 10
FEW_POSITIVES: Final = 1_000  # below them isotonic calibration fits noise: two parameters do
SIGMOID_REACH: Final = 12.0  # log-odds beyond which a sigmoid stays level

FALLING: Final = frozenset({"days_since_last", "burst_share", "opposing_share"})
MONOTONE: Final[Mapping[str, int]] = MappingProxyType(
    {
        feature: -1 if feature in FALLING else 1
        for feature in FEATURES
        if feature in FALLING or reason_of(feature) is not None
    }
)
"""Directions that hold whatever the data says: more support never counts against a number unless it comes in
a burst, and reasons stay true."""

Matrix = NDArray[np.float64]
Labels = NDArray[np.bool_]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, then write the model and its card into a directory."""
    parser = argparse.ArgumentParser(
        prog="python -m ml.train", description="Train the model on the simulation."
    )
    parser.add_argument("--out", type=Path, default=DEFAULT_MODEL.parent, help="directory of model and card")
    out: Path = parser.parse_args(arguments).out
    document, card = train(PLAN, seed=SEED)
    out.mkdir(parents=True, exist_ok=True)
    model_path, card_path = out / DEFAULT_MODEL.name, out / DEFAULT_MODEL.with_suffix(".card.md").name
    model_path.write_text(document, encoding="utf-8")
    card_path.write_text(card, encoding="utf-8")
    sys.stdout.write(card)


def train(plan: CrowdPlan, *, seed: int) -> tuple[str, str]:
    """Model and card, as text, trained on a crowd of this plan and tested on its latest fifth."""
    rng = Random(seed)  # noqa: S311 a reproducible simulation, no secret
    fitting, calibrating, testing = draw_examples(simulate_crowd(plan, rng), plan, rng)
    document = fit_classifier(*_arrays(fitting), calibrating=_arrays(calibrating), name="simulation")
    document["metrics"] = evaluate(parse_classifier(document), testing)
    classifier = parse_classifier(document)  # what would not load is not written
    card = write_card(
        classifier,
        plan=plan,
        seed=seed,
        counts=(len(fitting), len(calibrating), len(testing)),
        monotone=MONOTONE,
    )
    return json.dumps(document, separators=(",", ":")) + "\n", card


@dataclass(frozen=True, slots=True)
class Boosting:
    """How trees are grown; the defaults suit some ten thousand examples."""

    rounds: int = 250
    rate: float = 0.08
    leaves: int = 6
    least_examples: int = 60  # in a leaf
    regularisation: float = 2.0
    feature_share: float = (
        1.0  # drawn anew for each split: of features that tell the same, not always one is taken
    )


def fit_classifier(
    signals: Matrix,
    labels: Labels,
    *,
    calibrating: tuple[Matrix, Labels],
    name: str,
    boosting: Boosting = Boosting(),
) -> dict[str, Any]:
    """A model as its JSON document, without metrics: fitted on one slice, calibrated on a later one."""
    trees = fit_trees(signals, labels, boosting)
    return compile_classifier(trees, signals, calibrating=calibrating, name=name)


def compile_classifier(
    trees: HistGradientBoostingClassifier, signals: Matrix, *, calibrating: tuple[Matrix, Labels], name: str
) -> dict[str, Any]:
    """The JSON document of trees that were fitted on `signals`, calibrated on a later slice."""
    intercept, tables = compile_trees(trees, signals)
    raw = _classifier(intercept, tables, calibration=Calibration((0.0,), (0.0,)))
    log_odds = np.array([raw.score(tuple(row)).log_odds for row in calibrating[0].tolist()])
    calibration = fit_calibration(log_odds, calibrating[1])
    document = _document(intercept, tables, calibration=calibration, name=name)
    return document | {
        "reference": [[list(bins.edges), list(bins.shares)] for bins in reference_bins(signals)]
    }


def reference_bins(signals: Matrix) -> list[Bins]:
    """How each signal (examples by signals) is spread, in deciles; in fewer bins where many values are equal."""
    return [_bins_of(column) for column in signals.T]


def _bins_of(column: NDArray[np.float64]) -> Bins:
    cuts = np.quantile(column, np.arange(1, REFERENCE_BINS) / REFERENCE_BINS, method="lower")
    edges = sorted({float(cut) for cut in cuts if cut < column.max()})
    places = np.searchsorted(np.array(edges), column, side="left")
    shares = np.bincount(places, minlength=len(edges) + 1) / len(column)
    return Bins(tuple(edges), tuple([round(float(share), 6) for share in shares]))


def fit_trees(signals: Matrix, labels: Labels, boosting: Boosting) -> HistGradientBoostingClassifier:
    """Boosted trees, each of one feature, for signals (examples by `FEATURES`) and their labels."""
    model = HistGradientBoostingClassifier(
        interaction_cst="no_interactions",
        monotonic_cst=[MONOTONE.get(feature, 0) for feature in FEATURES],
        max_iter=boosting.rounds,
        learning_rate=boosting.rate,
        max_leaf_nodes=boosting.leaves,
        min_samples_leaf=boosting.least_examples,
        l2_regularization=boosting.regularisation,
        max_features=boosting.feature_share,
        early_stopping=False,
        random_state=0,
    )
    return model.fit(signals, labels)


def fit_calibration(log_odds: Matrix, labels: Labels) -> Calibration:
    """How log-odds become probabilities on a later slice: by a sigmoid for few positives, else isotonic."""
    if labels.sum() < FEW_POSITIVES:
        sigmoid = LogisticRegression(C=1e6).fit(log_odds[:, np.newaxis], labels)
        points = np.array([-SIGMOID_REACH, SIGMOID_REACH])
        # what separates a small slice without a mistake is still not certain
        calibrated = np.clip(sigmoid.decision_function(points[:, np.newaxis]), -MOST_LOG_ODDS, MOST_LOG_ODDS)
    else:
        least = 1.0 / (len(labels) + 2.0)  # a share of 0 or 1 was only never seen
        isotonic = IsotonicRegression(y_min=least, y_max=1.0 - least).fit(log_odds, labels)
        points, shares = isotonic.X_thresholds_, isotonic.y_thresholds_
        calibrated = np.log(shares / (1.0 - shares))
    return Calibration(_rounded(points), _rounded(calibrated))


def evaluate(classifier: Classifier, examples: Sequence[Example]) -> dict[str, float]:
    """Metrics of the classifier, of merely counting reports, and of verdicts by classifier and gate."""
    signals, labels = _arrays(examples)
    probabilities = np.array([classifier.score(example.signals).probability for example in examples])
    metrics = measure(labels, probabilities)
    metrics["count_auc"] = measure(labels, _unit(signals[:, FEATURES.index("reports_30d")]))["auc"]
    verdicts = [
        decide(
            assess_trust(example.rows, kind=example.kind, today=example.day),
            float(probability),
            Thresholds(),
            previous=Verdict.UNKNOWN,
            kind=example.kind,
        )
        for example, probability in zip(examples, probabilities, strict=True)
    ]
    for name, wanted in (("published", PUBLISHED), ("confirmed", {Verdict.CONFIRMED})):
        chosen = np.array([verdict in wanted for verdict in verdicts])
        metrics[f"{name}_precision"] = float(labels[chosen].mean()) if chosen.any() else 0.0
        metrics[f"{name}_recall"] = float(chosen[labels].mean())
    return {name: round(value, 6) for name, value in metrics.items()}


def _unit(values: Matrix) -> Matrix:
    """Values brought between 0 and 1 in their order."""
    return values / (1.0 + values)


def _arrays(examples: Sequence[Example]) -> tuple[Matrix, Labels]:
    return (
        np.array([example.signals for example in examples]),
        np.array([example.is_abusive for example in examples]),
    )


def _classifier(intercept: float, tables: tuple[Table, ...], *, calibration: Calibration) -> Classifier:
    return Classifier("in training", intercept, tables, calibration=calibration, environment={}, metrics={})


def _rounded(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple([round(float(value), DECIMALS) for value in values])


def _document(
    intercept: float, tables: tuple[Table, ...], *, calibration: Calibration, name: str
) -> dict[str, Any]:
    """The model as JSON; its version is a digest of all that decides a score."""
    scoring = {
        "format": MODEL_FORMAT,
        "signals_version": SIGNALS_VERSION,
        "features": list(FEATURES),
        "intercept": intercept,
        "tables": [{"thresholds": list(table.thresholds), "values": list(table.values)} for table in tables],
        "calibration": {
            "log_odds": list(calibration.log_odds),
            "calibrated": list(calibration.calibrated),
        },
    }
    digest = hashlib.sha256(json.dumps(scoring, sort_keys=True).encode()).hexdigest()
    return {
        "version": f"{name}-{digest[:12]}",
        "environment": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "metrics": {},
        **scoring,
    }


if __name__ == "__main__":
    main()
