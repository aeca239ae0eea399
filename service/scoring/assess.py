"""From what is known about a number to its verdict: signals, score, trust, gate. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

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
    """What scoring concludes about one number; days are counted from 1970-01-01 in Asia/Shanghai."""

    kind: str
    verdict: Verdict
    score: float | None
    category: str | None
    reasons: tuple[str, ...]
    reports: int  # that accuse the number
    reporters: int  # who accuse it
    opposers: int  # who call it legitimate, without reporters of unvetted sources: invented ones would show an owner's vote
    first_day: int | None  # of the reports that accuse it; None without any
    last_day: int | None
    suspected_spoofing: bool
    is_simulated: bool
    trust: Trust
    model_version: str | None
    due_day: int | None  # when to score again even without further reports; None: never
    reviews: tuple[str, ...]  # why a person has to look at it
    ruled_at: datetime | None  # when a person decided, if that is taken into account
    signals: Signals
    classified: Score | None  # the classifier's result; None without a model


def assess(
    known: KnownNumber,
    model: Classifier | None,
    *,
    previous: str,
    previous_at: datetime | None = None,
    today: int,
    sub_block: float = 0.0,
    neighbours: Sequence[Activity] = NO_NEIGHBOURS,
) -> Assessment:
    """Return what is concluded about a number with at least one report; without a model, it has no score.

    `previous` is the verdict that scoring starts from, `previous_at` when it was published.
    """
    counted, held_from = outside_bursts(known.rows, today=today)
    lost_at = known.lost_vetting_at
    lost_vetting = lost_at is not None and previous_at is not None and lost_at > previous_at
    case = _Case(replace(known, rows=list(counted)), model, sub_block, neighbours, lost_vetting)
    trust = assess_trust(counted, kind=known.kind, today=today)
    signals = case.signals_on(today)
    score = model.score(signals) if model else None
    probability = model.consent(score.probability) if model and score else None
    verdict = case.decide(trust, probability, Verdict(previous))
    concluded = _Concluded(
        verdict=verdict,
        probability=probability,
        trust=trust,
        held_from=held_from,
        signals=signals,
        score=score,
    )
    return _assessment(known, case, concluded, today=today)


def _assessment(known: KnownNumber, case: "_Case", concluded: "_Concluded", *, today: int) -> Assessment:
    rows, model, score, verdict = case.known.rows, case.model, concluded.score, concluded.verdict
    days = [row.day for row in rows if row.reports > row.legitimate]
    return Assessment(
        kind=known.kind,
        verdict=Verdict.DISPUTED if known.is_disputed and verdict in PUBLISHED else verdict,
        score=told_probability(score.probability) if score else None,
        category=_category(rows),
        reasons=reasons(score, top=MOST_REASONS) if score else (),
        reports=sum([row.reports - row.legitimate for row in rows]),
        reporters=sum([row.reporters - row.legitimate for row in rows]),
        opposers=sum([row.legitimate for row in rows if row.is_vetted]),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        suspected_spoofing=known.kind == Kind.IMPOSSIBLE,
        is_simulated=known.is_simulated,
        trust=concluded.trust,
        model_version=model.version if model else None,
        due_day=_due_day(case, concluded, today),
        reviews=_reviews(known, concluded, today),
        ruled_at=known.ruling.decided_at if known.ruling else None,
        signals=concluded.signals,
        classified=score,
    )


class _Concluded(NamedTuple):
    """What is concluded about a number today."""

    verdict: Verdict
    probability: float | None  # of the classifier, as the gate takes it
    trust: Trust
    held_from: int | None  # first day of a burst whose reports are held
    signals: Signals
    score: Score | None


@dataclass(frozen=True, slots=True)
class _Case:
    """A number, and what it is judged by on any day."""

    known: KnownNumber
    model: Classifier | None
    sub_block: float
    neighbours: Sequence[Activity]
    lost_vetting: bool  # a source that supports it, since its verdict

    def signals_on(self, day: int) -> Signals:
        """Return the signals of its reports up to a day."""
        return compute_signals(
            self.known.rows,
            kind=self.known.kind,
            today=day,
            sub_block=self.sub_block,
            neighbours=self.neighbours,
        )

    def verdict_on(self, day: int, probability: float | None, verdict: Verdict) -> Verdict:
        """Return the verdict on a later day without further reports; `probability` and `verdict` are today's."""
        by_crowd = self._decide_on(day, probability, verdict)
        if by_crowd != verdict or verdict == Verdict.CONFIRMED:  # once confirmed, the crowd alone keeps it so
            return by_crowd
        if self.model is None:
            return by_crowd
        later = self.model.score(self.signals_on(day)).probability
        return self._decide_on(day, self.model.consent(later), verdict)

    def _decide_on(self, day: int, probability: float | None, previous: Verdict) -> Verdict:
        trust = assess_trust(self.known.rows, kind=self.known.kind, today=day)
        return self.decide(trust, probability, previous)

    def decide(self, trust: Trust, probability: float | None, previous: Verdict) -> Verdict:
        """Return the verdict that this trust and the classifier's probability justify."""
        return decide(
            trust,
            probability,
            THRESHOLDS,
            previous=previous,
            kind=self.known.kind,
            is_ruled=_is_ruled(self.known),
            lost_vetting=self.lost_vetting,
        )


