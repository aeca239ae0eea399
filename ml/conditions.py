"""What each verdict takes, one condition after another, as `ml.trust.decide` asks for it."""

from __future__ import annotations

from typing import NamedTuple

from ml.trust import Thresholds, Trust


class VerdictCondition(NamedTuple):
    """Something a verdict takes: at least `needed`. A value of None is not known, which suffices for nothing."""

    verdict: str
    code: str
    value: float | None
    needed: float

    @property
    def is_met(self) -> bool:
        """Whether it is given."""
        return self.value is not None and self.value >= self.needed


def conditions_of(
    trust: Trust, classifier_probability: float | None, thresholds: Thresholds
) -> tuple[VerdictCondition, ...]:
    """The conditions of both verdicts that list a number, without what was published before.

    All of a verdict's are met exactly when `decide` gives it, or the higher one, to a number without an earlier verdict and
    of a kind that reports alone can list.
    """
    return (
        VerdictCondition("suspected", "trust", trust.probability, thresholds.suspected),
        VerdictCondition("suspected", "classifier", classifier_probability, thresholds.classifier_suspected),
        VerdictCondition("confirmed", "trust", trust.probability, thresholds.confirmed),
        VerdictCondition(
            "confirmed",
            "without_strongest",
            trust.probability_without_strongest,
            thresholds.confirmed_without_strongest,
        ),
        VerdictCondition(
            "confirmed", "effective_clusters", trust.effective_clusters, thresholds.confirmed_clusters
        ),
        VerdictCondition(
            "confirmed", "third_seasoned", trust.third_seasoned, thresholds.confirmed_third_seasoned
        ),
        VerdictCondition("confirmed", "classifier", classifier_probability, thresholds.classifier_confirmed),
    )
