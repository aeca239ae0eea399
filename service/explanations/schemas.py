"""What an explanation tells, as coarsely as answers do: bands of counts, steps of evidence, terms to a tenth."""

from datetime import date

from pydantic import BaseModel, Field

from service.lookup.schemas import ScoreReason


class Term(BaseModel):
    """What one signal adds to the classifier's log-odds."""

    signal: str
    value: float = Field(
        description="The signal, rounded down: to the bands of answers, below one to tenths."
    )
    log_odds: float
    reason: ScoreReason | None = Field(
        description="The sentence it speaks for; null where it is not told as a reason."
    )


class ClassifierPart(BaseModel):
    """What the reports look like: intercept and terms add up to the log-odds, which are then calibrated."""

    probability: float
    log_odds: float
    intercept: float
    terms: list[Term] = Field(
        description="Those of the number's own reports of at least 0.1, strongest first; each to a tenth."
    )
    others: float = Field(
        description="All other terms together, among them what reports about neighbouring numbers add."
    )
    model: str


class SidePart(BaseModel):
    """Evidence in log-odds, for the number being abusive or against it; `at_least` is the lower bound of a step."""

    reported_at_least: float = Field(description="As it weighed when it was reported.")
    after_decay_at_least: float
    seasoned: float = Field(description="What seasoned reporters add, each cluster under its cap.")
    fresh: float = Field(description="What all fresh accounts add together, under the cap of their pool.")
    fresh_before_cap_at_least: float
    capped_clusters_at_least: int = Field(description="Clusters whose cap took more than a fifth.")


class TrustPart(BaseModel):
    """How far the crowd can be believed: prior + support - opposition are the log-odds of the probability.

    Probabilities are rounded down: what misses a threshold does not read as if it met it.
    """

    probability: float
    without_strongest_cluster: float
    effective_clusters: float
    prior: float
    support: SidePart
    opposition: SidePart
    last_reported_on: date | None


class Condition(BaseModel):
    """Something a verdict takes, and whether it is given."""

    verdict: str
    code: str
    zh: str
    en: str
    value: float | None
    needed: float
    is_met: bool


class ExplanationRemark(BaseModel):
    """Something else that decides, in words."""

    code: str
    zh: str
    en: str


class Explanation(BaseModel):
    """Why a number is answered as it is: what is published, and what is concluded from what is known now."""

    number: str
    kind: str
    verdict: str = Field(description="As published.")
    revision: int | None
    current_verdict: str = Field(
        description="What would be concluded now; differs while the number waits for scoring."
    )
    classifier: ClassifierPart | None
    trust: TrustPart | None
    conditions: list[Condition]
    remarks: list[ExplanationRemark]
    signals_version: int