def _is_ruled(known: KnownNumber) -> bool:
    """Return whether a person found the number abusive."""
    return known.ruling is not None and known.ruling.decision == "abusive"


def _reviews(known: KnownNumber, concluded: _Concluded, today: int) -> tuple[str, ...]:
    """Return why a person has to look at the number."""
    return review_reasons(
        concluded.trust,
        concluded.verdict,
        kind=known.kind,
        is_held=concluded.held_from is not None,
        classifier_probability=concluded.probability,
        since_decision=_since_decision(known, concluded.verdict, today),
        thresholds=THRESHOLDS,
        found_abusive=_found_since_decision(known),
        is_ruled=_is_ruled(known),
    )


def _due_day(case: _Case, concluded: _Concluded, today: int) -> int | None:
    """Return when to score again: after a burst was held, or when evidence will have decayed enough to change the verdict.

    Neighbours are assumed to stay as they are. A number that is not listed becomes listed by ageing only where opposition
    holds it back: evidence above its caps decays more slowly than evidence below them.
    """
    verdict, trust = concluded.verdict, concluded.trust
    if concluded.held_from is not None:
        return concluded.held_from + HELD_DAYS + 1

    def verdict_on(day: int) -> Verdict:
        return case.verdict_on(day, concluded.probability, verdict)

    if verdict in PUBLISHED:
        return next_change(verdict_on, today)
    is_held_back = trust.probability_unopposed >= THRESHOLDS.suspected > trust.probability
    if verdict == Verdict.UNKNOWN and is_held_back:
        return next((day for day in held_back_days(today) if verdict_on(day) in PUBLISHED), None)
    return None


def _since_decision(known: KnownNumber, verdict: Verdict, today: int) -> Trust | None:
    """Return the trust of what was reported after the day of a person's decision; None without one."""
    if known.ruling is None or verdict not in DECIDED_BY_PEOPLE:
        return None
    rows = [row for row in known.rows if row.day > known.ruling.day]
    return assess_trust(rows, kind=known.kind, today=today)


def _found_since_decision(known: KnownNumber) -> bool | None:
    """Return whether an outcome says that the number is abusive; None without one, or if a person decided later."""
    finding, ruling = known.finding, known.ruling
    if finding is None or (ruling is not None and ruling.decided_at >= finding.confirmed_at):
        return None
    return finding.is_abusive


def told_probability(probability: float) -> float:
    """Return a probability as it is published: with two digits, and never certain."""
    return min(max(round(probability, SCORE_DIGITS), LEAST_DOUBT), 1.0 - LEAST_DOUBT)


def _category(rows: Sequence[DayRow]) -> str | None:
    """Return the violation reported most, among equals the first of the catalogue; None if none was named."""
    counts = [row.violations for row in rows if row.violations]
    if not counts:
        return None
    totals = sum_positions(counts)
    return VIOLATIONS[totals.index(max(totals))]
