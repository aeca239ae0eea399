"""What a filer says an authority decided is a claim: kept among the outcomes, without effect until a person confirms it.

It brings the numbers of the case into the queue of reviews. A moderator confirms the claim, or decides about the number:
either is a label for training and settles the credit of its reporters.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from service.cases.gathered import CaseReport
from service.cases.statuses import FilingStatus
from service.cases.store import EventRow, count_decided
from service.database import Connection
from service.numbers import parse_number
from service.outcomes.record import record_outcome
from service.outcomes.store import NewOutcome, Result, Source
from service.scoring.store import ask_for_review

RESULTS: Final = {FilingStatus.UPHELD: Result.UPHELD, FilingStatus.REJECTED: Result.REJECTED}
#: Outcomes in thirty days, and numbers of each, for which one reporter can have people look: the queue is everybody's.
MOST_OUTCOMES: Final = 10
MOST_NUMBERS: Final = 10
COUNTED_OVER: Final = timedelta(days=30)


async def claim_outcome(
    connection: Connection, reporter: bytes, *, event: EventRow, reports: Sequence[CaseReport]
) -> None:
    """Have people look at the numbers of a case whose filing was decided, once its event is stored."""
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
            source=Source.CASE,
            source_id=f"{event.case_id}/{event.channel}",
            result=result,
            decided_on=event.happened_on,
            recorded_at=now,
            reported_on=report.happened_on,
        )
        if await record_outcome(connection, claim):
            await ask_for_review(connection, number, now)
