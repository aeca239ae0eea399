"""How fast complaints fade: the half-life for which their decayed count best predicts who is reported later.

For each kind of number and each half-life H, a logistic regression on one variable, log(1 + Σ 2^(−Δ/H)) over the
earlier complaints about a number, is fitted on earlier days. It is evaluated by the likelihood of what happened after
a later day. The count contains no other information, so half-lives compete on equal terms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.learning.complaints import History
from ml.learning.forecast import EMBARGO_DAYS, WEEK_DAYS, HistoryTooShortError

HALF_LIVES_DAYS: Final = (2, 4, 7, 14, 30, 60, 90, 125, 180, 365)
FITTING_WEEKS: Final = 2  # days to fit on, a week apart: each further one costs a week of counted past
LEAST_PAST_DAYS: Final = 28  # days of complaints needed before the earliest of these days
LISTED_LEAST: Final = 4  # confirmed numbers hardly ever have fewer reports (docs/scoring.md)
LEAST_CASES: Final = 50  # of either outcome, needed to fit and to evaluate
WEAK_PENALTY: Final = 1e6  # inverse regularisation: two coefficients for thousands of cases need none

Values = NDArray[np.float64]


class CountQuestion(NamedTuple):
    """The question whether a number gets at least `min_reports` complaints in the `horizon_days` from a day on."""

    name: str
    horizon_days: int
    min_reports: int
    least_past: int = 1  # earlier complaints that a number must have to be asked about


def questions_of(*, horizon_days: int, min_reports: int, active_days: int) -> tuple[CountQuestion, ...]:
    """Return three questions: who is reported again, who is still active, and the second for well-reported numbers.

    The first is the question of a forecast. The second is closer to the reason trust fades: whether a number is still
    used in the same way, not how much. The third asks the second about numbers with as many complaints as a listed
    number has at least.
    """
    return (
        CountQuestion("reported again", horizon_days, min_reports),
        CountQuestion("still active", active_days, 1),
        CountQuestion(f"still active, with {LISTED_LEAST} complaints and more", active_days, 1, LISTED_LEAST),
    )


class HalfLifeLikelihood(NamedTuple):
    """The mean log-likelihood of what happened to a number, in nats, under a half-life; higher is better."""

    half_life_days: int
    log_likelihood: float


class HalfLifeResult(NamedTuple):
    """The result of one question for one kind of number."""

    question: CountQuestion
    kind: str
    as_of: int  # the day of the evaluation, in days since 1970-01-01
    past_days: int  # days of complaints that are counted
    numbers: int  # numbers known on that day
    positives: int  # numbers of them for which the answer is yes
    constant: float | None  # log-likelihood of giving every number the same probability
    judged: tuple[HalfLifeLikelihood, ...]  # empty if too few numbers have either answer

    @property
    def best(self) -> int | None:
        """The half-life of the highest likelihood, or None."""
        if not self.judged:
            return None
        return max(self.judged, key=lambda likelihood: likelihood.log_likelihood).half_life_days


class _Column(NamedTuple):
    """Complaints about the numbers of one kind, as parallel arrays."""

    numbers: NDArray[np.int64]  # index of the number
    days: NDArray[np.int64]
    reports: NDArray[np.int64]


def newest_day(history: History, question: CountQuestion) -> int:
    """Return the last day as of which a question can be evaluated: its horizon ends with the complaints."""
    return history.last_day - question.horizon_days + 1


def measure_half_lives(
    history: History, as_of: int, question: CountQuestion, *, progress: Callable[[], None]
) -> list[HalfLifeResult]:
    """Return a result for each kind of number, kinds with most numbers first.

    Only what was known a week before `as_of` is learned from. Every day sees equally many days of complaints, so that
    long half-lives do not seem worse because they see more on one of them. `progress` is called as often as
    `count_half_life_steps` says. Raise HistoryTooShortError if the history does not hold the days needed.
    """
    fitting = _fitting_days(history, as_of, question)
    past_days = fitting[-1] - history.first_day
    results = []
    for kind, column in _columns(history):
        held_out, *views = [_view_at(column, day, past_days, question) for day in (as_of, *fitting)]
        results.append(
            HalfLifeResult(
                question=question,
                kind=kind,
                as_of=as_of,
                past_days=past_days,
                numbers=len(held_out.outcomes),
                positives=int(held_out.outcomes.sum()),
                constant=_constant_likelihood(views, held_out),
                judged=tuple(_half_life_likelihoods(views, held_out, progress)),
            )
        )
    return sorted(results, key=lambda result: (-result.numbers, result.kind))


def _fitting_days(history: History, as_of: int, question: CountQuestion) -> list[int]:
    """Return the days to fit on, newest first and a week apart; the horizon of each ends a week before `as_of`.

    Raise HistoryTooShortError if the history does not reach back far enough, or not over the horizon of `as_of`.
    """
    newest = as_of - EMBARGO_DAYS - question.horizon_days
    days = [newest - WEEK_DAYS * week for week in range(FITTING_WEEKS)]
    if days[-1] - history.first_day < LEAST_PAST_DAYS or as_of > newest_day(history, question):
        raise HistoryTooShortError(
            f'the question "{question.name}" needs complaints of {LEAST_PAST_DAYS + as_of - days[-1]} days before '
            f"the day, and of {question.horizon_days} days from it on"
        )
    return days


def count_half_life_steps(history: History) -> int:
    """Return how often `measure_half_lives` calls `progress`: once for each kind and half-life."""
    return len({record.kind for record in history.records.values()}) * len(HALF_LIVES_DAYS)


def _columns(history: History) -> Iterator[tuple[str, _Column]]:
    """Yield each kind of number with the complaints about its numbers."""
    rows: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for place, record in enumerate(history.records.values()):
        rows[record.kind].extend([(place, *known) for known in record.days(until=history.last_day)])
    for kind in list(rows):
        numbers, days, reports = np.array(rows.pop(kind), dtype=np.int64).T
        yield kind, _Column(np.unique(numbers, return_inverse=True)[1], days, reports)


class _View(NamedTuple):
    """The numbers of one kind as of one day: their decayed counts by half-life, and whether the answer is yes."""

    counts: dict[int, Values]
    outcomes: NDArray[np.bool_]


def _view_at(column: _Column, as_of: int, past_days: int, question: CountQuestion) -> _View:
    """Return the view of the numbers with enough complaints in the `past_days` before `as_of`."""
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


def _half_life_likelihoods(
    views: Sequence[_View], held_out: _View, progress: Callable[[], None]
) -> Iterator[HalfLifeLikelihood]:
    """Yield the likelihood of the held-out outcomes under each half-life, fitted on the other views.

    Yield nothing if there are too few cases; `progress` is called once per half-life all the same.
    """
    outcomes = np.concatenate([view.outcomes for view in views])
    for half_life in HALF_LIVES_DAYS:
        if _has_enough_cases(outcomes) and _has_enough_cases(held_out.outcomes):
            counts = np.concatenate([view.counts[half_life] for view in views])
            model = LogisticRegression(C=WEAK_PENALTY).fit(_variable(counts), outcomes)
            log_odds = model.decision_function(_variable(held_out.counts[half_life]))
            yield HalfLifeLikelihood(half_life, _log_likelihood(log_odds, held_out.outcomes))
        progress()


def _constant_likelihood(views: Sequence[_View], held_out: _View) -> float | None:
    """Return the log-likelihood of giving every held-out number the fitted share; None if there are too few cases."""
    outcomes = np.concatenate([view.outcomes for view in views])
    if not (_has_enough_cases(outcomes) and _has_enough_cases(held_out.outcomes)):
        return None
    share = outcomes.mean()
    log_odds = np.full(len(held_out.outcomes), np.log(share / (1.0 - share)))
    return _log_likelihood(log_odds, held_out.outcomes)


def _variable(counts: Values) -> Values:
    """Return decayed counts as the single variable of a regression, (n, 1)."""
    return np.log1p(counts)[:, np.newaxis]


def _has_enough_cases(outcomes: NDArray[np.bool_]) -> bool:
    """Whether there are at least `LEAST_CASES` of either outcome."""
    return min(int(outcomes.sum()), int((~outcomes).sum())) >= LEAST_CASES


def _log_likelihood(log_odds: Values, outcomes: NDArray[np.bool_]) -> float:
    """Return the mean over numbers of the log of the probability given to what happened: −log(1 + e^∓z)."""
    return float(-np.logaddexp(0.0, np.where(outcomes, -log_odds, log_odds)).mean())
