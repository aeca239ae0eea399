"""Measures of the quality of probabilities on examples that were not learned from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from ml.drift import calibration_error


def measure_probabilities(
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    *,
    ranked: NDArray[np.float64] | None = None,
) -> dict[str, float]:
    """Return the quality of ranking (`auc`, `average_precision`) and calibration (`brier`, `ece`), with `base_rate`.

    `ranked` can give values to rank by instead of the probabilities, if these have ties that the values do not have.
    """
    order = probabilities if ranked is None else ranked
    return {
        "examples": float(len(labels)),
        "base_rate": float(labels.mean()),
        "auc": float(roc_auc_score(labels, order)),
        "average_precision": float(average_precision_score(labels, order)),
        "brier": float(brier_score_loss(labels, probabilities)),
        "ece": calibration_error(probabilities.tolist(), labels.tolist()),
    }


def precision_at(labels: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Return the share of positives among the n highest values, where n is the number of positives.

    Ties are taken in the order of the examples.
    """
    highest = np.argsort(-values, kind="stable")[: int(labels.sum())]
    return float(labels[highest].mean())
