"""Drift and calibration are measured as documented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.drift import Bins, calibration_error, stability_index
from ml.learning.fitting import reference_bins
from tests.ml.number_rows import repeatable


def test_documented_stability() -> None:
    half = Bins((0.0,), (0.5, 0.5))
    assert stability_index(half, [-1.0, 1.0]) == 0.0
    assert stability_index(half, [-1.0] * 8 + [1.0] * 2) == pytest.approx(0.4159, abs=1e-4)


@repeatable
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_the_spread_of_training_is_no_drift_from_itself(values: list[float]) -> None:
    (bins,) = reference_bins(np.array([values]).T)
    assert len(bins.shares) == len(bins.edges) + 1 <= 10
    assert sum(bins.shares) == pytest.approx(1.0, abs=1e-4)
    assert stability_index(bins, values) == pytest.approx(0.0, abs=1e-3)


@repeatable
@given(
    shares=st.lists(st.floats(0.01, 1), min_size=2, max_size=10),
    values=st.lists(st.floats(0, 20), min_size=1),
)
def test_drift_is_never_negative_and_finite(shares: list[float], values: list[float]) -> None:
    bins = Bins(tuple(float(place) for place in range(1, len(shares))), tuple(shares))
    total = sum(shares)
    normal = Bins(bins.edges, tuple(share / total for share in shares))
    assert 0.0 <= stability_index(normal, values) < 100.0


def test_documented_calibration_error() -> None:
    assert calibration_error([0.8] * 10, [True] * 6 + [False] * 4) == pytest.approx(0.2)
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0
