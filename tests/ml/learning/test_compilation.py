"""Compiled tables against the trees they come from."""

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.classifier import Table
from ml.learning.compilation import compile_trees

FEATURES = 4


@cache
def data() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Counts, shares, a continuous feature and a constant, with a label that depends on the first three."""
    rng = np.random.default_rng(5)
    matrix = np.column_stack(
        [rng.poisson(3, 3000), rng.integers(0, 9, 3000) / 9, rng.normal(size=3000), np.full(3000, 7.0)]
    ).astype(float)
    odds = 0.6 * matrix[:, 0] - 2 * matrix[:, 1] + np.sin(3 * matrix[:, 2]) - 1
    return matrix, rng.random(3000) < 1 / (1 + np.exp(-odds))


def fitted(**settings: Any) -> HistGradientBoostingClassifier:
    settings = {"interaction_cst": "no_interactions", "max_iter": 60, "random_state": 0, **settings}
    model = HistGradientBoostingClassifier(early_stopping=False, **settings)
    model.fit(*data())
    return model


def summed(intercept: float, tables: tuple[Table, ...], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = [
        np.searchsorted(table.thresholds, column) for table, column in zip(tables, matrix.T, strict=True)
    ]
    terms = [np.array(table.values)[step] for table, step in zip(tables, steps, strict=True)]
    return intercept + np.asarray(np.sum(terms, axis=0), float)


@pytest.mark.parametrize("monotonic", [None, [1, -1, 0, 0]])
def test_tables_equal_the_trees_also_on_and_beside_every_threshold(monotonic: list[int] | None) -> None:
    model = fitted(monotonic_cst=monotonic)
    intercept, tables = compile_trees(model, data()[0])
    rng = np.random.default_rng(6)
    rows = [rng.normal(scale=5, size=(500, FEATURES)), data()[0][:500]]
    for place, table in enumerate(tables):
        for threshold in table.thresholds:
            beside = [math.nextafter(threshold, -math.inf), threshold, math.nextafter(threshold, math.inf)]
            exact = rng.normal(size=(3, FEATURES))
            exact[:, place] = beside
            rows.append(exact)
    matrix = np.vstack(rows)
    assert len(matrix) > 1200
    np.testing.assert_allclose(
        summed(intercept, tables, matrix), model.decision_function(matrix), rtol=0, atol=1e-9
    )


def test_terms_average_to_nothing_over_the_training_data() -> None:
    _, tables = compile_trees(fitted(), data()[0])
    for table, column in zip(tables, data()[0].T, strict=True):
        assert np.array(table.values)[np.searchsorted(table.thresholds, column)].mean() == pytest.approx(
            0, abs=1e-9
        )


def test_a_feature_that_decides_nothing_has_one_step() -> None:
    _, tables = compile_trees(fitted(), data()[0])
    assert tables[3] == Table((), (0.0,))


def test_trees_that_combine_features_are_refused() -> None:
    with pytest.raises(ValueError, match="combines"):
        compile_trees(fitted(interaction_cst=None), data()[0])


def test_categorical_splits_are_refused() -> None:
    with pytest.raises(ValueError, match="categorical"):
        compile_trees(fitted(categorical_features=[0]), data()[0])


def test_missing_values_are_refused() -> None:
    matrix = data()[0].copy()
    matrix[0, 0] = np.nan
    with pytest.raises(ValueError, match="missing"):
        compile_trees(fitted(), matrix)
