"""From what is known of a number to a decision: signals, score, trust gate, verdict. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ml.blocks import NO_NEIGHBOURS, Activity
from ml.bursts import HELD_DAYS, outside_bursts
from ml.classifier import Classifier, Score, reasons
from ml.day_rows import DayRow
from ml.expiry import held_back_days, next_change
from ml.profiles import sum_positions
from ml.reviews import review_reasons
from ml.signals import Signals, compute_signals
from ml.trust import Thresholds, Trust, assess_trust, decide
from ml.words import DECIDED_BY_PEOPLE, PUBLISHED, VIOLATIONS, Kind, Verdict
from service.scoring.store import KnownNumber

THRESHOLDS = Thresholds()
SCORE_DIGITS = 2
LEAST_DOUBT = 0.01  # no model is certain, whatever its rounding says
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Assessment:
    """What scoring concludes of one number; days are counted from 1970-01-01 in Asia/Shanghai."""

    kind: str
    verdict: Verdict
    score: float | None
    category: str | None
    reasons: tuple[str, ...]
    reports: int
    reporters: int
    first_day: int
    last_day: int
    suspected_spoofing: bool
    is_simulated: bool
    trust: Trust
    model_version: str | None
    due_day: int | None  # when to conclude anew though nobody reports anything more; None: never
    reviews: tuple[str, ...]  # why a person has to look at it
    ruled_at: datetime | None  # of the decision that was taken into account
    signals: Signals
    classified: Score | None  # what the classifier makes of them; None without one


def assess(
    known: KnownNumber,
    model: Classifier | None,
    *,
    previous: str,
    today: int,
    sub_block: float = 0.0,
    neighbours: Sequence[Activity] = NO_NEIGHBOURS,
) -> Assessment:
    """Conclude what is to be told of a number with at least one report; without a model, no score."""
    counted, held_from = outside_bursts(known.rows, today=today)
    case = _Case(replace(known, rows=list(counted)), model, sub_block, neighbours)
    trust = assess_trust(counted, kind=known.kind, today=today)
    signals = case.signals_on(today)
    score = model.score(signals) if model else None
    probability = model.consent(score.probability) if model and score else None
    verdict = decide(trust, probability, THRESHOLDS, previous=Verdict(previous), kind=known.kind)
    days = [row.day for row in counted or known.rows]
    return Assessment(
        kind=known.kind,
        verdict=Verdict.DISPUTED if known.is_disputed and verdict in PUBLISHED else verdict,
        score=told_probability(score.probability) if score else None,
        category=_category(counted),
        reasons=reasons(score, top=MOST_REASONS) if score else (),
        reports=sum([row.reports for row in counted]),
        reporters=sum([row.reporters for row in counted]),
        first_day=min(days),
        last_day=max(days),
        suspected_spoofing=known.kind == Kind.IMPOSSIBLE,
        is_simulated=known.is_simulated,
        trust=trust,
        model_version=model.version if model else None,
        due_day=_due_day(
            case,
            verdict,
            probability,
            held_from=held_from,
            is_held_back=trust.probability_unopposed >= THRESHOLDS.suspected > trust.probability,
            today=today,
        ),
        reviews=review_reasons(
            trust,
            verdict,
            kind=known.kind,
            is_held=held_from is not None,
            classifier_probability=probability,
            since_decision=_since_decision(known, verdict, today),
            thresholds=THRESHOLDS,
            found_abusive=_found_since_decision(known),
        ),
        ruled_at=known.ruling.decided_at if known.ruling else None,
        signals=signals,
        classified=score,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A number, and by what it is judged on any day."""

    known: KnownNumber
    model: Classifier | None
    sub_block: float
    neighbours: Sequence[Activity]

    def signals_on(self, day: int) -> Signals:
        """Those of its reports up to a day."""
        return compute_signals(
            self.known.rows,
            kind=self.known.kind,
            today=day,
            sub_block=self.sub_block,
            neighbours=self.neighbours,
        )

    def decide_on(self, day: int, probability: float | None, previous: Verdict) -> Verdict:
        """What the crowd's gate and this probability of the classifier amount to."""
        trust = assess_trust(self.known.rows, kind=self.known.kind, today=day)
        return decide(trust, probability, THRESHOLDS, previous=previous, kind=self.known.kind)


def _due_day(
    case: _Case,
    verdict: Verdict,
    probability: float | None,
    *,
    held_from: int | None,
    is_held_back: bool,
    today: int,
) -> int | None:
    """When to conclude anew: after a burst was held, and when evidence will have faded enough to change a verdict.

    Neighbours are taken to stay as they are. A number that is not listed becomes so by growing old only where
    opposition holds it back: what is above its caps fades more slowly than what is below them.
    """
    if held_from is not None:
        return held_from + HELD_DAYS + 1

    def verdict_on(day: int) -> Verdict:
        by_crowd = case.decide_on(day, probability, verdict)
        if by_crowd != verdict or verdict == Verdict.CONFIRMED:  # once confirmed, the crowd alone holds it
            return by_crowd
        if case.model is None:
            return by_crowd
        later = case.model.score(case.signals_on(day)).probability
        return case.decide_on(day, case.model.consent(later), verdict)

    if verdict in PUBLISHED:
        return next_change(verdict_on, today)
    if verdict == Verdict.UNKNOWN and is_held_back:
        return next((day for day in held_back_days(today) if verdict_on(day) in PUBLISHED), None)
    return None


def _since_decision(known: KnownNumber, verdict: Verdict, today: int) -> Trust | None:
    """The trust of what was reported after the day on which a person decided; None where nobody did."""
    if known.ruling is None or verdict not in DECIDED_BY_PEOPLE:
        return None
    rows = [row for row in known.rows if row.day > known.ruling.day]
    return assess_trust(rows, kind=known.kind, today=today)


def _found_since_decision(known: KnownNumber) -> bool | None:
    """Whether an outcome says that the number is abusive; None without one, or once a person decided after it."""
    finding, ruling = known.finding, known.ruling
    if finding is None or (ruling is not None and ruling.decided_at >= finding.confirmed_at):
        return None
    return finding.is_abusive


def told_probability(probability: float) -> float:
    """A probability as it is told: two digits, and never certain."""
    return min(max(round(probability, SCORE_DIGITS), LEAST_DOUBT), 1.0 - LEAST_DOUBT)


def _category(rows: Sequence[DayRow]) -> str | None:
    """The violation reported most; of equals the first of the catalogue. None when none was named."""
    counts = [row.violations for row in rows if row.violations]
    if not counts:
        return None
    totals = sum_positions(counts)
    return VIOLATIONS[totals.index(max(totals))]
