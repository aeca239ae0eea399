"""The Beta quantile against scipy, which the service does not import."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from ml.beta import beta_cumulative, beta_quantile
from tests.ml.number_rows import repeatable

SHAPES = st.floats(0.5, 2000.0)


@repeatable
@given(probability=st.floats(0.001, 0.999), a=SHAPES, b=SHAPES)
def test_quantiles_agree_with_scipy(probability: float, a: float, b: float) -> None:
    assert beta_quantile(probability, a, b) == pytest.approx(beta.ppf(probability, a, b), rel=1e-9)


@repeatable
@given(x=st.floats(0.001, 0.999), a=SHAPES, b=SHAPES)
def test_cumulative_probabilities_agree_with_scipy(x: float, a: float, b: float) -> None:
    assert beta_cumulative(x, a, b) == pytest.approx(beta.cdf(x, a, b), rel=1e-9, abs=1e-250)


def test_histories_of_very_active_reporters_converge() -> None:
    assert beta_quantile(0.1, 100_002.1, 500.9) == pytest.approx(beta.ppf(0.1, 100_002.1, 500.9), rel=1e-10)


def test_the_ends_hold_no_and_all_probability() -> None:
    assert beta_cumulative(0.0, 2.1, 0.9) == 0.0
    assert beta_cumulative(1.0, 2.1, 0.9) == 1.0


@pytest.mark.parametrize(
    ("probability", "a", "b"), [(0.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.1, 0.0, 1.0), (0.1, 1.0, -1.0)]
)
def test_what_has_no_quantile_is_refused(probability: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        beta_quantile(probability, a, b)
