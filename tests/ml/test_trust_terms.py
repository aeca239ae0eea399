"""The terms of an explanation add up to the trust that decides."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ml.day_rows import DayRow
from ml.explanation import explain_trust
from ml.log_odds import probability_of
from ml.trust import CLUSTER_CAP, FRESH_CAP_AGAINST, FRESH_CAP_FOR, assess_trust
from ml.words import KINDS
from tests.ml.number_rows import TODAY, day_rows, repeatable, row


@repeatable
@given(rows=day_rows(), kind=st.sampled_from(KINDS))
def test_the_terms_add_up_to_the_trust(rows: list[DayRow], kind: str) -> None:
    terms = explain_trust(rows, kind=kind, today=TODAY)
    trust = assess_trust(rows, kind=kind, today=TODAY)
    assert math.isclose(probability_of(terms.log_odds), trust.probability, rel_tol=1e-9, abs_tol=1e-12)


@repeatable
@given(rows=day_rows(), kind=st.sampled_from(KINDS))
def test_decay_and_caps_only_ever_take(rows: list[DayRow], kind: str) -> None:
    terms = explain_trust(rows, kind=kind, today=TODAY)
    for side, cap in ((terms.support, FRESH_CAP_FOR), (terms.opposition, FRESH_CAP_AGAINST)):
        assert side.log_odds <= side.left * (1 + 1e-9) + 1e-9
        assert side.left <= side.reported * (1 + 1e-9)
        assert -1e-9 <= side.fresh <= min(side.fresh_before_pool, cap) + 1e-9
        assert side.seasoned <= side.clusters * CLUSTER_CAP + 1e-9
        assert 0 <= side.capped_clusters <= side.clusters


def test_a_cap_that_bites_is_counted() -> None:
    rows = [row(cluster=1, seasoned_for=9.0), row(cluster=2, seasoned_for=0.1)]
    side = explain_trust(rows, kind="mobile", today=TODAY).support
    assert (side.clusters, side.capped_clusters) == (2, 1)
