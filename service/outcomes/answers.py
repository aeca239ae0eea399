"""Records the outcomes that an agency sends about rows it received: all of them, or none."""

from collections.abc import Sequence
from datetime import datetime

from service.agencies.store import Agency
from service.database import Connection
from service.days import date_of, day_of
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError
from service.edge.validation import message
from service.numbers.parse import parse_number
from service.outcomes.record import record_outcome
from service.outcomes.schemas import OutcomeAnswer, Taken
from service.outcomes.store import AnsweredRow, NewOutcome, OutcomeSource, list_rows
from service.scoring.store import ask_for_review


async def take_answers(
    connection: Connection, agency: Agency, answers: Sequence[OutcomeAnswer], now: datetime
) -> Taken:
    """Record an agency's outcomes; needs a transaction.

    Raises invalid_request, which names each row that this agency did not receive and each day in the future; nothing is
    stored then.
    """
    rows = await list_rows(connection, agency.agency_id, [answer.row_id for answer in answers])
    today = date_of(day_of(now))
    errors = [
        FieldError(f"outcomes[{place}].{field}", code, *message(code))
        for place, answer in enumerate(answers)
        for field, code, is_wrong in (
            ("row_id", "not_handed_over", answer.row_id not in rows),
            ("decided_on", "in_the_future", answer.decided_on > today),
        )
        if is_wrong
    ]
    if errors:
        raise ProblemError(INVALID_REQUEST, fields=errors)
    outcomes = [_outcome(agency, answer, rows[answer.row_id], now) for answer in answers]
    # one order of locks for everybody
    recorded = [await _record(connection, one, now) for one in sorted(outcomes, key=lambda one: one.number)]
    return Taken(recorded=sum(recorded), repeated=len(recorded) - sum(recorded))


async def _record(connection: Connection, outcome: NewOutcome, now: datetime) -> bool:
    is_new = await record_outcome(connection, outcome)
    if is_new and outcome.confirmed_at is None and parse_number(outcome.number).scored:
        await ask_for_review(connection, outcome.number, now)
    return is_new


def _outcome(agency: Agency, answer: OutcomeAnswer, row: AnsweredRow, now: datetime) -> NewOutcome:
    return NewOutcome(
        number=row.number,
        source=OutcomeSource.AGENCY,
        source_id=f"{agency.name}/{answer.row_id}",
        result=answer.result,
        decided_on=answer.decided_on,
        recorded_at=now,
        reported_on=date_of(day_of(row.reported_at)),
        report_id=row.report_id,
        note=answer.note,
        # what was found out about a forged call says nothing about the number's owner: a person has to look at it
        confirmed_at=now if row.accuses else None,
    )
