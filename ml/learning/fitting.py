"""Fitting of boosted trees to examples from any source, and their conversion into the document of tables that serves."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ml.classifier import MODEL_FORMAT, MOST_LOG_ODDS, Calibration, Classifier, Table
from ml.drift import Bins
from ml.learning.compilation import DECIMALS, compile_trees
from ml.reasons import reason_of
from ml.signals import FEATURES, SIGNALS_VERSION

REFERENCE_BINS: Final = 10
FEW_POSITIVES: Final = 1_000  # with fewer, isotonic calibration fits noise: a sigmoid is used
SIGMOID_REACH: Final = 12.0  # log-odds beyond which a sigmoid stays level

FALLING: Final = frozenset({"days_since_last", "burst_share", "opposing_share"})
MONOTONE: Final[Mapping[str, int]] = MappingProxyType(
    {
        feature: -1 if feature in FALLING else 1
        for feature in FEATURES
        if feature in FALLING or reason_of(feature) is not None
    }
)
"""Directions that hold whatever the data says, 1 for rising and -1 for falling.

More support never counts against a number unless it comes in a burst, and reasons stay true.
"""

Matrix = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Boosting:
    """Parameters of boosting; the defaults suit some ten thousand examples."""

    rounds: int = 250
    rate: float = 0.08
    leaves: int = 6
    least_examples: int = 60  # in a leaf
    regularisation: float = 2.0
    feature_share: float = 1.0  # of features drawn for each split; less varies the choice among similar ones


def fit_classifier(
    signals: Matrix,
    labels: Labels,
    *,
    calibrating: tuple[Matrix, Labels],
    name: str,
    boosting: Boosting = Boosting(),
) -> dict[str, Any]:
    """Return a model as a JSON document without metrics, fitted on one slice and calibrated on a later one."""
    trees = fit_trees(signals, labels, boosting)
    return compile_classifier(trees, signals, calibrating=calibrating, name=name)


def compile_classifier(
    trees: HistGradientBoostingClassifier, signals: Matrix, *, calibrating: tuple[Matrix, Labels], name: str
) -> dict[str, Any]:
    """Return the JSON document of trees that were fitted on `signals`, calibrated on a later slice."""
    intercept, tables = compile_trees(trees, signals)
    raw = _classifier(intercept, tables, calibration=Calibration((0.0,), (0.0,)))
    log_odds = np.array([raw.score(tuple(row)).log_odds for row in calibrating[0].tolist()])
    calibration = fit_calibration(log_odds, calibrating[1])
    document = _document(intercept, tables, calibration=calibration, name=name)
    return document | {
        "reference": [[list(bins.edges), list(bins.shares)] for bins in reference_bins(signals)]
    }


def reference_bins(signals: Matrix) -> list[Bins]:
    """Return the distribution of each column of a matrix (examples by signals), in deciles.

    There are fewer bins where many values are equal.
    """
    return [_bins_of(column) for column in signals.T]


def _bins_of(column: NDArray[np.float64]) -> Bins:
    cuts = np.quantile(column, np.arange(1, REFERENCE_BINS) / REFERENCE_BINS, method="lower")
    edges = sorted({float(cut) for cut in cuts if cut < column.max()})
    bins = np.searchsorted(np.array(edges), column, side="left")
    shares = np.bincount(bins, minlength=len(edges) + 1) / len(column)
    return Bins(tuple(edges), tuple([round(float(share), 6) for share in shares]))


def fit_trees(signals: Matrix, labels: Labels, boosting: Boosting) -> HistGradientBoostingClassifier:
    """Return boosted trees of one feature each, fitted to signals (examples by `FEATURES`) and their labels."""
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
    """Return the calibration fitted on a later slice: a sigmoid if there are few positives, else isotonic."""
    if labels.sum() < FEW_POSITIVES:
        sigmoid = LogisticRegression(C=1e6).fit(log_odds[:, np.newaxis], labels)
        points = np.array([-SIGMOID_REACH, SIGMOID_REACH])
        # clipped, because separating a small slice without a mistake does not make predictions certain
        calibrated = np.clip(sigmoid.decision_function(points[:, np.newaxis]), -MOST_LOG_ODDS, MOST_LOG_ODDS)
    else:
        least = 1.0 / (len(labels) + 2.0)  # an observed share of 0 or 1 does not mean impossible or certain
        isotonic = IsotonicRegression(y_min=least, y_max=1.0 - least).fit(log_odds, labels)
        points, shares = isotonic.X_thresholds_, isotonic.y_thresholds_
        calibrated = np.log(shares / (1.0 - shares))
    return Calibration(_rounded(points), _rounded(calibrated))


def _classifier(intercept: float, tables: tuple[Table, ...], *, calibration: Calibration) -> Classifier:
    return Classifier("in training", intercept, tables, calibration=calibration, environment={}, metrics={})


def _rounded(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple([round(float(value), DECIMALS) for value in values])


def _document(
    intercept: float, tables: tuple[Table, ...], *, calibration: Calibration, name: str
) -> dict[str, Any]:
    """Return the model as a JSON document; its version contains a digest of everything that affects a score."""
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
