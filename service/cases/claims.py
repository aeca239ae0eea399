"""Claims: what filers say an authority decided. They are kept among the outcomes and have no effect until confirmed.

A claim puts the numbers of the case into the review queue. A moderator confirms the claim or decides about the number;
either becomes a label for training and settles the credit of the reporters. A claim that nobody has confirmed is deleted
when the filer takes the event back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from service.cases.deadlines import FilingEvent, standing
from service.cases.gathered import CaseReport
from service.cases.statuses import FilingStatus
from service.cases.store import EventRow, count_decided
from service.database import Connection
from service.numbers.parse import parse_number
from service.outcomes.record import record_outcome
from service.outcomes.store import NewOutcome, OutcomeResult, OutcomeSource, delete_claims
from service.scoring.store import ask_for_review, withdraw_request

RESULTS: Final = {FilingStatus.UPHELD: OutcomeResult.UPHELD, FilingStatus.REJECTED: OutcomeResult.REJECTED}
#: How many outcomes in thirty days, and how many numbers of each, one reporter can put into the queue: it is shared.
MOST_OUTCOMES: Final = 10
MOST_NUMBERS: Final = 10
COUNTED_OVER: Final = timedelta(days=30)


async def claim_outcome(
    connection: Connection, reporter: bytes, *, event: EventRow, reports: Sequence[CaseReport]
) -> None:
    """Ask for a review of the numbers of a case whose filing was decided. Its event must be stored already."""
    result = RESULTS.get(FilingStatus(event.event))
    now = event.recorded_at
    if result is None or await count_decided(connection, reporter, now - COUNTED_OVER) > MOST_OUTCOMES:
        return
    first_reports = {
        report.number: report for report in reversed(reports) if parse_number(report.number).scored
    }
    for number, report in sorted(first_reports.items())[:MOST_NUMBERS]:
        claim = NewOutcome(
            number=number,
            source=OutcomeSource.CASE,
            source_id=_filing(event),
            result=result,
            decided_on=event.happened_on,
            recorded_at=now,
            reported_on=report.happened_on,
        )
        if await record_outcome(connection, claim):
            await ask_for_review(connection, number, now)


async def take_claim_back(
    connection: Connection, *, correction: EventRow, events: Sequence[FilingEvent]
) -> None:
    """Delete the claims of the event that a correction takes back; `events` are those before the correction.

    Claims that a moderator has confirmed stay, and so do those that an earlier event makes as well.
    """
    *earlier, voided = standing(events)
    result = RESULTS.get(voided.event)
    if result is None or (voided.event, voided.happened_on) in [
        (one.event, one.happened_on) for one in earlier
    ]:
        return
    numbers = await delete_claims(connection, _filing(correction), result, voided.happened_on)
    for number in sorted(numbers):  # one order of locks for all
        await withdraw_request(connection, number)


def _filing(event: EventRow) -> str:
    """Return the id of a filing among the outcomes."""
    return f"{event.case_id}/{event.channel}"
