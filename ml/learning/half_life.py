"""How fast complaints fade: which half-life makes their decayed count tell best who is reported later.

For each kind of number and each half-life, a logistic regression of one variable, log(1 + Σ 2^(−Δ/H)) over a
number's earlier complaints, is fitted on earlier days and judged by the likelihood of what happened after a later
one. The count has no other information in it, so that half-lives compete on equal terms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.learning.complaints import History
from ml.learning.forecast import EMBARGO_DAYS, WEEK_DAYS, HistoryTooShortError

HALF_LIVES_DAYS: Final = (2, 4, 7, 14, 30, 60, 90, 125, 180, 365)
FITTING_WEEKS: Final = 2  # days a week apart to fit on: each more costs a week of the past that is counted
LEAST_PAST_DAYS: Final = 28  # of complaints before the earliest of them
LISTED_LEAST: Final = 4  # reports that a confirmed number has, hardly ever less (docs/scoring.md)
LEAST_CASES: Final = 50  # of either outcome, to fit and to judge by
WEAK_PENALTY: Final = 1e6  # two coefficients of thousands of cases need none

Values = NDArray[np.float64]


class CountQuestion(NamedTuple):
    """Whether a number gets at least so many complaints within the days from a day on."""

    name: str
    horizon_days: int
    min_reports: int
    least_past: int = 1  # complaints that a number must have had before


def questions_of(*, horizon_days: int, min_reports: int, active_days: int) -> tuple[CountQuestion, ...]:
    """Who is reported again, which is what a forecast asks, and who is still active at all.

    The second is nearer to what trust fades by: whether a number is still in the same use, not how much. The third
    asks it of numbers with as many complaints as a listed one has at least.
    """
    return (
        CountQuestion("reported again", horizon_days, min_reports),
        CountQuestion("still active", active_days, 1),
        CountQuestion(f"still active, with {LISTED_LEAST} complaints and more", active_days, 1, LISTED_LEAST),
    )


class HalfLifeLikelihood(NamedTuple):
    """How likely a half-life makes what happened: the mean log-likelihood of a number, in nats; higher is better."""

    half_life_days: int
    log_likelihood: float


class HalfLifeResult(NamedTuple):
    """One question for one kind: numbers known on the day judged by, and how many of them answered it with yes."""

    question: CountQuestion
    kind: str
    as_of: int  # day since 1970-01-01
    past_days: int  # of complaints that are counted
    numbers: int
    positives: int
    constant: float | None  # log-likelihood where nothing is told apart
    judged: tuple[HalfLifeLikelihood, ...]  # none where too few numbers answered either way

    @property
    def best(self) -> int | None:
        """The half-life of the highest likelihood."""
        return max(self.judged, key=lambda one: one.log_likelihood).half_life_days if self.judged else None


class _Column(NamedTuple):
    """Complaints about the numbers of one kind."""

    numbers: NDArray[np.int64]  # by place
    days: NDArray[np.int64]
    reports: NDArray[np.int64]


def newest_day(history: History, question: CountQuestion) -> int:
    """The last day as of which a question can be judged: its horizon ends with the complaints."""
    return history.last_day - question.horizon_days + 1


def measure_half_lives(
    history: History, as_of: int, question: CountQuestion, *, progress: Callable[[], None]
) -> list[HalfLifeResult]:
    """A result for each kind of number, most numbers first; raises HistoryTooShortError.

    Learned only from what was known a week before `as_of`. On each day equally many days of complaints are counted,
    so that a long half-life does not seem worse than it is for having seen more on one of them. `progress` is told
    after each of `steps_of`.
    """
    fitting = [
        as_of - EMBARGO_DAYS - question.horizon_days - WEEK_DAYS * week for week in range(FITTING_WEEKS)
    ]
    past_days = fitting[-1] - history.first_day
    if past_days < LEAST_PAST_DAYS or as_of > newest_day(history, question):
        raise HistoryTooShortError(
            f"whether a number is {question.name} within {question.horizon_days} days takes complaints of "
            f"{LEAST_PAST_DAYS + as_of - fitting[-1]} days before the day, and of {question.horizon_days} from it on"
        )
    results = []
    for kind, column in _columns(history):
        seen = [_look(column, day, past_days, question) for day in (as_of, *fitting)]
        results.append(_judge(question, kind, seen, as_of=as_of, past_days=past_days, progress=progress))
    return sorted(results, key=lambda result: (-result.numbers, result.kind))


def steps_of(history: History) -> int:
    """How often `measure_half_lives` tells of progress: for each kind and half-life."""
    return len({record.kind for record in history.records.values()}) * len(HALF_LIVES_DAYS)


def _columns(history: History) -> Iterator[tuple[str, _Column]]:
    rows: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for place, record in enumerate(history.records.values()):
        rows[record.kind].extend([(place, *known) for known in record.days(until=history.last_day)])
    for kind in list(rows):
        numbers, days, reports = np.array(rows.pop(kind), dtype=np.int64).T
        yield kind, _Column(np.unique(numbers, return_inverse=True)[1], days, reports)


class _View(NamedTuple):
    """A kind's numbers as of one day: decayed counts by half-life, and whether each answered with yes."""

    counts: dict[int, Values]
    outcomes: NDArray[np.bool_]


