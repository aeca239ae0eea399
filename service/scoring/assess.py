"""From what is known of a number to a decision: signals, score, trust gate, verdict. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml.blocks import NO_NEIGHBOURS, Activity
from ml.classifier import Classifier, reasons
from ml.signals import VIOLATIONS, DayRow, compute_signals
from ml.trust import Thresholds, Trust, Verdict, assess_trust, decide
from service.numbers import Kind
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
    trust = assess_trust(known.rows, kind=known.kind, today=today)
    signals = compute_signals(
        known.rows, kind=known.kind, today=today, sub_block=sub_block, neighbours=neighbours
    )
    score = model.score(signals) if model else None
    verdict = decide(
        trust,
        score.probability if score else None,
        THRESHOLDS,
        previous=Verdict(previous),
        kind=known.kind,
    )
    days = [row.day for row in known.rows]
    return Assessment(
        kind=known.kind,
        verdict=verdict,
        score=_told(score.probability) if score else None,
        category=_category(known.rows),
        reasons=reasons(score, top=MOST_REASONS) if score else (),
        reports=sum([row.reports for row in known.rows]),
        reporters=sum([row.reporters for row in known.rows]),
        first_day=min(days),
        last_day=max(days),
        suspected_spoofing=known.kind == Kind.IMPOSSIBLE,
        is_simulated=known.is_simulated,
        trust=trust,
        model_version=model.version if model else None,
    )


def _told(probability: float) -> float:
    return min(max(round(probability, SCORE_DIGITS), LEAST_DOUBT), 1.0 - LEAST_DOUBT)


def _category(rows: Sequence[DayRow]) -> str | None:
    """The violation reported most; of equals the first of the catalogue. None when none was named."""
    counts = [row.violations for row in rows if row.violations]
    if not counts:
        return None
    totals = [sum(column) for column in zip(*(_padded(count) for count in counts), strict=True)]
    return VIOLATIONS[totals.index(max(totals))]


def _padded(counts: Sequence[int]) -> list[int]:
    return [*counts, *[0] * (len(VIOLATIONS) - len(counts))]
