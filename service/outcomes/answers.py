"""Records the outcomes that an agency sends about rows it received: all of them, or none, or the good ones where asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from service.agencies.store import Agency
from service.database import Connection
from service.days import date_of, day_of
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message
from service.numbers.parse import parse_number
from service.outcomes.filled import Answer, ReadFile
from service.outcomes.record import record_outcome
from service.outcomes.schemas import FIRST_DAY, RefusedOutcome, Taken
from service.outcomes.store import (
    AnsweredRow,
    NewOutcome,
    OutcomeResult,
    OutcomeSource,
    list_recorded,
    list_rows,
    list_rows_of_numbers,
)
from service.scoring.store import ask_for_review


@dataclass(frozen=True, slots=True)
class Terms:
    """How outcomes are taken: the day of those that name none, and whether good ones are kept beside wrong ones."""

    now: datetime
    decided_on: date | None = None
    keeps_good: bool = False

    @property
    def today(self) -> date:
        """The day in China."""
        return date_of(day_of(self.now))

    def day_of(self, answer: Answer) -> date:
        """Return the day with which an answer is recorded."""
        return answer.decided_on or self.decided_on or self.today

    def flaw(self) -> FieldError | None:
        """Return what is wrong with the day that was given for all."""
        if self.decided_on is None or FIRST_DAY <= self.decided_on <= self.today:
            return None
        code = "in_the_future" if self.decided_on > self.today else "too_long_ago"
        return FieldError("decided_on", code, *message(code))


async def take_answers(connection: Connection, agency: Agency, read: ReadFile, terms: Terms) -> Taken:
    """Record an agency's outcomes; needs a transaction.

    Raises invalid_request, which names each row that this agency did not receive, each day in the future, and what was
    wrong with other rows already; nothing is stored then, unless good ones are to be kept.
    """
    identified, flaws = await _identified(connection, agency, read)
    answers, twice = _without_contradictions(identified, terms)
    flaws += twice
    rows = await list_rows(connection, agency.agency_id, [one.row_id for one in answers if one.row_id])
    good = []
    for one in answers:
        wrong = list(_flaws(one, rows, terms.today))
        flaws += wrong
        if not wrong:
            good.append(one)
    if flaws and not (terms.keeps_good and good):
        raise ProblemError(INVALID_REQUEST, fields=flaws)
    recorded = await _record_all(connection, agency, good, rows=rows, terms=terms)
    return Taken(
        recorded=recorded,
        repeated=len(good) - recorded,
        unanswered=read.unanswered,
        without_day=sum(one.decided_on is None for one in good),
        refused=[_refused(flaw) for flaw in flaws],
    )


async def _identified(
    connection: Connection, agency: Agency, read: ReadFile
) -> tuple[list[Answer], list[FieldError]]:
    """Return the answers, each with a row id, and what is wrong: a number alone names a row if it is the only one."""
    wanted = sorted({one.number for one in read.answers if one.row_id is None and one.number is not None})
    known = await list_rows_of_numbers(connection, agency.agency_id, wanted) if wanted else {}
    answers, flaws = [], list(read.flaws)
    for one in read.answers:
        if one.row_id is not None:
            answers.append(one)
            continue
        row_ids = known.get(one.number or "", [])
        if len(row_ids) == 1:
            answers.append(replace(one, row_id=row_ids[0]))
        else:
            code = "outcome_row_needed" if row_ids else "not_handed_over"
            flaws.append(FieldError(one.places["number"], code, *message(code)))
    return answers, flaws


def _without_contradictions(answers: Sequence[Answer], terms: Terms) -> tuple[list[Answer], list[FieldError]]:
    """Return the answers but those that say different things of one row and day: which is meant cannot be known."""
    said: dict[tuple[str | None, date], set[OutcomeResult]] = {}
    for one in answers:
        said.setdefault((one.row_id, terms.day_of(one)), set()).add(one.result)
    kept, flaws = [], []
    for one in answers:
        if len(said[one.row_id, terms.day_of(one)]) == 1:
            kept.append(one)
        else:
            flaws.append(FieldError(one.places["result"], "outcome_twice", *message("outcome_twice")))
    return kept, flaws


def _flaws(answer: Answer, rows: dict[str, AnsweredRow], today: date) -> Iterator[FieldError]:
    row = rows.get(answer.row_id or "")
    day = answer.decided_on
    for field, code, is_wrong in (
        ("row_id", "not_handed_over", row is None),
        ("number", "outcome_number_differs", row is not None and _differs(answer.number, row.number)),
        ("decided_on", "in_the_future", day is not None and day > today),
        ("decided_on", "too_long_ago", day is not None and day < FIRST_DAY),
    ):
        if is_wrong:
            yield FieldError(answer.places.get(field) or answer.places["result"], code, *message(code))


def _differs(told: str | None, number: str) -> bool:
    """Return whether a file tells another number than its row has; zeros and signs that a spreadsheet drops do not count."""
    if told is None or told == number:
        return False
    digits, others = told.lstrip("+!0"), number.lstrip("+!0")
    return not (digits.endswith(others) or others.endswith(digits))


async def _record_all(
    connection: Connection,
    agency: Agency,
    answers: Sequence[Answer],
    *,
    rows: dict[str, AnsweredRow],
    terms: Terms,
) -> int:
    """Record outcomes, and return how many were new: one without a day of its own is, if its row has no such result yet."""
    outcomes = [(one, _outcome(agency, one, rows[one.row_id or ""], terms)) for one in answers]
    without_day = [outcome for one, outcome in outcomes if one.decided_on is None]
    earlier = await list_recorded(
        connection, [one.number for one in without_day], [one.source_id for one in without_day]
    )
    new = [
        outcome
        for one, outcome in outcomes
        if one.decided_on is not None or (outcome.source_id, outcome.result) not in earlier
    ]
    # one order of locks for everybody
    recorded = [await _record(connection, one, terms.now) for one in sorted(new, key=lambda one: one.number)]
    return sum(recorded)


async def _record(connection: Connection, outcome: NewOutcome, now: datetime) -> bool:
    is_new = await record_outcome(connection, outcome)
    if is_new and outcome.confirmed_at is None and parse_number(outcome.number).scored:
        await ask_for_review(connection, outcome.number, now)
    return is_new


def _outcome(agency: Agency, answer: Answer, row: AnsweredRow, terms: Terms) -> NewOutcome:
    return NewOutcome(
        number=row.number,
        source=OutcomeSource.AGENCY,
        source_id=f"{agency.name}/{answer.row_id}",
        result=answer.result,
        decided_on=terms.day_of(answer),
        recorded_at=terms.now,
        reported_on=date_of(day_of(row.reported_at)),
        report_id=row.report_id,
        note=answer.note,
        # what was found out about a forged call says nothing about the number's owner: a person has to look at it
        confirmed_at=terms.now if row.accuses else None,
    )


def _refused(flaw: FieldError) -> RefusedOutcome:
    return RefusedOutcome(field=flaw.field, code=flaw.code, message_zh=flaw.zh, message_en=flaw.en)
