"""Compilation of gradient-boosted trees that never combine features into one lookup table per feature.

Such a model is a sum of step functions of single features, so adding up the trees of a feature is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ml.classifier import Table

DECIMALS: Final = 12  # far more precise than the value of a leaf is meaningful; keeps the file small


def compile_trees(model: Any, training: NDArray[np.float64]) -> tuple[float, tuple[Table, ...]]:
    """Return the intercept and the tables of a fitted binary `HistGradientBoostingClassifier`, in log-odds.

    Tables are centred on `training`, the matrix (examples by features) the model was fitted on, so that a term of 0
    is the average. Raise ValueError for a tree of several features, a categorical split, or missing values in
    `training`: tables cannot express them.
    """
    if not np.isfinite(training).all():
        raise ValueError("training data must be finite: tables know no missing values")
    trees_of: list[list[NDArray[np.void]]] = [[] for _ in range(training.shape[1])]
    intercept = float(model._baseline_prediction[0, 0])
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        feature = _feature_of(nodes)
        if feature is None:
            intercept += float(nodes[0]["value"])
        else:
            trees_of[feature].append(nodes)
    tables: list[Table] = []
    for column, trees in zip(training.T, trees_of, strict=True):
        mean, table = _centred(_summed(trees), column)
        intercept += mean
        tables.append(table)
    return round(intercept, DECIMALS), tuple(tables)


def _feature_of(nodes: NDArray[np.void]) -> int | None:
    """Return the index of the single feature a tree splits on, or None for a tree that is a single leaf."""
    splits = nodes[nodes["is_leaf"] == 0]
    features = set(splits["feature_idx"].tolist())
    if len(features) > 1:
        raise ValueError(f"a tree combines the features {sorted(features)}")
    if splits["is_categorical"].any():
        raise ValueError("a tree has a categorical split")
    return features.pop() if features else None


def _summed(trees: Sequence[NDArray[np.void]]) -> Table:
    """Return the sum of the trees of one feature, with a step at each of their thresholds."""
    thresholds = sorted(
        {float(node["num_threshold"]) for nodes in trees for node in nodes if not node["is_leaf"]}
    )
    # a threshold belongs to the step on its left, so each step is evaluated at its right end
    values = [math.fsum(_leaf_value(nodes, x) for nodes in trees) for x in [*thresholds, math.inf]]
    return Table(tuple(thresholds), tuple(values))


def _leaf_value(nodes: NDArray[np.void], x: float) -> float:
    node = nodes[0]
    while not node["is_leaf"]:
        node = nodes[node["left"] if x <= node["num_threshold"] else node["right"]]
    return float(node["value"])


def _centred(table: Table, column: NDArray[np.float64]) -> tuple[float, Table]:
    """Return the mean of a table over a column of training data, and the table less that mean, without idle steps."""
    steps = np.searchsorted(np.array(table.thresholds), column, side="left")
    mean = math.fsum(np.array(table.values)[steps]) / len(column)
    thresholds: list[float] = []
    values = [round(table.values[0] - mean, DECIMALS)]
    for threshold, value in zip(table.thresholds, table.values[1:], strict=True):
        if (rounded := round(value - mean, DECIMALS)) != values[-1]:
            thresholds.append(threshold)
            values.append(rounded)
    return mean, Table(tuple(thresholds), tuple(values))