def _look(column: _Column, as_of: int, past_days: int, question: CountQuestion) -> _View:
    """Of the numbers with enough complaints in the days before `as_of`."""
    age = as_of - 1 - column.days
    is_past = (age >= 0) & (age < past_days)
    is_coming = (age < 0) & (age >= -question.horizon_days)
    size = int(column.numbers.max()) + 1
    past = np.bincount(column.numbers[is_past], column.reports[is_past], size)
    known = np.flatnonzero(past >= question.least_past)
    coming = np.bincount(column.numbers[is_coming], column.reports[is_coming], size)
    counts = {
        half_life: np.bincount(
            column.numbers[is_past], column.reports[is_past] * 2.0 ** (-age[is_past] / half_life), size
        )[known].astype(np.float64)
        for half_life in HALF_LIVES_DAYS
    }
    return _View(counts, coming[known] >= question.min_reports)


def _judge(
    question: CountQuestion,
    kind: str,
    seen: list[_View],
    *,
    as_of: int,
    past_days: int,
    progress: Callable[[], None],
) -> HalfLifeResult:
    """Half-lives fitted on all views but the first, by the likelihood of what the first tells."""
    held_out, *fitting = seen
    outcomes = np.concatenate([view.outcomes for view in fitting])
    judged = []
    for half_life in HALF_LIVES_DAYS:
        if _tells_apart(outcomes) and _tells_apart(held_out.outcomes):
            counts = np.concatenate([view.counts[half_life] for view in fitting])
            model = LogisticRegression(C=WEAK_PENALTY).fit(_variable(counts), outcomes)
            log_odds = model.decision_function(_variable(held_out.counts[half_life]))
            judged.append(HalfLifeLikelihood(half_life, _log_likelihood(log_odds, held_out.outcomes)))
        progress()
    return HalfLifeResult(
        question=question,
        kind=kind,
        as_of=as_of,
        past_days=past_days,
        numbers=len(held_out.outcomes),
        positives=int(held_out.outcomes.sum()),
        constant=_constant(outcomes.mean(), held_out.outcomes) if judged else None,
        judged=tuple(judged),
    )


def _variable(counts: Values) -> Values:
    return np.log1p(counts)[:, np.newaxis]


def _tells_apart(outcomes: NDArray[np.bool_]) -> bool:
    return min(int(outcomes.sum()), int((~outcomes).sum())) >= LEAST_CASES


def _constant(share: float, outcomes: NDArray[np.bool_]) -> float:
    return _log_likelihood(np.full(len(outcomes), np.log(share / (1.0 - share))), outcomes)


def _log_likelihood(log_odds: Values, outcomes: NDArray[np.bool_]) -> float:
    """Mean over numbers of the log of the probability that was given to what happened: log(1 + e^∓z)."""
    return float(-np.logaddexp(0.0, np.where(outcomes, -log_odds, log_odds)).mean())
