"""The conditions of each verdict, one by one, exactly as `ml.trust.decide` applies them."""

from __future__ import annotations

from typing import NamedTuple

from ml.trust import Thresholds, Trust


class VerdictCondition(NamedTuple):
    """One condition of a verdict: `value` must be at least `needed`. A value of None is unknown and never suffices."""

    verdict: str
    code: str
    value: float | None
    needed: float

    @property
    def is_met(self) -> bool:
        """Whether the condition holds."""
        return self.value is not None and self.value >= self.needed


def conditions_of(
    trust: Trust, classifier_probability: float | None, thresholds: Thresholds
) -> tuple[VerdictCondition, ...]:
    """Return the conditions of the two verdicts that list a number, regardless of what was published before.

    All conditions of a verdict hold exactly when `decide` returns that verdict or the higher one for a number that
    has no earlier verdict and is of a kind that reports alone can list.
    """
    firm = trust.firm
    return (
        VerdictCondition("suspected", "trust", trust.probability, thresholds.suspected),
        VerdictCondition("suspected", "classifier", classifier_probability, thresholds.classifier_suspected),
        VerdictCondition("confirmed", "trust", trust.probability, thresholds.confirmed),
        VerdictCondition("confirmed", "vetted", firm.probability, thresholds.confirmed),
        VerdictCondition(
            "confirmed",
            "without_strongest",
            firm.probability_without_strongest,
            thresholds.confirmed_without_strongest,
        ),
        VerdictCondition(
            "confirmed", "effective_clusters", firm.effective_clusters, thresholds.confirmed_clusters
        ),
        VerdictCondition(
            "confirmed", "third_seasoned", firm.third_seasoned, thresholds.confirmed_third_seasoned
        ),
        VerdictCondition("confirmed", "classifier", classifier_probability, thresholds.classifier_confirmed),
    )
