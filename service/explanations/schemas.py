"""Explanations as JSON, as coarse as answers are: bands of counts, steps of evidence, terms rounded to a tenth."""

from datetime import date

from pydantic import BaseModel, Field

from service.lookup.schemas import ScoreReason

STEP = "It is the lower bound of a step: 0, 0.5, 1, 2, 3, 5, 10, 20, 50 or 100."


class Term(BaseModel):
    """What one signal adds to the classifier's log-odds."""

    signal: str = Field(description="Name of the signal.")
    value: float = Field(
        description="The signal, rounded down: to the bands of answers, and to tenths if it is below one."
    )
    log_odds: float = Field(description="What the signal adds, rounded to a tenth.")
    reason: ScoreReason | None = Field(
        description="The sentence that the signal speaks for; null if no reason says so."
    )


class ClassifierPart(BaseModel):
    """How the reports look to the classifier: intercept and terms add up to the log-odds, which are then calibrated."""

    probability: float = Field(ge=0, le=1, description="The calibrated probability, which is the score.")
    log_odds: float = Field(description="Intercept and all terms together, before calibration.")
    intercept: float = Field(description="The log-odds of a number without any signal.")
    terms: list[Term] = Field(
        description="Terms of the number's own reports that are 0.1 or more, strongest first; each rounded to a tenth."
    )
    others: float = Field(
        description="All other terms together, including those of reports about neighbouring numbers."
    )
    model: str = Field(description="Version of the model.")


class SidePart(BaseModel):
    """Evidence on one side, in log-odds: that the number is abusive, or that it is not."""

    reported_at_least: float = Field(ge=0, description=f"Evidence as it weighed when it was reported. {STEP}")
    after_decay_at_least: float = Field(ge=0, description=f"What decay has left of it. {STEP}")
    seasoned: float = Field(description="What seasoned reporters add, each cluster under its cap.")
    fresh: float = Field(description="What all fresh accounts add together, under the cap of their pool.")
    fresh_before_cap_at_least: float = Field(
        ge=0, description=f"What fresh accounts would add without that cap. {STEP}"
    )
    capped_clusters_at_least: int = Field(
        ge=0, description="Lower bound of how many clusters lost more than a fifth to their cap."
    )


class TrustPart(BaseModel):
    """How far the crowd can be believed: prior + support - opposition are the log-odds of the probability.

    What few people say is left out, and all values are as if they had not reported: their opposition, and beside sources
    that nobody vetted their support.
    Probabilities are rounded down, so that one that misses a threshold does not read as if it met it.
    """

    probability: float = Field(ge=0, le=1, description="How probably the crowd is right.")
    without_strongest_cluster: float = Field(
        ge=0, le=1, description="The same without the cluster that supports it most."
    )
    effective_clusters: float = Field(
        ge=0, description="How many independent clusters the support amounts to."
    )
    prior: float = Field(description="The log-odds before anybody reports.")
    support: SidePart = Field(description="Evidence that the number is abusive.")
    opposition: SidePart | None = Field(
        description="Evidence that it is not; null if there are few people who say so, or none."
    )
    last_reported_on: date | None = Field(description="Day of the newest report, Asia/Shanghai.")


class Condition(BaseModel):
    """A condition of a verdict, and whether it is met.

    Below `suspected` the conditions of that verdict are named together, since a number misses at least one of them: which
    one is not told, nor a value. So are, of a listed number that few people accuse besides sources that nobody vetted, the
    conditions of `confirmed` that leave such sources out: `is_met` says of each whether all of them are met.
    """

    verdict: str = Field(description="The verdict that needs it.")
    code: str = Field(description="Code of the condition.")
    zh: str = Field(description="The condition in Chinese.")
    en: str = Field(description="The condition in English.")
    value: float | None = Field(
        description="The value of this number, rounded down; null if it has none or may not be told."
    )
    needed: float = Field(description="The value that is needed.")
    is_met: bool = Field(description="Whether the condition is met.")


class ExplanationRemark(BaseModel):
    """Something else that decides the verdict, in words."""

    code: str = Field(description="Code of the remark.")
    zh: str = Field(description="The remark in Chinese.")
    en: str = Field(description="The remark in English.")


class Explanation(BaseModel):
    """Why a number has its verdict: what is published, and what is concluded from what is known now."""

    number: str = Field(description="The number, as its canonical key.")
    kind: str = Field(description="Kind of the number.")
    verdict: str = Field(description="The published verdict.")
    revision: int | None = Field(
        ge=1, description="Revision of that verdict in the change feed; null of a number that is not listed."
    )
    current_verdict: str = Field(
        description="What would be concluded now; it differs while the number waits to be scored."
    )
    classifier: ClassifierPart | None = Field(
        description="What the classifier adds; null if nothing about the reports may be shown."
    )
    trust: TrustPart | None = Field(
        description="What the crowd adds; null if nothing about the reports may be shown."
    )
    conditions: list[Condition] = Field(
        description="The conditions of `suspected` and `confirmed`; of a number that is `unknown`, what is not met."
    )
    remarks: list[ExplanationRemark] = Field(description="What else decides the verdict.")
    signals_version: int = Field(ge=1, description="Version of the definition of the signals.")
