"""Explanations that tell no more than the verdict: of numbers that are not listed, and of listed ones about to change."""

from collections.abc import Sequence
from typing import Final

from ml.conditions import conditions_of
from ml.signals import SIGNALS_VERSION
from ml.trust import assess_trust
from ml.words import PROTECTED_KINDS, UNSCORED_KINDS, Kind, Verdict
from service.explanations.schemas import Condition, Explanation
from service.explanations.words import condition, remark
from service.numbers.parse import Number
from service.scoring.assess import THRESHOLDS
from service.verdicts.store import Published

UNKNOWN: Final = Verdict.UNKNOWN.value
DISPUTED: Final = Verdict.DISPUTED.value
NO_TRUST: Final = assess_trust([], kind=Kind.MOBILE, today=0)  # in nothing, of nobody


def withheld(number: Number, published: Published | None) -> Explanation:
    """Return the explanation of a number that is not listed; below `suspected` it follows from the number alone.

    A number that is not listed misses a condition of `suspected`. Which one would tell whether it was reported, so both
    are named as one.
    """
    told = published.verdict.verdict if published else UNKNOWN
    is_unknown = told == UNKNOWN
    return _untold(number, told, None, conditions=_missed(number) if is_unknown else [])


def waiting(number: Number, published: Published) -> Explanation:
    """Return the explanation of a listed number of which too little is left to tell: it is about to be scored again."""
    return _untold(number, published.verdict.verdict, published.revision, remarks=["waiting"])


def _untold(
    number: Number,
    verdict: str,
    revision: int | None,
    *,
    conditions: Sequence[Condition] = (),
    remarks: Sequence[str] = (),
) -> Explanation:
    return Explanation(
        number=number.key,
        kind=number.kind,
        verdict=verdict,
        revision=revision,
        current_verdict=verdict,
        classifier=None,
        trust=None,
        conditions=list(conditions),
        remarks=[remark(code) for code in remarks or _remarks_on(number, verdict)],
        signals_version=SIGNALS_VERSION,
    )


def _remarks_on(number: Number, verdict: str) -> list[str]:
    if verdict != UNKNOWN:
        return ["disputed" if verdict == DISPUTED else "decided"]
    return ["nothing_published", *(["organisation"] if number.kind in PROTECTED_KINDS else [])]


def _missed(number: Number) -> list[Condition]:
    """Return the conditions of `suspected`, of which a number that is not listed misses at least one, without its values."""
    if number.kind in PROTECTED_KINDS or number.kind in UNSCORED_KINDS:  # no condition lists it
        return []
    return [
        condition(one._replace(value=None))
        for one in conditions_of(NO_TRUST, None, THRESHOLDS)
        if one.verdict == Verdict.SUSPECTED
    ]
