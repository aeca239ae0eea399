"""What a filer says an authority decided is a claim: a person looks at the number, and that decision is what counts.

It labels the number for training and settles its reporters' credit, as every decision does (`service.decisions`).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ml.trust import UNSCORED_KINDS
from service.cases.gathered import CaseReport
from service.cases.statuses import Status
from service.cases.store import EventRow, NewClaim, count_claimed, insert_claim
from service.database import Connection
from service.numbers import parse_number
from service.scoring.store import ask_for_review

OUTCOMES: Final = (Status.UPHELD, Status.REJECTED)
#: Numbers in thirty days for which one reporter can have people look: the queue is everybody's.
MOST_NUMBERS: Final = 20
COUNTED_OVER: Final = timedelta(days=30)


async def claim_outcome(
    connection: Connection, reporter: bytes, event: EventRow, reports: Sequence[CaseReport]
) -> None:
    """Have people look at the numbers of a case whose filing was decided; other events claim nothing."""
    if event.event not in OUTCOMES:
        return
    now = event.recorded_at
    left = MOST_NUMBERS - await count_claimed(connection, reporter, now - COUNTED_OVER)
    numbers = {report.number for report in reports if _has_verdict(report.number)}
    for number in sorted(numbers)[: max(left, 0)]:
        claim = NewClaim(
            number,
            event.case_id,
            event.channel,
            event.position,
            reporter,
            event.event,
            event.happened_on,
            now,
        )
        if await insert_claim(connection, claim):
            await ask_for_review(connection, number, now)


def _has_verdict(number: str) -> bool:
    return number != "withheld" and parse_number(number).kind not in UNSCORED_KINDS
